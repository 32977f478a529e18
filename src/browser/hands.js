// Prepares, proves and watches actions, in the isolated world, beside the walker.
//
// Nothing here clicks: real input comes from the browser. This finds the point, waits until the
// element can take it, and arms listeners that prove which element got it, or stop it in time.
(() => {
  'use strict';
  const L = globalThis.__legwork;
  if (!L || L.prepare) return;
  const { get, number, all, attr, has, matches, closest, visible, connected, box, tagOf, docOf, viewOf, up, holds, reach, hit, points } = L;

  const FRAME_MS = 120; // a background tab may never get its frame
  const COVERED_MS = 1500; // a spinner goes by then; a cookie wall does not
  const QUIET_MAX_MS = 250; // mutations alone hold no longer: clocks never stop

  const frame = () => new Promise((done) => {
    const timer = setTimeout(done, FRAME_MS);
    requestAnimationFrame(() => {
      clearTimeout(timer);
      done();
    });
  });
  const pause = (ms) => new Promise((done) => setTimeout(done, ms));

  const naming = (el) => {
    const tag = tagOf(el);
    const role = L.seenRole(el);
    const name = (L.seenName(el, role) || '').slice(0, 60);
    const id = attr(el, 'id');
    const what = role === 'generic' ? `<${tag}${id ? ` id=${id.slice(0, 40)}` : ''}>` : role;
    return name ? `${what} "${name}"` : what;
  };

  // ---- can it take a click?
  const isDisabled = (el) => {
    if (matches(el, ':disabled')) return true;
    for (let n = el; n; n = up(n)) if (n.nodeType === 1 && attr(n, 'aria-disabled') === 'true') return true;
    return false;
  };
  const offset = (el) => {
    let x = 0, y = 0;
    for (let view = viewOf(docOf(el)); view && view !== globalThis && view !== view.parent; view = view.parent) {
      let owner;
      try {
        owner = view.frameElement;
      } catch {
        break;
      }
      if (!owner) break;
      const r = box(owner), style = getComputedStyle(owner);
      x += r.x + owner.clientLeft + parseFloat(style.paddingLeft || 0);
      y += r.y + owner.clientTop + parseFloat(style.paddingTop || 0);
    }
    return [x, y];
  };
  const inView = (el) => {
    const view = viewOf(docOf(el));
    return points(el, view.innerWidth, view.innerHeight).length > 0;
  };
  const moving = async (el) => {
    if (!L.docOf(el).getAnimations || docOf(el).getAnimations().length === 0) return false;
    const before = box(el);
    await frame();
    const after = box(el);
    return before.x !== after.x || before.y !== after.y || before.width !== after.width;
  };
  const blocked = (el, x, y) => {
    // Something in an outer document may lie over the frame.
    let [dx, dy] = offset(el);
    for (let view = viewOf(docOf(el)); view !== globalThis && view.frameElement; view = view.parent) {
      const owner = view.frameElement;
      const [ox, oy] = offset(owner);
      const at = hit(docOf(owner), x + dx - ox, y + dy - oy);
      // Nothing at all: the frame itself is scrolled out of sight, so its point can't be clicked.
      if (at !== owner) return at || owner;
    }
    return null;
  };
  // Says whether `at` is the element, as far as a drop counts: what is held with the mouse lies over
  // it, and pages that follow the mouse by themselves keep their parts from being hit meanwhile.
  const isMet = (el, at, held) => reach(el, at) === 'hit'
    || (!!held && !!at && at.nodeType === 1 && (holds(held, at) || holds(at, el)));
  const find = (el, held) => {
    const doc = docOf(el), view = viewOf(doc);
    let by = null;
    for (const [x, y] of points(el, view.innerWidth, view.innerHeight)) {
      const at = hit(doc, x, y);
      const over = isMet(el, at, held) ? blocked(el, x, y) : at;
      if (isMet(el, at, held) && !over) return { x, y };
      by = by || over || at;
    }
    return { by };
  };
  // The middle of an area of a picture, which has no box of its own.
  const inPicture = (el) => {
    const map = closest(el, 'map'), name = map && `#${attr(map, 'name') || ''}`;
    const picture = map && Array.from(all(docOf(el), 'img[usemap]')).find((img) => attr(img, 'usemap') === name);
    if (!picture || !visible(picture, { visibilityProperty: true })) return { no: 'hidden' };
    if (!inView(picture)) Element.prototype.scrollIntoView.call(picture, { block: 'center', behavior: 'instant' });
    const r = box(picture), numbers = (attr(el, 'coords') || '').split(',').map(Number);
    const every = (from) => numbers.filter((_, i) => i % 2 === from);
    const middle = (of) => of.reduce((sum, n) => sum + n, 0) / of.length;
    const shape = (attr(el, 'shape') || 'rect').toLowerCase();
    const [dx, dy] = shape === 'default' ? [r.width / 2, r.height / 2]
      : shape.startsWith('circ') ? numbers : [middle(every(0)), middle(every(1))];
    const x = r.x + dx, y = r.y + dy, at = hit(docOf(el), x, y);
    if (at !== el) return { no: 'covered', by: at ? naming(at) : 'nothing visible' };
    return { x, y };
  };
  const check = async (el, held) => {
    if (!el) return { no: 'stale' };
    if (tagOf(el) === 'area') return inPicture(el);
    if (!visible(el, { visibilityProperty: true })) return { no: 'hidden' };
    if (isDisabled(el)) return { no: 'disabled' };
    const r = box(el);
    if (!r.width || !r.height) return { no: 'hidden' };
    if (!inView(el)) Element.prototype.scrollIntoView.call(el, { block: 'center', inline: 'center', behavior: 'instant' });
    if (await moving(el)) return { no: 'moving' };
    let at = find(el, held);
    if (at.by !== undefined) {
      // It may be scrolled out of an inner box, or lie under a bar that sticks to an edge.
      Element.prototype.scrollIntoView.call(el, { block: 'center', inline: 'center', behavior: 'instant' });
      at = find(el, held);
    }
    if (at.by !== undefined) return { no: 'covered', by: at.by ? naming(at.by) : 'nothing visible' };
    return at;
  };

  // Waits until the element can take a click or a drop, then arms the proof.
  const prepare = async (n, ms, types, held) => {
    const start = performance.now();
    for (;;) {
      const el = get(n);
      if (el && tagOf(el) === 'option' && closest(el, 'select')) {
        return { no: 'choice', list: number(closest(el, 'select')), name: L.tidy(el.label) };
      }
      const at = await check(el, held);
      if (at.x !== undefined) {
        arm(el, types, held);
        const [dx, dy] = offset(el);
        return { x: at.x + dx, y: at.y + dy, name: naming(el), link: !!closest(el, 'a[href]'), plain: !!plain(n) };
      }
      const spent = performance.now() - start;
      if (at.no === 'stale' || spent >= ms || (at.no === 'covered' && spent >= COVERED_MS)) {
        return { no: at.no, by: at.by, name: el ? naming(el) : '', have: el ? [] : L.likely(n) };
      }
      await frame();
    }
  };

  // Where a point of a frame that has a world of its own lies here, and what covers it.
  const over = (n, x, y) => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const place = () => {
      const r = box(el), style = getComputedStyle(el);
      const px = x + r.x + el.clientLeft + parseFloat(style.paddingLeft || 0);
      const py = y + r.y + el.clientTop + parseFloat(style.paddingTop || 0);
      const at = hit(docOf(el), px, py);
      return { px, py, at, by: at === el ? blocked(el, px, py) : at };
    };
    let found = place();
    if (found.at !== el || found.by) {
      // The frame, or this part of a tall one, may be scrolled out of sight.
      Element.prototype.scrollIntoView.call(el, { block: 'center', inline: 'center', behavior: 'instant' });
      const view = viewOf(docOf(el)), { px, py } = place();
      if (py < 0 || py >= view.innerHeight || px < 0 || px >= view.innerWidth) {
        view.scrollBy({ left: px - view.innerWidth / 2, top: py - view.innerHeight / 2, behavior: 'instant' });
      }
      found = place();
    }
    const { px, py, at, by } = found, [dx, dy] = offset(el);
    return { x: px + dx, y: py + dy, by: at === el && !by ? undefined : by ? naming(by) : 'nothing visible' };
  };

  // ---- proof
  let proof = null;
  const PRESSES = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click', 'dblclick', 'auxclick', 'contextmenu'];
  const DROPS = ['drop', 'pointerup', 'mouseup'];
  const CLICKS = new Set(['click', 'auxclick', 'contextmenu']);
  // Roles that do what they are for when they are clicked, not when they are pressed.
  const CLICKED = new Set(['button', 'link', 'checkbox', 'radio', 'switch', 'tab']);
  // A name without what only decorates it.
  const letters = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '');
  const arm = (el, types = PRESSES, held = null) => {
    disarm();
    const doc = docOf(el);
    const mine = { el, got: null, wrong: false, clicked: types !== PRESSES, expanded: attr(el, 'aria-expanded'), name: naming(el) };
    mine.on = (event) => {
      if (!event.isTrusted) return;
      const target = event.composedPath()[0];
      // An event from a closed shadow root shows only its host.
      const isHit = () => (L.closedRoots.has(target) && holds(target, el))
        || (target.nodeType === 1 && isMet(el, target, held));
      if (!mine.got) {
        mine.got = target;
        mine.point = [event.clientX, event.clientY];
        // What got another name when the mouse came is used for something else now.
        const now = naming(el);
        if (types === PRESSES && mine.name.includes('"') && letters(now) !== letters(mine.name)) mine.now = now;
        mine.wrong = !!mine.now || (!isHit() && holds(docOf(el), target));
      }
      if (CLICKS.has(event.type) && isHit()) mine.clicked = true;
      if (mine.wrong) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    };
    for (const type of types) doc.addEventListener(type, mine.on, { capture: true });
    mine.off = () => {
      for (const type of types) doc.removeEventListener(type, mine.on, { capture: true });
    };
    proof = mine;
    if (watching && types === PRESSES) watching.before = amount(watching);
  };
  // How much has changed so far.
  const amount = (w) => {
    counted(w.observer.takeRecords(), w);
    return w.near + w.elsewhere;
  };
  const disarm = () => {
    if (proof) proof.off();
    proof = null;
  };
  const verify = (last) => {
    const was = proof;
    if (was && !last && (!was.got || (!was.wrong && !was.clicked))) return { pending: true };
    disarm();
    if (!was || !was.got) return { missed: true };
    if (was.now) return { now: was.now };
    if (was.wrong) return { other: naming(was.got) };
    return isLost(was) ? { lost: true } : { hit: true };
  };
  // The press moved the element away from under the mouse, so that no click came of it: browsers
  // click only what is both pressed and released.
  const isLost = ({ el, clicked, point, expanded }) => {
    if (clicked || !connected(el) || !CLICKED.has(L.roleOf(el, tagOf(el)))) return false;
    const r = box(el), [x, y] = point;
    const isAway = x < r.left || x > r.right || y < r.top || y > r.bottom;
    return isAway && r.width > 0 && r.height > 0 && attr(el, 'aria-expanded') === expanded;
  };

  // The element, unless something listened at the last look, or the browser itself does something
  // when it is clicked.
  const WORKED = 'a[href]:not([href^="javascript:void"],[href="javascript:;"]),area[href],input:not([type=button]),select,textarea,label,option,summary,iframe,frame,object,embed,audio,video,dialog[closedby],'
    + '[contenteditable],[popovertarget],[commandfor]';
  const plain = (n) => {
    const el = get(n);
    if (!el || closest(el, WORKED)) return null;
    for (let n = el; n; n = up(n)) if (L.listens(n)) return null;
    const button = closest(el, 'button');
    return button && button.form && button.type !== 'button' ? null : el;
  };
  // Where something dragged can be dropped. Bringing it into sight may move what is dragged along.
  // `held` is what the page itself lets follow the mouse.
  const receive = (n, ms, held) => prepare(n, ms, DROPS, held ? get(held) : null);
  // Waits while something moves that `counts`, for `ms` at most; says whether anything did.
  const rested = async (counts, ms) => {
    const start = performance.now();
    let had = false;
    while (movements().some(counts) && performance.now() - start < ms) {
      had = true;
      await frame();
    }
    return had;
  };
  // What is dropped may glide to its place, and only then is where it belongs.
  const landed = async (ms) => {
    await rested((a) => a.playState === 'running' && Number.isFinite(a.effect?.getComputedTiming().endTime), ms);
    return true;
  };
  // Pages that follow the mouse do so once a frame.
  const followed = async () => {
    await frame();
    await frame();
    return true;
  };
  // Whether the page began a drag of its own kind (HTML) with what the mouse holds.
  let dragging = null;
  const watchDrag = (n) => {
    const el = get(n);
    if (!el) return false;
    const mine = { began: false };
    docOf(el).addEventListener('dragstart', (event) => { mine.began = event; }, { capture: true, once: true });
    dragging = mine;
    return true;
  };
  const dragBegan = () => {
    const event = dragging && dragging.began;
    return !!event && !event.defaultPrevented;
  };

  // ---- what changed
  const VALUES_MAX = 300; // fields whose values are compared before and after
  const fields = () => Array.from(all(document, 'input,textarea,select')).slice(0, VALUES_MAX);
  const heldBy = (el) => (tagOf(el) === 'input' && ['checkbox', 'radio'].includes(el.type) ? String(el.checked)
    : tagOf(el) === 'select' ? Array.from(el.selectedOptions, (o) => o.index).join() : el.value);
  let watching = null;
  // What loads something before it is all there, or tells its page with the next frame that it opened
  // or closed.
  const LOADS = 'img,iframe,frame,script,link,video,audio,embed,object';
  const LOADED = new Set(['src', 'srcset', 'href', 'data']);
  const loads = (r) => (r.type === 'attributes' ? r.attributeName === 'open' || (LOADED.has(r.attributeName) && matches(r.target, LOADS))
    : r.type === 'childList' && Array.from(r.addedNodes).some((n) => n.nodeType === 1 && (matches(n, LOADS) || all(n, LOADS).length > 0)));
  const counted = (records, w) => {
    for (const r of records) {
      w.loads ||= loads(r);
      const amount = r.type === 'childList' ? r.addedNodes.length + r.removedNodes.length : 1;
      if (w.scope && holds(w.scope, r.target)) w.near += amount;
      else w.elsewhere += amount;
      w.last = performance.now();
    }
  };
  // A form that the browser holds back names its fields; these events leave no shadow root.
  const asked = new WeakSet();
  const askInvalid = (root) => {
    if (asked.has(root)) return;
    asked.add(root);
    root.addEventListener('invalid', (event) => {
      if (watching && watching.sends && event.isTrusted) watching.invalid.add(event.target);
    }, { capture: true });
  };
  const INVALID_MAX = 5;
  const heldBack = (w) => Array.from(w.invalid).filter((el) => connected(el) && el.validationMessage).slice(0, INVALID_MAX)
    .map((el) => [number(el), `${naming(el)}: ${String(el.validationMessage).slice(0, 200)}`]);
  // Changes within the element's form, row, dialog or section are near; `isKey` says that a key is
  // pressed, which may send a form as its button does.
  const watch = (n, isKey) => {
    if (watching) watching.observer.disconnect();
    const el = n ? get(n) : null;
    const scope = el && (closest(el, 'form,tr,li,dialog,[role=dialog],fieldset,article,section') || up(el));
    const w = { near: 0, elsewhere: 0, last: -1, loads: false, glanced: null, scope, el, since: L.docGet(document, 'timeline').currentTime, focus: L.focusOf(document), x: scrollX, y: scrollY,
      sends: isKey || (!!el && leads(el)), invalid: new Set(), values: new Map(fields().map((field) => [field, heldBy(field)])) };
    w.observer = new MutationObserver((records) => counted(records, w));
    const what = { subtree: true, childList: true, attributes: true, characterData: true };
    w.observer.observe(document, what);
    askInvalid(document);
    if (el) {
      askInvalid(docOf(el));
      for (let root = L.rootOf(el); root && root !== document; root = root.host ? L.rootOf(root.host) : null) {
        w.observer.observe(root, what);
        askInvalid(root);
      }
    }
    watching = w;
  };
  const changed = () => {
    const w = watching;
    if (!w) return { near: 0, elsewhere: 0, focus: false, scrolled: false, values: [], invalid: [] };
    counted(w.observer.takeRecords(), w);
    // Values that a script sets are seen by nothing else; the target's own is read back anyway.
    const values = [];
    for (const [field, before] of w.values) {
      if (values.length >= 8) break;
      if (field === w.el || !connected(field) || heldBy(field) === before) continue;
      if (!visible(field, { visibilityProperty: true }) || L.isTucked(field)) continue;
      const label = Array.from(field.labels || []).find((one) => L.standsFor(one, 'label') === field);
      values.push([number(label || field), shownBy(field)]);
    }
    return { near: w.near, elsewhere: w.elsewhere, focus: L.focusOf(document) !== w.focus,
      scrolled: scrollX !== w.x || scrollY !== w.y, values, invalid: heldBack(w) };
  };
  const shownBy = (el) => {
    const shown = L.valueOf(el, tagOf(el), L.roleOf(el, tagOf(el)));
    return shown !== undefined ? shown : isTicked(el) ? 'on' : 'off';
  };
  // What may change a page without being worked.
  const LIVELY = 'script,iframe,frame,object,embed,video,marquee,meta[http-equiv=refresh],[onload],[onerror]';
  const leads = (el) => {
    const link = closest(el, 'a[href],area[href]');
    if (link) return !(attr(link, 'href') || '').startsWith('#');
    const button = closest(el, 'button,input');
    return !!button && ['submit', 'image'].includes(button.type) && !!button.form;
  };
  const movements = () => Document.prototype.getAnimations.call(document);
  const hasBegunToMove = (since) => movements()
    .some((a) => a.playState === 'running' && (a.startTime === null || a.startTime >= since));
  // Lists, menus and panels that unfold or go away do so within a moment; before that, what is in
  // them is covered or still there. A card that only rises under the mouse does neither.
  const UNFOLD_MAX_MS = 500;
  const COMES = ['opacity', 'visibility', 'display', 'height', 'maxHeight'];
  const MOVES = [...COMES, 'width', 'maxWidth', 'transform', 'translate', 'scale', 'clipPath', 'top', 'left', 'right', 'bottom'];
  const unfolds = (a, w) => {
    const effect = a.effect, el = effect && effect.target;
    if (!el || a.playState !== 'running' || (a.startTime !== null && a.startTime < w.since) || !el.firstElementChild) return false;
    if (effect.getComputedTiming().endTime - (a.currentTime || 0) > UNFOLD_MAX_MS) return false;
    if (w.el && holds(w.el, el)) return false;
    const said = w.el && holds(el, w.el) ? COMES : MOVES;
    return effect.getKeyframes().some((k) => said.some((name) => name in k));
  };
  const unfolded = async (w) => {
    // What the page does at the end of it.
    if (await rested((a) => unfolds(a, w), UNFOLD_MAX_MS)) await frame();
  };
  // Whether that is all: what was worked has changed the page at once, nothing began to move and
  // nothing changed any further; or there is nothing on the page that could change it. Looks after
  // a frame; `soon`, without one, if nothing needs one; or, when an answer has `come`, at what that
  // has changed.
  let glanced = null;
  const glance = async (moment) => {
    const start = performance.now(), w = watching;
    const isSoon = moment === 'soon', hasCome = moment === 'come';
    if (!isSoon) glanced = start;
    // Only a press has come when it is answered; what a wheel or a key does may come later.
    const since = hasCome ? w && w.glanced : w && w.el && w.before !== undefined ? w.before : null;
    // What was typed has come, and was answered.
    const isTyped = !!w && w.typed === true && !hasCome;
    if (hasCome) await frame();
    const count = w ? amount(w) : 0;
    await (moment === 'frame' ? frame() : pause(0));
    await pause(0);
    const now = changed();
    if (w && !isSoon) {
      w.before = w.typed = undefined;
      w.glanced = now.near + now.elsewhere;
    }
    const rests = () => now.near + now.elsewhere === count && !all(document, '[aria-busy=true]').length && !hasBegunToMove(w.since);
    const is = () => {
      if (!w) return !isSoon && all(document, LIVELY).length === 0 && movements().length === 0;
      if (isSoon && (now.scrolled || w.loads)) return false;
      if (isTyped) return rests();
      if (since === null || (!hasCome && (L.rootOf(w.el) !== document || leads(w.el)))) return false;
      return count > since && rests();
    };
    return { ...now, over: is() };
  };
  // A page whose scripts have drawn nothing yet.
  const BLANK_MAX_MS = 3000, BLANK_NODES_MAX = 200;
  const SEEN = '[tabindex],input,button,select,textarea,a[href],img,canvas,svg,video,audio,iframe,embed,object';
  const SILENT = new Set(['script', 'style', 'noscript', 'template', 'title']);
  const isBlank = () => {
    const body = L.docGet(document, 'body');
    if (!body || !all(document, 'script').length) return false;
    if (Array.from(all(body, SEEN)).slice(0, BLANK_NODES_MAX).some((el) => visible(el))) return false;
    const texts = document.createTreeWalker(body, NodeFilter.SHOW_TEXT);
    for (let left = BLANK_NODES_MAX, n = texts.nextNode(); n; n = texts.nextNode()) {
      const holder = n.parentElement;
      if (!--left || holder && !SILENT.has(tagOf(holder)) && L.tidy(n.data) && visible(holder)) return false;
    }
    // What hosts a shadow root may show something that can't be looked at here.
    return !Array.from(all(body, '*')).some((el) => L.closedRoots.has(el) || el.shadowRoot);
  };
  const drawn = () => new Promise((done) => {
    const look = () => {
      if (isBlank()) return;
      observer.disconnect();
      clearTimeout(timer);
      done();
    };
    const observer = new MutationObserver(look);
    const timer = setTimeout(() => {
      observer.disconnect();
      done();
    }, BLANK_MAX_MS);
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  });
  // Two frames, of which a glance took one, then quiet for `idle` ms; mutations alone hold for a
  // while only. A new document is waited for until it shows something.
  const barrier = async (idle, isNew) => {
    let start = glanced || performance.now();
    if (isNew && isBlank()) {
      await drawn();
      start = performance.now();
    }
    await frame();
    if (!glanced) await frame();
    glanced = null;
    for (;;) {
      const now = performance.now();
      if (watching) counted(watching.observer.takeRecords(), watching);
      const last = Math.max(watching ? watching.last : -1, start);
      const left = Math.min(idle - (now - last), QUIET_MAX_MS - (now - start));
      if (left <= 0) break;
      await pause(left);
    }
    if (watching) await unfolded(watching);
    const seen = changed();
    if (watching) watching.glanced = seen.near + seen.elsewhere;
    return seen;
  };

  // ---- fields
  const setter = (el, key) => Object.getOwnPropertyDescriptor(
    tagOf(el) === 'textarea' ? HTMLTextAreaElement.prototype : tagOf(el) === 'select' ? HTMLSelectElement.prototype
      : HTMLInputElement.prototype, key).set;
  const tell = (el) => {
    el.dispatchEvent(new Event('input', { bubbles: true, composed: true }));
    el.dispatchEvent(new Event('change', { bubbles: true }));
  };
  const NATIVE = new Set(['date', 'time', 'datetime-local', 'month', 'week', 'color', 'range']);
  const UNTYPED = new Set(['checkbox', 'radio', 'file', 'submit', 'reset', 'button', 'image', 'hidden']);
  const editable = (n) => {
    const el = get(n);
    if (!el) return null;
    if (tagOf(el) === 'label' && el.control) return el.control;
    return el;
  };
  const retry = async (ms, attempt, patience = () => ms) => {
    const start = performance.now();
    for (;;) {
      const out = attempt();
      if (!out.wait || performance.now() - start >= patience(out)) return out;
      await frame();
    }
  };
  // Sliders and number fields that are made of other elements, and what they say of themselves.
  const isDial = (el) => tagOf(el) !== 'input' && ['slider', 'spinbutton'].includes(L.roleOf(el, tagOf(el)))
    && has(el, 'aria-valuenow');
  const dial = (n) => {
    const el = get(n);
    if (!el) return { no: 'stale', have: L.likely(n) };
    const read = (name) => (has(el, name) && Number.isFinite(+attr(el, name)) ? +attr(el, name) : undefined);
    return { now: read('aria-valuenow'), low: read('aria-valuemin'), high: read('aria-valuemax'), shown: shownBy(el), name: naming(el) };
  };
  // A field that only catches what is typed, out of sight, for an editor that draws its text itself.
  const isSink = (el) => {
    if (el.editContext) return true;
    if (tagOf(el) !== 'textarea' || el.value) return false;
    const outer = up(el);
    const isTiny = (n) => box(n).width <= SINK_MAX || box(n).height <= SINK_MAX;
    return isTiny(el) || getComputedStyle(el).opacity === '0'
      || (!!outer && outer.nodeType === 1 && isTiny(outer) && getComputedStyle(outer).overflow !== 'visible');
  };
  const SINK_MAX = 4; // pixels
  const SINK_LEVELS = 6, SINK_CHARS_MAX = 200000;
  // Whether the editor around a field that only catches what is typed shows all lines of `text`; the
  // first that shows anything is meant.
  const sunk = (n, text) => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const squeeze = (s) => s.replace(/\s+/g, '');
    for (let outer = up(el), level = 0; outer && outer.nodeType === 1 && level < SINK_LEVELS; outer = up(outer), level++) {
      const said = squeeze(L.prose(outer, SINK_CHARS_MAX));
      if (said) return { so: text.split('\n').every((line) => said.includes(squeeze(line))) };
    }
    return { so: false };
  };
  // Puts the focus into a field with all of it selected, or sets a native picker's value.
  const field = (n, text, ms) => retry(ms, () => {
    const el = editable(n);
    if (!el) return { no: 'stale', have: L.likely(n) };
    const tag = tagOf(el), name = naming(el);
    if (!visible(el, { visibilityProperty: true })) return { no: 'hidden', name, wait: true };
    if (isDisabled(el)) return { no: 'disabled', name, wait: true };
    if (el.readOnly || attr(el, 'aria-readonly') === 'true') return { no: 'readonly', name };
    const before = held(el);
    if (tag === 'input' && NATIVE.has(el.type)) {
      el.focus();
      setter(el, 'value').call(el, text);
      const now = el.value;
      if (now.toLowerCase() !== text.toLowerCase() && el.type !== 'range') {
        setter(el, 'value').call(el, before);
        return { no: 'format', name, by: el.type };
      }
      tell(el);
      return { set: true, before, name };
    }
    if (tag === 'input' && !UNTYPED.has(el.type) || tag === 'textarea') {
      el.focus();
      el.select();
    } else if (el.isContentEditable) {
      el.focus();
      const doc = docOf(el);
      const range = doc.createRange();
      range.selectNodeContents(el);
      const selection = doc.getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
    } else if (el.editContext) {
      el.focus();
    } else if (isDial(el)) {
      el.focus();
      if (!holds(el, L.focusOf(docOf(el)) || document)) return { no: 'focus', name, wait: true };
      return { dial: true, name };
    } else if (tag === 'select' || tag === 'input') {
      return { no: 'kind', name, by: tag === 'select' ? 'list' : el.type };
    } else {
      const inner = L.all(el, 'input:not([type=hidden]),textarea,[contenteditable]');
      return { no: 'kind', name, by: tag, inner: inner.length === 1 ? number(inner[0]) : undefined };
    }
    if (!holds(el, L.focusOf(docOf(el)) || document)) return { no: 'focus', name, wait: true };
    return { type: true, suggests: suggests(el), sink: isSink(el), before, name };
  });
  // Puts the caret at the end of a field, to type on from there.
  const caret = (n, ms) => retry(ms, () => {
    const el = editable(n);
    if (!el) return { no: 'stale' };
    const tag = tagOf(el), name = naming(el);
    if (!visible(el, { visibilityProperty: true })) return { no: 'hidden', name, wait: true };
    if (isDisabled(el)) return { no: 'disabled', name, wait: true };
    if (el.readOnly || attr(el, 'aria-readonly') === 'true') return { no: 'readonly', name };
    const isText = tag === 'textarea' || (tag === 'input' && !UNTYPED.has(el.type) && !NATIVE.has(el.type));
    if (!isText && !el.isContentEditable) return { no: 'kind', name, by: tag === 'input' ? el.type : tag };
    const before = held(el);
    el.focus();
    if (!isText) {
      const doc = docOf(el), range = doc.createRange(), selection = doc.getSelection();
      range.selectNodeContents(el);
      range.collapse(false);
      selection.removeAllRanges();
      selection.addRange(range);
    } else {
      // Fields for numbers and mail addresses know no caret; selecting all and leaving to the right does it.
      try {
        el.setSelectionRange(el.value.length, el.value.length);
      } catch {
        el.select();
        docOf(el).getSelection().modify('move', 'forward', 'lineboundary');
      }
    }
    if (!holds(el, L.focusOf(docOf(el)) || document)) return { no: 'focus', name, wait: true };
    return { type: true, lines: tag === 'textarea' || el.isContentEditable, sink: isSink(el), before, name };
  });
  const held = (el) => (el.isContentEditable ? L.tidy(el.innerText) : el.value === undefined ? '' : String(el.value));
  // Ends when suggestions appear, or after a while: typing is often answered with a delay.
  const stir = (ms) => new Promise((done) => {
    const observer = new MutationObserver((records) => {
      const came = records.some((r) => Array.from(r.addedNodes).some((n) => n.nodeType === 1)
        || ['aria-expanded', 'hidden', 'aria-activedescendant'].includes(r.attributeName));
      if (came) end();
    });
    const timer = setTimeout(() => end(), ms);
    const end = () => {
      clearTimeout(timer);
      observer.disconnect();
      done(true);
    };
    observer.observe(document, { subtree: true, childList: true, attributes: true });
  });
  const suggests = (el) => attr(el, 'role') === 'combobox' || attr(el, 'role') === 'searchbox' || el.type === 'search'
    || /autocomplete|typeahead|suggest|combobox/i.test(`${attr(el, 'class') || ''} ${attr(el, 'id') || ''}`)
    || (attr(el, 'aria-autocomplete') || 'none') !== 'none' || (attr(el, 'aria-haspopup') || 'false') !== 'false';
  // What the field holds, and what of it may be shown.
  const value = (n) => {
    const el = editable(n);
    if (!el) return { no: 'stale' };
    const shown = L.valueOf(el, tagOf(el), L.roleOf(el, tagOf(el)));
    return { now: held(el), shown: shown === undefined ? '' : shown };
  };

  // Waits until what was typed into field `n` has arrived, in a task of its own, so that the page's
  // handlers have run; then the next field can have the focus.
  let awaited = null;
  const expectInput = (n) => {
    const el = editable(n);
    if (!el) return;
    const mine = { done: null, came: false };
    mine.arrived = new Promise((done) => { mine.done = done; });
    el.addEventListener('input', () => task().then(mine.done), { capture: true, once: true });
    awaited = mine;
  };
  const arrived = async (ms) => {
    const mine = awaited;
    awaited = null;
    if (mine) await Promise.race([mine.arrived, pause(ms)]);
  };
  const task = () => new Promise((done) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => done();
    channel.port2.postMessage(0);
  });
  // Types over what is selected in a plain field: the browser's own editor does it, with the events
  // it gives to what a user types, and the page gets a task of its own to answer them. False when
  // the field did not take it; then it wants keys.
  const typeOver = async (el, text) => {
    const before = held(el);
    // The editor does not ask the page first when a script has it type.
    const about = { inputType: text ? 'insertText' : 'deleteContentBackward', data: text || null,
      bubbles: true, cancelable: true, composed: true };
    if (!el.dispatchEvent(new InputEvent('beforeinput', about))) return false;
    if (text) docOf(el).execCommand('insertText', false, text);
    else if (before) docOf(el).execCommand('delete');
    await task();
    return held(el) !== before || before === text;
  };
  // The next step of a form: after what was typed before has arrived, field `n` gets `value`, or the
  // focus to be typed into. Lists and boxes that need the mouse are said so.
  const entry = async (n, value, late, ms) => {
    await arrived(late);
    const el = editable(n);
    if (!el) return { no: 'stale' };
    const tag = tagOf(el);
    if (tag === 'select') return choose(n, [value], ms);
    const role = L.roleOf(el, tag);
    if (tag === 'input' && ['checkbox', 'radio'].includes(el.type) || ['checkbox', 'switch', 'radio'].includes(role)) {
      return { box: true, on: isTicked(el), name: naming(el) };
    }
    if (isDial(el)) return field(n, value, ms);
    if (tag !== 'input' && tag !== 'textarea' && !el.isContentEditable) return { widget: true, name: naming(el) };
    let ready = await field(n, value, ms);
    if (!ready.type) return ready;
    if (!el.isContentEditable) {
      if (await typeOver(el, value)) return { ...ready, type: false, set: true };
      ready = await field(n, value, ms);
      if (!ready.type) return ready;
    }
    if (watching) watching.typed = false;
    expectInput(n);
    return ready;
  };
  // The steps of a form one after the other, up to the first that needs the mouse or keys.
  const entries = async (steps, late, ms) => {
    const done = [];
    for (const [n, value] of steps) {
      const step = await entry(n, value, late, ms);
      done.push(step);
      if (!step.set) return done;
    }
    if (watching) watching.typed = true;
    return done;
  };
  // What the fields hold once all that was typed has arrived.
  const entered = async (numbers, ms) => {
    await arrived(ms);
    return numbers.map((n) => {
      const el = editable(n);
      if (!el) return { no: 'stale' };
      return { now: held(el), also: tagOf(el) === 'select' ? L.valueOf(el, 'select', '') : '', shown: shownBy(el) };
    });
  };

  const isTicked = (el) => {
    const control = tagOf(el) === 'label' && el.control ? el.control : el;
    return L.isOn(control, tagOf(control));
  };
  const ticked = (n) => {
    const el = get(n);
    return el ? { on: isTicked(el) } : { no: 'stale' };
  };

  // ---- lists
  const same = (a, b) => L.tidy(a).toLowerCase() === L.tidy(b).toLowerCase();
  const best = (list, wanted, textOf, valueOf) => list.find((o) => L.tidy(textOf(o)) === L.tidy(wanted))
    || list.find((o) => same(textOf(o), wanted))
    || list.find((o) => valueOf(o) !== null && same(valueOf(o), wanted));
  // Chooses exactly the options `wanted` of a native list.
  const choose = (n, wanted, ms) => retry(ms, () => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const name = naming(el);
    if (tagOf(el) !== 'select') {
      return { other: true, many: attr(el, 'aria-multiselectable') === 'true', name };
    }
    if (isDisabled(el)) return { no: 'disabled', name, wait: true };
    if (wanted.length > 1 && !el.multiple) return { no: 'single', name };
    const list = Array.from(el.options);
    const have = list.slice(0, 50).map((o) => L.tidy(o.label));
    const chosen = new Set();
    for (const text of wanted) {
      const option = best(list, text, (o) => o.label, (o) => o.value);
      if (!option) return { no: 'option', by: text, name, have, wait: true };
      if (matches(option, ':disabled')) return { no: 'disabled', name: naming(option), wait: true };
      chosen.add(option);
    }
    el.focus();
    const already = list.every((o) => o.selected === chosen.has(o));
    if (!already && el.multiple) {
      const select = Object.getOwnPropertyDescriptor(HTMLOptionElement.prototype, 'selected').set;
      for (const o of list) if (o.selected !== chosen.has(o)) select.call(o, chosen.has(o));
    } else if (!already) {
      setter(el, 'selectedIndex').call(el, [...chosen][0].index);
    }
    if (!already) tell(el);
    return { set: true, already, name };
  });
  const OPTIONS = '[role=option],[role=menuitem],[role=menuitemradio],[role=menuitemcheckbox],[role=treeitem],'
    + '[role=radio],[role=tab],input[type=radio],option';
  // Options that are none by their role: what alone says exactly that, and was not there before.
  let unopened = null;
  const says = (el, wanted) => {
    const saying = [];
    const walker = docOf(el).createTreeWalker(docOf(el), 4);
    for (let n = walker.nextNode(); n; n = walker.nextNode()) {
      const parent = n.parentElement;
      if (parent && !holds(el, parent) && !closest(parent, 'select,script,style,template') && same(n.data, wanted) && same(parent.textContent, wanted)
        && isSeen(parent)) saying.push(parent);
    }
    return saying;
  };
  const newcomer = (el, wanted) => {
    const now = says(el, wanted);
    if (!unopened || unopened.el !== el || unopened.wanted !== wanted) {
      unopened = { el, wanted, before: new WeakSet(now), focus: L.focusOf(docOf(el)) };
      // A list that is still open shows its options already.
      if (attr(el, 'aria-expanded') !== 'true') return null;
      const ready = now.filter((one) => getComputedStyle(one).cursor === 'pointer');
      return ready.length === 1 ? ready[0] : null;
    }
    const come = now.filter((one) => !unopened.before.has(one));
    return come.length === 1 ? come[0] : null;
  };
  // Options for readers alone have no room on the page.
  const isSeen = (el) => {
    const r = box(el);
    return r.width > 1 && r.height > 1 && visible(el, { visibilityProperty: true });
  };
  const isText = (el) => !!el && (el.isContentEditable || tagOf(el) === 'textarea' || (tagOf(el) === 'input' && !UNTYPED.has(el.type)));
  // The field to search the list by: itself, or the one that got the focus when it was opened.
  const searchedBy = (el) => {
    if (isText(el)) return el.readOnly ? null : el;
    const now = L.focusOf(docOf(el));
    return isText(now) && unopened && unopened.el === el && unopened.focus !== now && !now.readOnly ? now : null;
  };
  // Finds an option of a list that is not native: below it, in what it controls, else in an open list.
  // One that is searched by typing may show none before.
  const UNSEARCHED_MS = 400;
  const option = (n, wanted, ms, isSearched) => retry(ms, () => optionNow(n, wanted),
    (out) => (out.search && !isSearched ? Math.min(ms, UNSEARCHED_MS) : ms));
  const optionNow = (n, wanted) => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const root = L.rootOf(el);
    const ids = `${attr(el, 'aria-controls') || ''} ${attr(el, 'aria-owns') || ''}`.split(/\s+/).filter(Boolean);
    const places = [el, ...ids.map((id) => root.getElementById && root.getElementById(id)).filter(Boolean)];
    const open = Array.from(L.all(root, '[role=listbox],[role=menu],[role=tree]'));
    const have = [];
    const many = open.concat(places).some((place) => attr(place, 'aria-multiselectable') === 'true' && isSeen(place));
    for (const place of [...places, ...open]) {
      const list = Array.from(L.all(place, OPTIONS)).filter((o) => tagOf(o) === 'input' || isSeen(o));
      const text = (o) => L.nameOf(o, tagOf(o), L.roleOf(o, tagOf(o)), true);
      const found = best(list, wanted, text, (o) => attr(o, 'value') || attr(o, 'data-value'));
      if (found) {
        return { n: number(found), many, radio: tagOf(found) === 'input' || attr(found, 'role') === 'radio',
          on: attr(found, 'aria-selected') === 'true' || isTicked(found) };
      }
      for (const o of list) if (have.length < HAVE_MAX && !have.includes(text(o))) have.push(text(o));
    }
    const bare = newcomer(el, wanted);
    if (bare && !have.length) return { n: number(bare), radio: false, on: false };
    const by = searchedBy(el);
    return { no: 'option', by: wanted, have, name: naming(el), search: by ? number(by) : undefined, many, wait: true };
  };
  const HAVE_MAX = 300;
  // What a list shows as chosen, by its own value or beside its field, where `wanted` is.
  const CHOSEN_LEVELS = 4;
  const shows = (n, wanted) => {
    const el = editable(n);
    if (!el) return { no: 'stale' };
    const needle = L.tidy(wanted).toLowerCase();
    const own = L.valueOf(el, tagOf(el), L.roleOf(el, tagOf(el))) || (tagOf(el) === 'input' ? '' : L.content(el, null, false, true));
    if (L.tidy(own).toLowerCase().includes(needle)) return { shown: own, so: true };
    if (!isText(el) || held(el) && attr(el, 'aria-expanded') !== 'true') return { shown: own, so: false };
    for (let outer = up(el), level = 0; outer && outer.nodeType === 1 && level < CHOSEN_LEVELS; outer = up(outer), level++) {
      if (all(outer, 'input:not([type=hidden]),textarea,select').length > 2) break;
      if (L.content(outer, null, false, true).toLowerCase().includes(needle)) return { shown: wanted, so: true };
    }
    return { shown: own, so: false };
  };

  // ---- files
  const isFileField = (el) => !!el && tagOf(el) === 'input' && el.type === 'file';
  // The file field that is meant: the element itself, the one it labels, or the only one inside it.
  const fileField = (n) => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const label = tagOf(el) === 'label' ? el : closest(el, 'label');
    const inner = Array.from(all(el, 'input[type=file]'));
    const field = isFileField(el) ? el : label && isFileField(label.control) ? label.control : inner.length === 1 ? inner[0] : null;
    if (!field) return { name: naming(el) };
    if (isDisabled(field)) return { no: 'disabled', name: naming(el) };
    return { n: number(field), many: field.multiple || has(field, 'webkitdirectory'), name: naming(el) };
  };
  // Takes down which files the page gets to see: it may empty its field at once.
  let files = null;
  const expectFiles = (field) => {
    const mine = { seen: null };
    const look = () => { mine.seen = mine.seen || Array.from(field.files, (f) => [f.name, f.size]); };
    field.addEventListener('input', look, { capture: true, once: true });
    field.addEventListener('change', look, { capture: true, once: true });
    mine.field = field;
    files = mine;
    return field.multiple;
  };
  // Takes down which files are dropped, and keeps the browser from showing them instead of the page.
  const watchDrop = (n) => {
    const el = get(n);
    if (!el) return;
    const view = viewOf(docOf(el)), mine = { seen: null, field: { files: [] } };
    const look = (event) => {
      if (event.isTrusted && event.dataTransfer) mine.seen = Array.from(event.dataTransfer.files, (f) => [f.name, f.size]);
    };
    view.addEventListener('drop', look, { capture: true, once: true });
    view.addEventListener('drop', (event) => event.preventDefault(), { once: true });
    // Where nothing takes files, the browser would open them itself.
    const refuse = (event) => {
      if (!event.isTrusted || event.defaultPrevented || !event.dataTransfer) return;
      event.dataTransfer.dropEffect = 'none';
      event.preventDefault();
    };
    for (const type of ['dragenter', 'dragover']) view.addEventListener(type, refuse);
    mine.stop = () => {
      for (const type of ['dragenter', 'dragover']) view.removeEventListener(type, refuse);
    };
    files = mine;
  };
  const gotFiles = () => {
    if (!files) return { seen: [] };
    if (files.stop) files.stop();
    const now = Array.from(files.field.files, (f) => [f.name, f.size]);
    return { seen: files.seen || now, now };
  };

  // ---- pictures
  // The element's box in its session's viewport, brought into sight.
  const area = (n) => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    if (!visible(el, { visibilityProperty: true })) return { no: 'hidden', name: naming(el) };
    Element.prototype.scrollIntoView.call(el, { block: 'nearest', inline: 'nearest', behavior: 'instant' });
    const r = box(el), [dx, dy] = offset(el);
    if (!r.width || !r.height) return { no: 'hidden', name: naming(el) };
    return { x: r.x + dx, y: r.y + dy, width: r.width, height: r.height, name: naming(el) };
  };

  // ---- focus, text
  const focus = (n) => {
    const el = editable(n);
    if (!el) return { no: 'stale' };
    el.focus();
    return { focused: holds(el, L.focusOf(docOf(el)) || document), name: naming(el) };
  };
  const read = (n, max) => {
    const el = n ? get(n) : document;
    if (!el) return { no: 'stale' };
    if (n) {
      const shown = L.valueOf(el, tagOf(el), L.roleOf(el, tagOf(el)));
      if (shown !== undefined) return { text: shown };
    }
    return { text: L.prose(el, max) };
  };
  // Looks again after each change of the page, and now and then for what CSS alone changes.
  const until = async (wanted, gone, ms) => {
    const start = performance.now();
    const needle = L.tidy(wanted).toLowerCase();
    let wake = () => {};
    const observer = new MutationObserver(() => wake());
    observer.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    try {
      for (;;) {
        const before = performance.now();
        const there = L.tidy(L.prose(document, 2000000)).toLowerCase().includes(needle);
        if (there !== gone) return { so: true };
        const left = ms - (performance.now() - start);
        if (left <= 0) return { so: false };
        const cost = performance.now() - before;
        // A heavy page is not read more than a quarter of the time.
        await Promise.race([new Promise((done) => { wake = done; }), pause(Math.min(left, 250))]);
        await pause(Math.min(left, cost * 3));
        await frame();
      }
    } finally {
      observer.disconnect();
    }
  };

  Object.assign(L, { prepare, receive, watchDrag, dragBegan, caret, dial, entries, entered, fileField, expectFiles, watchDrop, gotFiles, area, over, verify, disarm, plain, watch, changed, glance, barrier, stir, field, value, ticked, choose, option, shows, sunk, followed, landed, focus, read,
    until, naming });
})();
