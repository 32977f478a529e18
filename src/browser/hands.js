// Prepares, proves and watches actions, in the isolated world, beside the walker.
//
// Nothing here clicks: real input comes from the browser. This finds the point, waits until the
// element can take it, and arms listeners that prove which element got it, or stop it in time.
(() => {
  'use strict';
  const L = globalThis.__legwork;
  if (!L || L.prepare) return;
  const { get, number, attr, matches, closest, visible, box, tagOf, docOf, viewOf, up, holds, reach, hit, points } = L;

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
    const role = L.roleOf(el, tag);
    const name = (L.nameOf(el, tag, role, true) || '').slice(0, 60);
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
  const find = (el) => {
    const doc = docOf(el), view = viewOf(doc);
    let by = null;
    for (const [x, y] of points(el, view.innerWidth, view.innerHeight)) {
      const at = hit(doc, x, y);
      const over = reach(el, at) === 'hit' ? blocked(el, x, y) : at;
      if (reach(el, at) === 'hit' && !over) return { x, y };
      by = by || over || at;
    }
    return { by };
  };
  const check = async (el) => {
    if (!el) return { no: 'stale' };
    if (!visible(el, { visibilityProperty: true })) return { no: 'hidden' };
    if (isDisabled(el)) return { no: 'disabled' };
    const r = box(el);
    if (!r.width || !r.height) return { no: 'hidden' };
    if (!inView(el)) Element.prototype.scrollIntoView.call(el, { block: 'center', inline: 'center', behavior: 'instant' });
    if (await moving(el)) return { no: 'moving' };
    let at = find(el);
    if (at.by !== undefined) {
      // It may be scrolled out of an inner box, or lie under a bar that sticks to an edge.
      Element.prototype.scrollIntoView.call(el, { block: 'center', inline: 'center', behavior: 'instant' });
      at = find(el);
    }
    if (at.by !== undefined) return { no: 'covered', by: at.by ? naming(at.by) : 'nothing visible' };
    return at;
  };

  // Waits until the element can take a click, then arms the proof.
  const prepare = async (n, ms) => {
    const start = performance.now();
    for (;;) {
      const el = get(n);
      if (el && tagOf(el) === 'option' && closest(el, 'select')) {
        return { no: 'choice', list: number(closest(el, 'select')), name: L.tidy(el.label) };
      }
      const at = await check(el);
      if (at.x !== undefined) {
        arm(el);
        const [dx, dy] = offset(el);
        return { x: at.x + dx, y: at.y + dy, name: naming(el), on: isTicked(el) };
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
  const TYPES = ['pointerdown', 'mousedown', 'pointerup', 'mouseup', 'click'];
  const arm = (el) => {
    disarm();
    const doc = docOf(el);
    const mine = { el, got: null, wrong: false };
    mine.on = (event) => {
      if (!event.isTrusted) return;
      if (!mine.got) {
        const target = event.composedPath()[0];
        mine.got = target;
        // An event from a closed shadow root shows only its host.
        const isHost = L.closedRoots.has(target) && holds(target, el);
        const isHit = isHost || (target.nodeType === 1 && reach(el, target) === 'hit');
        mine.wrong = !isHit && holds(docOf(el), target);
      }
      if (mine.wrong) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    };
    for (const type of TYPES) doc.addEventListener(type, mine.on, { capture: true });
    mine.off = () => {
      for (const type of TYPES) doc.removeEventListener(type, mine.on, { capture: true });
    };
    proof = mine;
  };
  const disarm = () => {
    if (proof) proof.off();
    proof = null;
  };
  const verify = (last) => {
    const was = proof;
    if (was && !was.got && !last) return { pending: true };
    disarm();
    if (!was || !was.got) return { missed: true };
    return was.wrong ? { other: naming(was.got) } : { hit: true };
  };

  // ---- what changed
  let watching = null;
  const counted = (records, w) => {
    for (const r of records) {
      const amount = r.type === 'childList' ? r.addedNodes.length + r.removedNodes.length : 1;
      if (w.scope && holds(w.scope, r.target)) w.near += amount;
      else w.elsewhere += amount;
      w.last = performance.now();
    }
  };
  // Changes within the element's form, row, dialog or section are near.
  const watch = (n) => {
    if (watching) watching.observer.disconnect();
    const el = n ? get(n) : null;
    const scope = el && (closest(el, 'form,tr,li,dialog,[role=dialog],fieldset,article,section') || up(el));
    const w = { near: 0, elsewhere: 0, last: -1, scope, focus: L.focusOf(document), x: scrollX, y: scrollY };
    w.observer = new MutationObserver((records) => counted(records, w));
    const what = { subtree: true, childList: true, attributes: true, characterData: true };
    w.observer.observe(document, what);
    if (el) {
      for (let root = L.rootOf(el); root && root !== document; root = root.host ? L.rootOf(root.host) : null) {
        w.observer.observe(root, what);
      }
    }
    watching = w;
  };
  const changed = () => {
    const w = watching;
    if (!w) return { near: 0, elsewhere: 0, focus: false, scrolled: false };
    counted(w.observer.takeRecords(), w);
    return { near: w.near, elsewhere: w.elsewhere, focus: L.focusOf(document) !== w.focus,
      scrolled: scrollX !== w.x || scrollY !== w.y };
  };
  // Two frames, then quiet for `idle` ms; mutations alone hold for a while only.
  const barrier = async (idle) => {
    const start = performance.now();
    await frame();
    await frame();
    for (;;) {
      const now = performance.now();
      if (watching) counted(watching.observer.takeRecords(), watching);
      const last = Math.max(watching ? watching.last : -1, start);
      const left = Math.min(idle - (now - last), QUIET_MAX_MS - (now - start));
      if (left <= 0) break;
      await pause(left);
    }
    return changed();
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
  const retry = async (ms, attempt) => {
    const start = performance.now();
    for (;;) {
      const out = attempt();
      if (!out.wait || performance.now() - start >= ms) return out;
      await frame();
    }
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
    } else if (tag === 'select' || tag === 'input') {
      return { no: 'kind', name, by: tag === 'select' ? 'list' : el.type };
    } else {
      const inner = L.all(el, 'input:not([type=hidden]),textarea,[contenteditable]');
      return { no: 'kind', name, by: tag, inner: inner.length === 1 ? number(inner[0]) : undefined };
    }
    if (!holds(el, L.focusOf(docOf(el)) || document)) return { no: 'focus', name, wait: true };
    return { type: true, suggests: suggests(el), before, name };
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
  const choose = (n, wanted, ms) => retry(ms, () => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const name = naming(el);
    if (tagOf(el) !== 'select') return { other: true, name };
    if (isDisabled(el)) return { no: 'disabled', name, wait: true };
    const list = Array.from(el.options);
    const option = best(list, wanted, (o) => o.label, (o) => o.value);
    const have = list.slice(0, 20).map((o) => L.tidy(o.label));
    if (!option) return { no: 'option', name, have, wait: true };
    if (matches(option, ':disabled')) return { no: 'disabled', name: naming(option), wait: true };
    el.focus();
    const already = option.selected && !el.multiple;
    if (el.multiple) Object.getOwnPropertyDescriptor(HTMLOptionElement.prototype, 'selected').set.call(option, true);
    else setter(el, 'selectedIndex').call(el, option.index);
    if (!already) tell(el);
    return { set: true, already, name };
  });
  const OPTIONS = '[role=option],[role=menuitem],[role=menuitemradio],[role=menuitemcheckbox],[role=treeitem],'
    + '[role=radio],[role=tab],input[type=radio],option';
  // Finds an option of a list that is not native: below it, in what it controls, else in an open list.
  const option = (n, wanted, ms) => retry(ms, () => {
    const el = get(n);
    if (!el) return { no: 'stale' };
    const root = L.rootOf(el);
    const ids = `${attr(el, 'aria-controls') || ''} ${attr(el, 'aria-owns') || ''}`.split(/\s+/).filter(Boolean);
    const places = [el, ...ids.map((id) => root.getElementById && root.getElementById(id)).filter(Boolean)];
    const open = Array.from(L.all(root, '[role=listbox],[role=menu],[role=tree]'));
    const have = [];
    for (const place of [...places, ...open]) {
      const list = Array.from(L.all(place, OPTIONS)).filter((o) => visible(o, { visibilityProperty: true }) || tagOf(o) === 'input');
      const text = (o) => L.nameOf(o, tagOf(o), L.roleOf(o, tagOf(o)), true);
      const found = best(list, wanted, text, (o) => attr(o, 'value') || attr(o, 'data-value'));
      if (found) return { n: number(found), radio: tagOf(found) === 'input' || attr(found, 'role') === 'radio' };
      for (const o of list) if (have.length < 20) have.push(text(o));
    }
    const typed = tagOf(el) === 'input' || el.isContentEditable;
    return { no: 'option', have, name: naming(el), typed, wait: true };
  });

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

  Object.assign(L, { prepare, over, verify, disarm, watch, changed, barrier, stir, field, value, ticked, choose, option, focus, read,
    until, naming });
})();
