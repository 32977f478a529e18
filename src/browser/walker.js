// The walker: reads the page into flat records, in an isolated world that the page can't touch.
//
// One call per document: same-origin frames and open shadow roots are walked along. Refs live in a
// WeakMap and die with their element. Names follow ARIA accname 1.2 as far as a reader needs it.
// Everything is called through prototypes: an `<input name="children">` clobbers its form's fields.
(() => {
  'use strict';
  if (globalThis.__legwork) return;

  // Limits, each with its reason.
  const NAME_CHARS_MAX = 300; // longer is prose, not a name
  const TEXT_CHARS_MAX = 2000; // one text node; reading gives the whole
  const VALUE_CHARS_MAX = 1000;
  const GUESS_CHARS_MAX = 60;
  const INNER_MAX = 4; // what listens for more things than these is no thing to click itself
  const CARD_CHARS_MAX = 250; // nor is what holds more text
  const NAME_NODES_MAX = 400; // keeps naming linear in the page
  const NAME_DEPTH_MAX = 40;
  const HOSTS_MAX = 30; // custom elements asked about in one look
  const OPTIONS_MAX = 3000; // of all lists
  const OPTIONS_EACH = 300; // of one list where there are more in all
  const RAW_CHARS_MAX = 8000; // of a text or attribute is looked at at all; some have megabytes
  const PAGE_CHARS_MAX = 2000000; // of text in one look; what comes after is cut short
  const SHORT_CHARS_MAX = 100;
  const URL_CHARS_MAX = 4000;
  const ROOTS_MAX = 500; // documents and shadow roots that are asked for listeners
  const BARE_MAX = 10; // empty elements that may hide a closed shadow root, in one look
  const LIST_MIN = 8; // an unnamed container of so many things gets a ref, to be expanded by
  const NEAR_MAX = 300; // children of one element that are looked at on a page too large to be read whole

  const own = (proto, key) => Object.getOwnPropertyDescriptor(proto, key).get;
  const getter = (proto, key) => { const g = own(proto, key); return (n) => g.call(n); };
  // None of those called this way takes more than one argument; gathering them costs much.
  const method = (proto, key) => { const f = proto[key]; return (n, a) => f.call(n, a); };
  const E = Element.prototype, N = Node.prototype, D = Document.prototype;
  const attr = method(E, 'getAttribute');
  const has = method(E, 'hasAttribute');
  const matches = method(E, 'matches');
  const closest = method(E, 'closest');
  const visible = method(E, 'checkVisibility');
  const box = method(E, 'getBoundingClientRect');
  const openRoot = getter(E, 'shadowRoot');
  // Closed shadow roots, as the browser handed them over; those asked about are not asked again.
  const closedRoots = new WeakMap();
  const asked = new WeakSet();
  const shadow = (el) => openRoot(el) || closedRoots.get(el) || null;
  const adopt = (n, root) => {
    const el = get(n);
    if (!el) return false;
    asked.add(el);
    if (root) closedRoots.set(el, root);
    return !!root;
  };
  const tagOf = getter(E, 'localName');
  const slotOf = getter(E, 'assignedSlot');
  const first = getter(N, 'firstChild');
  const next = getter(N, 'nextSibling');
  const last = getter(N, 'lastChild');
  const before = getter(N, 'previousSibling');
  const parentOf = getter(N, 'parentNode');
  const typeOf = getter(N, 'nodeType');
  const connected = getter(N, 'isConnected');
  const docOf = getter(N, 'ownerDocument');
  const rootOf = method(N, 'getRootNode');
  const all = (root, css) => (typeOf(root) === 9 ? D : typeOf(root) === 11 ? DocumentFragment.prototype : E)
    .querySelectorAll.call(root, css);
  const byId = (root, id) => (typeOf(root) === 9 ? D : DocumentFragment.prototype).getElementById.call(root, id);
  const docGet = (doc, key) => Reflect.get(D, key, doc);
  const viewOf = getter(D, 'defaultView');

  const LOOSE = /[\s\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]+/g;
  // Most texts are tidy already: looking is cheaper than making a copy.
  const UNTIDY = /[^\S ]|[\u200b-\u200f\u202a-\u202e\u2060-\u206f]| {2}|^ | $/;
  const tidy = (s) => {
    if (!s) return '';
    const part = s.length > RAW_CHARS_MAX ? s.slice(0, RAW_CHARS_MAX) : s;
    return UNTIDY.test(part) ? part.replace(LOOSE, ' ').trim() : part;
  };
  const cut = (s, max) => (s.length > max ? s.slice(0, max) + '…' : s);

  // ---- refs
  const numbers = new WeakMap();
  const alive = [null];
  const number = (el) => {
    let n = numbers.get(el);
    if (!n) {
      n = alive.push(new WeakRef(el)) - 1;
      numbers.set(el, n);
    }
    return n;
  };
  const get = (n) => {
    const el = alive[n] && alive[n].deref();
    return el && connected(el) && viewOf(docOf(el)) ? el : null;
  };

  const rename = (n, el) => {
    alive[n] = new WeakRef(el);
  };

  // ---- elements that only a script knows to be clickable
  let listening = new WeakSet();
  let dropped = new WeakSet();
  // In closed shadow roots they are asked for once.
  const heard = new WeakSet();
  const hear = (el) => heard.add(el);
  const listens = (el) => listening.has(el) || heard.has(el);
  // `found` holds, for each document and open shadow root, how many elements it has and the places
  // of those that listen, those below zero (-1 for the first) for drops as well; `inner` the same for
  // the documents of frames, by the frame's number. The page may have changed since: what does not
  // fit is not marked.
  const mark = (found, inner) => {
    listening = new WeakSet();
    dropped = new WeakSet();
    markIn(document, found);
    for (const [n, places] of inner) {
      const frame = get(n), doc = frame && innerDocument(frame);
      if (doc) markIn(doc, places);
    }
    return true;
  };
  const markIn = (doc, found) => {
    const roots = [doc];
    for (let r = 0; r < roots.length && r < found.length && r < ROOTS_MAX; r++) {
      const elements = all(roots[r], '*');
      const count = elements.length;
      for (let i = 0; i < count; i++) {
        const el = elements[i];
        const inner = openRoot(el) || (tagOf(el) === 'iframe' ? innerDocument(el) : null);
        if (inner) roots.push(inner);
      }
      const [expected, ...places] = found[r];
      if (expected !== count) continue;
      for (const i of places) {
        const el = elements[i < 0 ? -1 - i : i];
        if (el) listening.add(el);
        if (el && i < 0) dropped.add(el);
      }
    }
  };

  // ---- what was looked for on a page too large to be read whole: read from then on, wherever it is
  const SOUGHT_MAX = 100;
  const SOUGHT_NODES_MAX = 60; // in each of them
  const SAYING = 'a,button,[role],label,li,tr,td,th,p,h1,h2,h3,h4,h5,h6,dt,dd,summary,option';
  const NAMING = ['aria-label', 'title', 'alt', 'placeholder', 'value', 'label'];
  let sought = [];
  // An option is seen where its list is.
  const listOf = (el) => (tagOf(el) === 'option' && closest(el, 'select')) || el;
  const seek = (text) => {
    const needle = tidy(text).toLowerCase();
    const says = (s) => !!s && s.length >= needle.length && tidy(s).toLowerCase().includes(needle);
    const found = new Set();
    const add = (el) => {
      if (el && !SKIP.has(tagOf(el)) && visible(listOf(el), OWN)) found.add(closest(el, SAYING) || el);
      return found.size < SOUGHT_MAX;
    };
    const texts = D.createTreeWalker.call(document, document, NodeFilter.SHOW_TEXT);
    for (let n = texts.nextNode(); n; n = texts.nextNode()) if (says(n.data) && !add(parentOf(n))) break;
    for (const el of all(document, NAMING.map((key) => `[${key}]`).join())) {
      if (NAMING.some((key) => says(attr(el, key))) && !add(el)) break;
    }
    sought = needle ? Array.from(found).slice(0, SOUGHT_MAX) : [];
    return sought.length;
  };

  // ---- tree helpers
  const up = (n) => {
    if (typeOf(n) === 1) {
      const slot = slotOf(n);
      if (slot) return slot;
    }
    const p = parentOf(n);
    return p && typeOf(p) === 11 ? p.host || null : p;
  };
  const holds = (outer, inner) => {
    for (let n = inner; n; n = up(n)) if (n === outer) return true;
    return false;
  };
  const hit = (doc, x, y) => {
    let el = D.elementFromPoint.call(doc, x, y);
    for (let inner = el; inner && shadow(inner); ) {
      inner = ShadowRoot.prototype.elementFromPoint.call(shadow(inner), x, y);
      if (!inner || inner === el) break;
      el = inner;
    }
    return el;
  };
  const labelOf = (n) => {
    for (; n && typeOf(n) === 1; n = up(n)) if (tagOf(n) === 'label') return n;
    return null;
  };
  // What a click at the element's point would do: 'hit', 'clipped' (an ancestor is there) or 'covered'.
  const reach = (el, at) => {
    if (!at) return 'clipped';
    if (holds(el, at)) return 'hit';
    const label = labelOf(at);
    if (label && (label.control === el || (tagOf(el) === 'label' && el.control === label.control && el.control))) {
      return 'hit';
    }
    if (isOfFrame(el, at)) return 'hit';
    return holds(at, el) ? 'clipped' : 'covered';
  };
  // What listens in place of the one list in it, whose field may be out of sight or behind what it shows.
  const frameOf = (el) => {
    if (roleOf(el, tagOf(el)) !== 'combobox') return null;
    let frame = null;
    for (let n = up(el), level = 0; n && typeOf(n) === 1 && level < FRAME_LEVELS; n = up(n), level++) {
      if (Array.from(all(n, 'input:not([type=hidden]),textarea,select')).some((other) => other !== el && visible(other, SEEN) && !isTiny(other))) break;
      if (listens(n)) frame = n;
    }
    return frame;
  };
  const FRAME_LEVELS = 5;
  const isOfFrame = (el, at) => {
    const frame = frameOf(el);
    if (!frame || !holds(frame, at)) return false;
    // What does something of its own in the frame is no part of the list.
    for (let n = at; n !== frame && !holds(n, el); n = up(n)) {
      if (listens(n) || matches(n, 'a[href],button,[role=button],[tabindex]')) return false;
    }
    return true;
  };
  const focusOf = (doc) => {
    let el = docGet(doc, 'activeElement');
    for (;;) {
      if (!el) return null;
      const inner = shadow(el) ? shadow(el).activeElement
        : tagOf(el) === 'iframe' && innerDocument(el) ? docGet(innerDocument(el), 'activeElement') : null;
      if (!inner) return el;
      el = inner;
    }
  };
  const innerDocument = (frame) => {
    try {
      return frame.contentDocument;
    } catch {
      return null;
    }
  };

  // ---- names
  const labelMaps = { for: new Map() };
  const labelsFor = (root) => {
    let map = labelMaps.for.get(root);
    if (!map) {
      map = new Map();
      for (const label of all(root, 'label[for]')) {
        const id = attr(label, 'for');
        if (map.has(id)) map.get(id).push(label);
        else map.set(id, [label]);
      }
      labelMaps.for.set(root, map);
    }
    return map;
  };
  const labels = (el) => {
    const found = [];
    const id = attr(el, 'id');
    if (id) found.push(...(labelsFor(rootOf(el)).get(id) || []));
    const around = closest(el, 'label');
    if (around && !found.includes(around) && (!has(around, 'for') || attr(around, 'for') === id)) found.push(around);
    return found;
  };
  const byIds = (el, ids) => {
    const root = rootOf(el);
    if (typeOf(root) !== 9 && typeOf(root) !== 11) return [];
    return ids.split(/\s+/).slice(0, 10).map((id) => id && byId(root, id)).filter(Boolean);
  };
  const INLINE = new Set(['a', 'abbr', 'b', 'bdi', 'bdo', 'cite', 'code', 'data', 'del', 'dfn', 'em', 'font', 'i',
    'ins', 'kbd', 'mark', 'q', 's', 'samp', 'small', 'span', 'strong', 'sub', 'sup', 'time', 'tt', 'u', 'var', 'wbr',
    'slot', 'big', 'nobr', 'picture', 'ruby', 'label']);
  // Text below `root`, as a name: hidden parts, `skip` and controls left out.
  const content = (root, skip, hidden, isValue) => {
    let out = '';
    let nodes = 0;
    const go = (n, depth) => {
      if (out.length > NAME_CHARS_MAX || ++nodes > NAME_NODES_MAX || depth > NAME_DEPTH_MAX) return;
      const type = typeOf(n);
      if (type === 3) {
        out += n.data;
        return;
      }
      if (type !== 1 || n === skip) return;
      const tag = tagOf(n);
      if (SKIP.has(tag) || tag === 'select' || tag === 'textarea' || tag === 'option') return;
      if (n !== root) {
        if (isValue && (tag === 'button' || POPUPS.has(attr(n, 'role')))) return;
        if (attr(n, 'aria-hidden') === 'true') return;
        if (!hidden && !visible(n, { visibilityProperty: true }) && !(tag === 'slot' || isContents(n))) return;
        const label = tidy(attr(n, 'aria-label'));
        if (label) {
          out += ` ${label} `;
          return;
        }
      }
      if (tag === 'img' || (tag === 'input' && n.type === 'image')) {
        out += ` ${attr(n, 'alt') || ''} `;
        return;
      }
      if (tag === 'svg') {
        const title = svgTitle(n);
        if (title) {
          out += ` ${title} `;
          return;
        }
      }
      if (tag === 'br') out += ' ';
      // The parts of a flex row look apart, whatever their tags: "Check-up" and "30 min".
      const alone = !n.nextSibling && !n.previousSibling;
      const apart = !INLINE.has(tag) || n === root || (!alone && getComputedStyle(n).display !== 'inline');
      const space = apart ? ' ' : '';
      out += space;
      eachChild(n, (child) => go(child, depth + 1));
      out += space;
    };
    go(root, 0);
    return cut(tidy(out), NAME_CHARS_MAX);
  };
  // What a list shows as chosen does not hold what can be chosen.
  const POPUPS = new Set(['listbox', 'menu', 'tree', 'grid', 'dialog', 'button']);
  const isContents = (el) => getComputedStyle(el).display === 'contents';
  const eachChild = (el, visit) => {
    const root = shadow(el);
    if (!root && tagOf(el) === 'slot') {
      const assigned = el.assignedNodes({ flatten: true });
      if (assigned.length) {
        for (const n of assigned) visit(n);
        return;
      }
    }
    for (let n = first(root || el); n; n = next(n)) visit(n);
  };
  const NAMED_BY_CONTENT = new Set(['button', 'link', 'heading', 'option', 'checkbox', 'radio', 'switch', 'tab',
    'menuitem', 'menuitemcheckbox', 'menuitemradio', 'treeitem', 'tooltip', 'columnheader', 'rowheader']);
  // What lies in these is theirs to hold, not their name.
  const HOLDERS = new Set(['alertdialog', 'application', 'banner', 'combobox', 'complementary', 'contentinfo', 'dialog',
    'feed', 'form', 'grid', 'iframe', 'list', 'listbox', 'log', 'main', 'menu', 'menubar', 'navigation', 'radiogroup',
    'rowgroup', 'search', 'searchbox', 'slider', 'spinbutton', 'table', 'tablist', 'tabpanel', 'textbox', 'toolbar',
    'tree', 'treegrid']);
  const svgTitle = (el) => {
    for (let n = first(el); n; n = next(n)) if (typeOf(n) === 1 && tagOf(n) === 'title') return tidy(n.textContent);
    return '';
  };
  const childText = (el, tag) => {
    for (let n = first(el); n; n = next(n)) if (typeOf(n) === 1 && tagOf(n) === tag) return content(n);
    return '';
  };
  const nativeName = (el, tag, role) => {
    switch (tag) {
      case 'input': {
        const type = el.type;
        if (type === 'submit' || type === 'reset' || type === 'button') {
          const given = tidy(el.value);
          return given || labels(el).map((l) => content(l, el)).join(' ')
            || (type === 'submit' ? 'Submit' : type === 'reset' ? 'Reset' : '');
        }
        if (type === 'image') return tidy(attr(el, 'alt')) || tidy(attr(el, 'title')) || 'Submit';
      } // falls through
      case 'textarea': case 'select': case 'meter': case 'progress': case 'output':
        return tidy(labels(el).map((l) => content(l, el)).join(' '));
      case 'button': {
        const text = tidy(labels(el).map((l) => content(l, el)).join(' '));
        return text || (HOLDERS.has(role) ? '' : content(el));
      }
      case 'img': case 'area': return tidy(attr(el, 'alt'));
      case 'fieldset': return childText(el, 'legend');
      case 'table': return childText(el, 'caption');
      case 'figure': return childText(el, 'figcaption');
      case 'svg': return svgTitle(el);
      case 'optgroup': return tidy(attr(el, 'label'));
      default: return '';
    }
  };
  // A field that a custom element is made of is named by what names that.
  const hostName = (el) => {
    const root = rootOf(el), host = typeOf(root) === 11 ? root.host : null;
    return host ? tidy(attr(host, 'aria-label')) || tidy(labels(host).map((l) => content(l, host)).join(' ')) : '';
  };
  const nameOf = (el, tag, role, byContent) => {
    const by = attr(el, 'aria-labelledby');
    if (by) {
      const text = tidy(byIds(el, by).map((n) => tidy(attr(n, 'aria-label')) || content(n, null, true)).join(' '));
      if (text) return cut(text, NAME_CHARS_MAX);
    }
    const text = tidy(attr(el, 'aria-label')) || nativeName(el, tag, role)
      || ((byContent && !HOLDERS.has(role)) || NAMED_BY_CONTENT.has(role) ? content(el) : '')
      || tidy(attr(el, 'title')) || tidy(attr(el, 'placeholder')) || tidy(attr(el, 'aria-placeholder'))
      || (FIELDS.has(tag) ? hostName(el) : '');
    return cut(text, NAME_CHARS_MAX);
  };
  const describe = (el, name) => {
    const by = attr(el, 'aria-describedby');
    const texts = by ? byIds(el, by).map((n) => content(n, null, true)) : [];
    texts.push(tidy(attr(el, 'aria-description')), tidy(attr(el, 'placeholder')), tidy(attr(el, 'title')));
    if (!name) texts.push(guess(el));
    const text = texts.find((t) => t && t !== name);
    return text ? cut(text, NAME_CHARS_MAX) : undefined;
  };
  // What the page's author called a thing that has no name: an icon's class often tells what it is.
  const guess = (el) => {
    const words = [attr(el, 'data-testid'), attr(el, 'name'), attr(el, 'id'), attr(el, 'class')].map(tidy);
    const telling = words.join(' ').split(' ').map((word) => word.replace(HASHED, ''))
      .filter((word) => word && !MADE_UP.test(word));
    return cut(Array.from(new Set(telling)).join(' '), GUESS_CHARS_MAX);
  };
  // What a program made up tells nothing: hashes and counters.
  const HASHED = /^(?:css|sc|jss|emotion|svelte)-[a-z0-9]+-?/i;
  const MADE_UP = /^(?:(?:v|ng|radix|headlessui|mui|el-id)-.*\d|[_:].*|.*:r\w+:.*|\w*\d\w*\d\w*)$/i;
  // Words that only a style puts there.
  const styled = (el) => ['::before', '::after'].map((part) => {
    const said = /^"(.*)"$/.exec(getComputedStyle(el, part).content);
    return said && /\p{L}{2}/u.test(said[1]) && !/[\ue000-\uf8ff\\]/.test(said[1]) ? said[1] : '';
  }).join(' ').trim();

  // ---- roles
  const SKIP = new Set(['script', 'style', 'noscript', 'template', 'head', 'meta', 'link', 'title', 'base', 'source',
    'track', 'param', 'defs', 'clippath', 'mask', 'symbol', 'metadata', 'lineargradient', 'radialgradient', 'desc',
    'datalist', 'embed', 'col', 'colgroup']);
  const ROLES = {
    article: 'article', aside: 'complementary', blockquote: 'blockquote', button: 'button', caption: 'caption',
    code: 'code', dd: 'definition', details: 'group', dialog: 'dialog', dl: 'list', dt: 'term', fieldset: 'group',
    figcaption: 'caption', figure: 'figure', footer: 'contentinfo', form: 'form', h1: 'heading', h2: 'heading',
    h3: 'heading', h4: 'heading', h5: 'heading', h6: 'heading', header: 'banner', hr: 'separator', iframe: 'iframe',
    frame: 'iframe', legend: 'legend', li: 'listitem', main: 'main', menu: 'list', meter: 'meter', nav: 'navigation',
    ol: 'list', optgroup: 'group', option: 'option', output: 'status', p: 'paragraph', progress: 'progressbar',
    search: 'search', summary: 'button', table: 'table', tbody: 'rowgroup', td: 'cell', textarea: 'textbox',
    tfoot: 'rowgroup', thead: 'rowgroup', tr: 'row', ul: 'list',
  };
  const INPUTS = {
    button: 'button', checkbox: 'checkbox', color: 'textbox', file: 'button', image: 'button', number: 'spinbutton',
    radio: 'radio', range: 'slider', reset: 'button', search: 'searchbox', submit: 'button',
  };
  const WIDGETS = new Set(['button', 'link', 'checkbox', 'menuitem', 'menuitemcheckbox', 'menuitemradio', 'option',
    'radio', 'switch', 'tab', 'textbox', 'combobox', 'slider', 'spinbutton', 'searchbox', 'treeitem']);
  const KNOWN = new Set([...Object.values(ROLES), ...Object.values(INPUTS), ...WIDGETS, 'alert', 'alertdialog',
    'application', 'banner', 'columnheader', 'feed', 'grid', 'gridcell', 'img', 'image', 'listbox', 'log', 'marquee',
    'math', 'menu', 'menubar', 'none', 'note', 'presentation', 'radiogroup', 'region', 'rowheader', 'scrollbar',
    'status', 'tablist', 'tabpanel', 'timer', 'toolbar', 'tooltip', 'tree', 'treegrid', 'generic']);
  const SECTIONS = 'article,aside,main,nav,section';
  const implicit = (el, tag) => {
    switch (tag) {
      case 'a': case 'area': return has(el, 'href') ? 'link' : 'generic';
      case 'input': return INPUTS[el.type] || (has(el, 'list') ? 'combobox' : 'textbox');
      case 'select': return el.multiple || el.size > 1 ? 'listbox' : 'combobox';
      case 'img': return attr(el, 'alt') === '' ? 'generic' : 'img';
      case 'svg': return svgTitle(el) || has(el, 'aria-label') ? 'img' : 'generic';
      case 'section': return has(el, 'aria-label') || has(el, 'aria-labelledby') ? 'region' : 'generic';
      case 'th': return attr(el, 'scope') === 'row' ? 'rowheader' : 'columnheader';
      case 'header': case 'footer': return closest(el, SECTIONS) ? 'generic' : ROLES[tag];
      case 'canvas': return 'canvas';
      case 'video': case 'audio': return tag;
      default: return ROLES[tag] || 'generic';
    }
  };
  const roleOf = (el, tag) => {
    const given = attr(el, 'role');
    if (given) {
      for (const role of given.toLowerCase().split(/\s+/)) {
        if (!KNOWN.has(role)) continue;
        if (role === 'none' || role === 'presentation') return 'generic';
        // Text that only looks like a field can't be typed into.
        if (role === 'textbox' && attr(el, 'aria-readonly') === 'true' && !FIELDS.has(tag) && !has(el, 'tabindex')) return 'generic';
        return role === 'image' ? 'img' : role;
      }
    }
    return implicit(el, tag);
  };

  // ---- states and values
  const S = { disabled: 1, checked: 2, selected: 4, expanded: 8, collapsed: 16, required: 32, invalid: 64,
    readonly: 128, focused: 256, covered: 512, offscreen: 1024, interactive: 2048, scrolls: 4096 };
  const FIELDS = new Set(['input', 'textarea', 'select', 'button']);
  const SCROLLER_MIN = 40, SCROLLS_MIN = 24; // pixels: less is a rounded edge
  const [outerHeightOf, innerHeightOf] = ['clientHeight', 'scrollHeight'].map((key) => own(Element.prototype, key));
  const isScroller = (el, style) => {
    const way = style.overflowY;
    if (way !== 'auto' && way !== 'scroll') return false;
    const height = outerHeightOf.call(el);
    return height >= SCROLLER_MIN && innerHeightOf.call(el) - height >= SCROLLS_MIN;
  };
  const isOn = (el, tag) => {
    // What is called a switch keeps its own state, whatever the box behind it holds.
    if (attr(el, 'role') === 'switch' && has(el, 'aria-checked')) return attr(el, 'aria-checked') === 'true';
    if (tag === 'input' && (el.type === 'checkbox' || el.type === 'radio')) return el.checked;
    return attr(el, 'aria-checked') === 'true' || attr(el, 'aria-pressed') === 'true';
  };
  const states = (el, tag, disabled) => {
    let s = 0;
    if (disabled || (FIELDS.has(tag) && matches(el, ':disabled'))) s |= S.disabled;
    if (isOn(el, tag)) s |= S.checked;
    if (attr(el, 'aria-selected') === 'true' || (attr(el, 'aria-current') || 'false') !== 'false') s |= S.selected;
    const expanded = attr(el, 'aria-expanded');
    const details = tag === 'summary' && parentOf(el) && tagOf(parentOf(el)) === 'details' ? parentOf(el) : null;
    if (expanded === 'true' || (details && details.open)) s |= S.expanded;
    if (expanded === 'false' || (details && !details.open)) s |= S.collapsed;
    if (FIELDS.has(tag)) {
      if (el.required) s |= S.required;
      if (matches(el, ':user-invalid')) s |= S.invalid;
      if (el.readOnly) s |= S.readonly;
    }
    if (attr(el, 'aria-required') === 'true') s |= S.required;
    if (!['', 'false', null].includes(attr(el, 'aria-invalid'))) s |= S.invalid;
    if (attr(el, 'aria-readonly') === 'true') s |= S.readonly;
    return s;
  };
  const valueOf = (el, tag, role) => {
    if (tag === 'input') {
      switch (el.type) {
        case 'checkbox': case 'radio': case 'submit': case 'reset': case 'button': case 'image': return undefined;
        case 'password': return el.value ? '••••••••' : '';
        case 'file': return Array.from(el.files || [], (f) => f.name).join(', ');
        default: return cut(el.value, VALUE_CHARS_MAX);
      }
    }
    if (tag === 'textarea') return cut(el.value, VALUE_CHARS_MAX);
    if (tag === 'select') return Array.from(el.selectedOptions, (o) => tidy(o.label)).join(', ');
    if (tag === 'progress' || tag === 'meter') return has(el, 'value') ? String(el.value) : undefined;
    if (isEditor(el)) return cut(tidy(el.innerText), VALUE_CHARS_MAX);
    const text = attr(el, 'aria-valuetext') || attr(el, 'aria-valuenow');
    if (text !== null) return text;
    if (role === 'combobox' || role === 'textbox' || role === 'searchbox') {
      const inner = E.querySelector.call(el, 'input:not([type=hidden]),textarea');
      return (inner && inner.value) || content(el, null, false, true) || undefined;
    }
    return undefined;
  };
  const isEditor = (el) => has(el, 'contenteditable') && el.isContentEditable && attr(el, 'contenteditable') !== 'false';
  const submits = (el, tag) => {
    if (!(tag === 'button' || tag === 'input') || !['submit', 'image'].includes(el.type) || !el.form) return undefined;
    const form = el.form;
    const verb = (attr(el, 'formmethod') || attr(form, 'method') || 'get').toUpperCase();
    const doc = docOf(el);
    try {
      return cut(`${verb} ${new URL(attr(el, 'formaction') || attr(form, 'action') || docGet(doc, 'URL'), docGet(doc, 'baseURI')).href}`, URL_CHARS_MAX);
    } catch {
      return undefined;
    }
  };
  const linkOf = (el, tag) => {
    if ((tag !== 'a' && tag !== 'area') || !has(el, 'href')) return undefined;
    return typeof el.href === 'string' ? cut(el.href, URL_CHARS_MAX) : undefined;
  };

  // A label stands in for the checkbox, radio or file field it hides.
  const standsFor = (el, tag) => {
    const control = tag === 'label' ? el.control : null;
    if (!control || tagOf(control) !== 'input' || !TICKED.has(control.type)) return null;
    return visible(control, { visibilityProperty: true }) && !isTiny(control) && !isClipped(getComputedStyle(control)) ? null : control;
  };
  const TICKED = new Set(['checkbox', 'radio', 'file']);
  // Too small to be clicked: its label is there for that.
  const isTiny = (el) => {
    const r = box(el);
    return r.width <= 1 || r.height <= 1;
  };
  const isClipped = (style) => (style.clip !== 'auto' && style.position === 'absolute') || /inset\((?:50|100)%/.test(style.clipPath);
  // A field that a script keeps for itself, behind another thing that people work in its place.
  const TUCKED_LEVELS = 3;
  const isTucked = (el, tag = tagOf(el), tab = attr(el, 'tabindex'), quiet = false) => {
    if (tag !== 'select' && (tag !== 'input' || el.type === 'file' || el.type === 'hidden')) return false;
    let style = getComputedStyle(el);
    if (tag === 'select' && isTiny(el) && style.opacity === '0') return true;
    if (!quiet && attr(el, 'aria-hidden') !== 'true' && !(tab !== null && parseInt(tab, 10) < 0)) return false;
    if (style.opacity === '0') return !TICKED.has(el.type);
    for (let n = el, level = 0; n && typeOf(n) === 1 && level < TUCKED_LEVELS; n = up(n), level++) {
      if (n !== el) style = getComputedStyle(n);
      if (isClipped(style) || (isTiny(n) && (n === el || style.overflow !== 'visible'))) return true;
    }
    return false;
  };
  const isNative = (el, tag) => {
    switch (tag) {
      case 'a': case 'area': return has(el, 'href');
      case 'button': case 'select': case 'textarea': return true;
      case 'input': return el.type !== 'hidden';
      case 'summary': return !!parentOf(el) && tagOf(parentOf(el)) === 'details';
      default: return false;
    }
  };

  // Role and name as the walk tells them.
  const seenRole = (el) => {
    const tag = tagOf(el).toLowerCase();
    const stands = standsFor(el, tag);
    const role = stands ? roleOf(stands, 'input') : roleOf(el, tag);
    return isEditor(el) && role === 'generic' ? 'textbox' : role;
  };
  const seenName = (el, role) => {
    const tag = tagOf(el).toLowerCase();
    const stands = standsFor(el, tag);
    if (stands) return tidy(attr(stands, 'aria-label')) || content(el, stands);
    return nameOf(el, tag, role, !isEditor(el) && !FIELDS.has(tag));
  };

  // ---- the walk
  const SEEN = { visibilityProperty: true, opacityProperty: true };
  const OWN = { visibilityProperty: true };
  const SHAPES = new Set(['rect', 'circle', 'ellipse', 'polygon', 'polyline', 'path', 'line', 'g', 'text', 'tspan', 'use', 'image']);

  const LISTS = new Set(['ul', 'ol', 'menu', 'dl', 'table', 'tbody', 'thead']);
  const GRABS = new Set(['grab', 'move', 'all-scroll']);
  const SLIVER_MAX = 8; // pixels; an edge to pull at
  const HANDLE_MAX = 48, CARD_MAX = [600, 200]; // pixels; what is larger is a map or a window
  const LIKES_MAX = 50; // children that are compared
  // Besides custom elements, these alone can have a shadow root.
  const HOSTS = new Set(['article', 'aside', 'blockquote', 'div', 'footer', 'header', 'main', 'nav', 'p', 'section', 'span']);
  const ITEMS = new Set(['li', 'td', 'th', 'dd', 'dt']);

  const snap = (options) => {
    labelMaps.for.clear();
    const L = globalThis.__legwork;
    L.begin();
    const started = performance.now();
    const nodes = [];
    const focused = focusOf(document);
    const hosts = [];
    let seen = 0;
    let chars = 0;
    let skipped = 0;
    let bare = 0;
    let elements = 0;
    const isVast = all(document, '*').length > options.nodes;
    let full = false;
    const stack = [];
    // Nodes still to be seen, each with its record's parent and what holds around it.
    const push = (n, parent, c) => {
      stack.push(n, parent, c);
    };
    const pushAll = (list, parent, c) => {
      for (let i = list.length - 1; i >= 0; i--) push(list[i], parent, c);
    };
    // On a page too large to be read whole, of a long list only what is near the viewport is read.
    const near = (list) => {
      let begin = list.findIndex((n) => {
        if (typeOf(n) !== 1) return false;
        const r = box(n);
        return (r.width || r.height) && r.bottom >= 0;
      });
      begin = Math.max(0, Math.min(begin, list.length - NEAR_MAX));
      skipped += list.length - NEAR_MAX;
      return list.slice(begin, begin + NEAR_MAX);
    };
    const pushChildren = (el, parent, c, isClosed) => {
      const inner = shadow(el);
      const assigned = !inner && tagOf(el) === 'slot' ? el.assignedNodes({ flatten: true }) : [];
      if (assigned.length) {
        pushAll(assigned, parent, c);
        return;
      }
      const holder = inner || el;
      if (isVast && holder.childNodes.length > NEAR_MAX) {
        pushAll(near(Array.from(holder.childNodes)), parent, c);
        return;
      }
      // Of closed details the elements tell themselves that they are hidden, but texts can't.
      for (let n = last(holder); n; n = before(n)) if (!isClosed || typeOf(n) === 1) push(n, parent, c);
    };
    // All text of a page has a limit: each piece is cut short once it is reached.
    const piece = (data) => {
      const text = cut(data, chars > PAGE_CHARS_MAX ? SHORT_CHARS_MAX : TEXT_CHARS_MAX);
      chars += text.length;
      return text;
    };
    // What is known of a record besides: whether white space follows, its element, whether a click on
    // what lies in it does the same, whether it has a name or the focus of its own.
    let gap = false;
    const plainOnes = [];
    const weakOnes = [];
    const ownOnes = [];
    const emit = (rec, parent) => {
      if (parent >= 0) rec.p = parent;
      return nodes.push(rec) - 1;
    };

    const text = (n, parent, c) => {
      if (!c.shown || c.quiet) return;
      const raw = n.data;
      const data = tidy(raw);
      if (!data) {
        gap = gap || raw.length > 0;
        return;
      }
      const prior = nodes[nodes.length - 1];
      if (prior && prior.o === 'text' && prior.p === parent) {
        if (prior.n.length < TEXT_CHARS_MAX) prior.n += (gap || /^\s/.test(raw) ? ' ' : '') + piece(data);
      } else {
        emit({ o: 'text', n: piece(data), f: 0, p: undefined, t: c.label ? 'label' : undefined }, parent);
      }
      gap = /\s$/.test(raw);
    };

    const place = (el, rec, c, interactive) => {
      const r = box(el);
      if (!r.width && !r.height) return;
      rec.b = [Math.round(r.x + c.dx), Math.round(r.y + c.dy), Math.round(r.width), Math.round(r.height)];
      const x = r.x + r.width / 2, y = r.y + r.height / 2;
      if (x < 0 || y < 0 || x >= c.w || y >= c.h) {
        rec.f |= S.offscreen;
        return;
      }
      if (!interactive) return;
      const way = reach(el, hit(c.doc, x, y));
      if (way === 'covered' && !reachable(el, c)) rec.f |= S.covered;
      if (way === 'clipped' && !reachable(el, c)) rec.f |= S.offscreen;
    };
    // The centre is not everything: a link that wraps has a hole there.
    const reachable = (el, c) => points(el, c.w, c.h).some(([x, y]) => reach(el, hit(c.doc, x, y)) === 'hit');

    // What takes files is of use even when a button stands for it and it is hidden.
    const files = (el, tag, parent, c) => {
      const hidden = tag === 'input' ? (el.type === 'file' ? [el] : []) : first(el) ? all(el, 'input[type=file]') : [];
      for (const input of hidden) {
        const rec = { o: 'button', f: S.interactive, t: 'file', r: number(input), v: valueOf(input, 'input', 'button') };
        rec.n = nameOf(input, 'input', 'button', false);
        if (c.disabled || matches(input, ':disabled')) rec.f |= S.disabled;
        rec.d = rec.n ? 'hidden' : `hidden ${guess(input)}`.trim();
        emit(rec, parent);
        L.sign(rec.r, input, 'button', rec.n);
      }
    };
    // Custom elements, and empty ones that take up room, may have a closed shadow root.
    const mayHost = (el, tag) => {
      if (tag.includes('-')) return true;
      if (!HOSTS.has(tag) || first(el) || bare >= BARE_MAX) return false;
      const r = box(el);
      if (r.width < 2 || r.height < 2) return false;
      bare++;
      return true;
    };

    const element = (el, parent, c) => {
      const tag = tagOf(el).toLowerCase();
      if (SKIP.has(tag)) return;
      let shown = visible(el, SEEN);
      let own = shown;
      if (!shown) {
        own = visible(el, OWN);
        const boxless = tag === 'slot' || tag === 'area' || (!own && isContents(el));
        if (!own && !boxless) {
          // Only what takes files counts; but what lies in a hidden thing may show itself.
          if (!visible(el) || tag === 'input') files(el, tag, parent, c);
          else pushChildren(el, parent, { ...c, shown: false });
          return;
        }
        if (tag === 'slot' || tag === 'area') own = shown = c.shown;
        else if (!own) shown = c.shown;
      }
      if (tag === 'input' && TICKED.has(el.type) && (isTiny(el) || (isClipped(getComputedStyle(el)) && labels(el).some((l) => visible(l, SEEN))))) return;
      if (own && !shadow(el) && !asked.has(el) && hosts.length < HOSTS_MAX && mayHost(el, tag)) hosts.push(number(el));
      const stands = own ? standsFor(el, tag) : null;
      let role = stands ? roleOf(stands, 'input') : roleOf(el, tag);
      const editor = isEditor(el);
      if (editor && role === 'generic') role = 'textbox';
      const tab = attr(el, 'tabindex');
      const quiet = c.quiet || (attr(el, 'aria-hidden') === 'true' && !isSetAside(el, c));
      if (own && FIELDS.has(tag) && isTucked(el, tag, tab, quiet)) return;
      const native = own && (isNative(el, tag) || stands || editor || WIDGETS.has(role) || has(el, 'onclick') || attr(el, 'draggable') === 'true');
      const tabbed = own && !native && tab !== null && parseInt(tab, 10) >= 0 && role !== 'dialog' && !isGuard(el, role);
      const strong = native || tabbed;
      let weak = tabbed && role === 'generic';
      let delegated = c.delegated;
      let items = c.items;
      let label = c.label;
      let pointer = c.pointer;
      let scrolls = false;
      if (own && tabbed && LISTS.has(tag) && listens(el)) delegated = true;
      if (own && !strong) {
        const isBare = tag === 'body' || tag === 'html' || (tag === 'label' && isLabel(el));
        const style = getComputedStyle(el);
        const cursor = style.cursor;
        const now = cursor === 'pointer';
        const isListening = listens(el);
        // Where a list or table listens, its items are meant; where another thing does that holds
        // several of one kind, these are.
        if (isListening && LISTS.has(tag)) delegated = true;
        else if (isListening && !isBare && !now && E.querySelector.call(el, '[role=gridcell]')) delegated = true;
        else if (isListening && !isBare && !now && hasLikes(el)) items = el;
        else if (!isBare && (isListening || (c.delegated && (ITEMS.has(tag) || role === 'gridcell')) || (c.items !== null && c.items === parentOf(el)))) {
          weak = !isUntouchable(el, style);
        }
        // The cursor is inherited, so only where it starts does it mean something.
        scrolls = tag !== 'body' && tag !== 'html' && isScroller(el, style);
        if (now && !pointer && !weak) weak = !isBare && !isUntouchable(el, style);
        if (tag === 'label' && isBare) label = true;
        pointer = now;
        if (!weak && !isBare && GRABS.has(cursor) && isHandle(el, cursor, c)) weak = true;
        // The parts of a flex row look apart.
        if (INLINE.has(tag) && role === 'generic' && style.display !== 'inline') gap = true;
      } else if (own) {
        pointer = true;
      }
      const disabled = c.disabled || attr(el, 'aria-disabled') === 'true';
      const interactive = !!(strong || weak);
      if (SHAPES.has(tag) && !interactive && role === 'generic' && tag !== 'text') {
        pushChildren(el, parent, { ...c, shown, pointer, quiet, disabled });
        return;
      }
      const plain = role === 'generic' && !interactive && !scrolls;
      if (weak) delegated = false;
      const isSame = shown === c.shown && pointer === c.pointer && quiet === c.quiet && disabled === c.disabled
        && delegated === c.delegated && items === c.items && label === c.label;
      const below = isSame ? c : { ...c, shown, pointer, quiet, disabled, delegated, items, label };
      if ((plain && (INLINE.has(tag) || tag === 'tspan')) || (quiet && !interactive)) {
        pushChildren(el, parent, below);
        return;
      }
      if (tag === 'br') {
        gap = true;
        return;
      }
      const rec = { o: role, n: '', f: 0, p: undefined, r: undefined, b: undefined };
      const index = emit(rec, parent);
      gap = false;
      if (plain) plainOnes[index] = el;
      else fillIn(el, tag, rec, below, { interactive, stands, editor, own, scrolls });
      const isLabelled = !!(attr(el, 'aria-label') || attr(el, 'aria-labelledby'));
      if (weak || tabbed) weakOnes[index] = !dropped.has(el) && !(role === 'generic' && (isLabelled || has(el, 'title')));
      if (isLabelled || (role === 'combobox' && tab !== null)) ownOnes[index] = true;
      if (rec.o === 'img' && !rec.n && !interactive) {
        nodes.pop();
        return;
      }
      inside(el, tag, index, below, editor);
    };

    // Whole parts of a page are hidden from readers while a dialog is open; people still see them.
    const isSetAside = (el, c) => {
      if (!E.querySelector.call(el, 'a[href],button,input,select,textarea')) return false;
      const r = box(el);
      return r.right > 0 && r.bottom > 0 && r.left < c.w && r.top < c.h;
    };
    // An empty thing that only catches the focus, at the ends of what holds it.
    const isGuard = (el, role) => role === 'generic' && !first(el) && !shadow(el) && !listens(el)
      && (isTiny(el) || getComputedStyle(el).pointerEvents === 'none');
    const isSliver = (el) => {
      if (first(el) || !listens(el)) return false;
      const r = box(el);
      return Math.min(r.width, r.height) <= SLIVER_MAX && Math.max(r.width, r.height) > SLIVER_MAX * 2;
    };
    // What only makes another thing larger or smaller is no matter of reading or working a page.
    const isUntouchable = (el, style) => (style.pointerEvents === 'none' && isItself(el))
      || ((style.cursor.endsWith('-resize') || isSliver(el)) && !tidy(el.textContent));
    // The mouse passes through it alone; what moves in or out as a whole is passed through meanwhile.
    const isItself = (el) => {
      const outer = parentOf(el);
      return !outer || typeOf(outer) !== 1 || getComputedStyle(outer).pointerEvents !== 'none';
    };
    // A label does nothing that its field does not, wherever that is.
    const isLabel = (el) => {
      if (el.control) return true;
      const of = attr(el, 'for'), id = attr(el, 'id');
      if (of && byIds(el, of).length) return true;
      return !!id && all(rootOf(el), `[aria-labelledby~="${CSS.escape(id)}"]`).length > 0;
    };
    // Several children of one kind that say something, and nothing else.
    const hasLikes = (el) => {
      const kids = Array.from(el.children).slice(0, LIKES_MAX);
      if (kids.length < 2 || shadow(el)) return false;
      const [tag, kind] = [tagOf(kids[0]), attr(kids[0], 'class')];
      return HOSTS.has(tag) && (kind || kids.length > 2)
        && kids.every((kid) => tagOf(kid) === tag && attr(kid, 'class') === kind && tidy(kid.textContent));
    };
    // A small thing whose cursor says that it can be dragged, or a card that can be taken hold of.
    const isHandle = (el, cursor, c) => {
      if (parentOf(el) && typeOf(parentOf(el)) === 1 && GRABS.has(getComputedStyle(parentOf(el)).cursor)) return false;
      const r = box(el), [width, height] = cursor === 'grab' ? CARD_MAX : [HANDLE_MAX, HANDLE_MAX];
      return c.shown && r.width > 1 && r.height > 1 && r.width <= width && r.height <= height;
    };
    // Calendars begin and end with days of the months beside theirs, and tell them by looks alone.
    const DAY = /^(?:[1-9]|[12]\d|3[01])$/;
    const OTHER_MONTH = /(?:other|outside|prev(?:ious)?|next|adjacent)[-_]*month|day--adjacent/i;
    const fillIn = (el, tag, rec, c, is) => {
      const control = is.stands || el;
      const controlTag = is.stands ? 'input' : tag;
      rec.r = number(el);
      const fromContent = is.interactive && !is.editor && !FIELDS.has(tag);
      rec.n = is.stands ? tidy(attr(control, 'aria-label')) || content(el, control) : nameOf(el, tag, rec.o, fromContent);
      if (is.interactive && !rec.n && !HOLDERS.has(rec.o)) rec.n = styled(el) || (first(el) && typeOf(first(el)) === 1 ? styled(first(el)) : '');
      if (SHAPES.has(tag)) rec.n = rec.n || tidy(`${svgTitle(el)} ${tag}`);
      rec.f = states(control, controlTag, c.disabled);
      if (is.interactive) rec.f |= S.interactive;
      if (is.scrolls) rec.f |= S.scrolls;
      if (el === focused || control === focused) rec.f |= S.focused;
      const value = valueOf(control, controlTag, rec.o);
      if (value !== undefined) rec.v = value;
      if (rec.o === 'combobox' && rec.v && rec.v === rec.n) {
        // What is shown is either what is chosen or, where it is the name, a mere invitation.
        if (attr(el, 'aria-label') || labels(el).length) rec.v = undefined;
        else rec.n = '';
      }
      if (is.interactive) L.sign(rec.r, el, rec.o, rec.n);
      if (is.interactive || rec.o === 'img' || rec.o === 'iframe') rec.d = describe(el, rec.n);
      if (is.interactive && DAY.test(rec.n) && (OTHER_MONTH.test(attr(el, 'class')) || OTHER_MONTH.test(attr(up(el) || el, 'class')))) rec.d = 'other month';
      if (SHAPES.has(tag) && attr(el, 'fill')) rec.d = `${cut(tidy(attr(el, 'fill')), 40)} fill`;
      rec.u = linkOf(el, tag);
      rec.s = submits(control, controlTag);
      if (controlTag === 'input' || tag === 'button') rec.t = control.type;
      if (rec.o === 'heading') rec.l = parseInt(attr(el, 'aria-level'), 10) || parseInt(tag[1], 10) || 2;
      else if (has(el, 'aria-level')) rec.l = parseInt(attr(el, 'aria-level'), 10) || undefined;
      if (is.own) place(el, rec, c, is.interactive);
    };

    const inside = (el, tag, index, c, editor) => {
      switch (tag) {
        case 'select': choices(el, index); return;
        case 'input': case 'textarea': case 'canvas': case 'video': case 'audio': case 'object': case 'img': return;
        case 'iframe': case 'frame': frame(el, index, c); return;
        case 'details': pushChildren(el, index, c, !el.open); return;
        default:
          if (editor) c = { ...c, pointer: true };
          pushChildren(el, index, c);
      }
    };
    let optionsSeen = 0;
    const choices = (el, index) => {
      const disabled = matches(el, ':disabled');
      const list = el.options;
      const most = Math.max(OPTIONS_EACH, OPTIONS_MAX - optionsSeen);
      optionsSeen += Math.min(most, list.length);
      for (let i = 0; i < list.length; i++) {
        const o = list[i];
        if (i >= most && !o.selected && !sought.includes(o)) {
          skipped++;
          continue;
        }
        const rec = { o: 'option', n: cut(tidy(o.label), NAME_CHARS_MAX), r: number(o), f: S.interactive, v: cut(o.value, 200) };
        if (o.selected) rec.f |= S.selected;
        if (disabled || matches(o, ':disabled')) rec.f |= S.disabled;
        emit(rec, index);
      }
    };
    const frame = (el, index, c) => {
      const rec = nodes[index];
      const doc = innerDocument(el);
      const r = box(el), style = getComputedStyle(el);
      const left = el.clientLeft + parseFloat(style.paddingLeft || 0), top = el.clientTop + parseFloat(style.paddingTop || 0);
      rec.i = [Math.round(r.x + left + c.dx), Math.round(r.y + top + c.dy)];
      if (!doc || !docGet(doc, 'documentElement')) {
        rec.x = 1;
        return;
      }
      const inner = { doc, dx: c.dx + r.x + left, dy: c.dy + r.y + top, w: el.clientWidth, h: el.clientHeight,
        shown: c.shown, pointer: false, quiet: c.quiet, disabled: false, items: null, label: false };
      push(docGet(doc, 'documentElement'), index, inner);
    };

    const outermost = { doc: document, dx: 0, dy: 0, w: innerWidth, h: innerHeight, shown: true, pointer: false,
      quiet: false, disabled: false, items: null, label: false };
    const walk = (nodesMax) => {
      while (stack.length) {
        const c = stack.pop(), parent = stack.pop(), n = stack.pop();
        const type = typeOf(n);
        if (type === 3) text(n, parent, c);
        else if (type === 1) {
          elements++;
          element(n, parent, c);
        }
        if (++seen >= nodesMax || (seen % 256 === 0 && performance.now() - started > options.ms)) {
          full = full || stack.length > 0;
          stack.length = 0;
        }
      }
    };
    const root = docGet(document, 'documentElement');
    if (root) push(root, -1, outermost);
    walk(options.nodes);
    if ((isVast || full) && sought.length) {
      const told = new Set(nodes.map((rec) => rec.r));
      for (const el of sought) {
        if (!connected(el) || told.has(number(el))) continue;
        seen = 0;
        push(listOf(el), -1, outermost);
        walk(SOUGHT_NODES_MAX);
      }
    }
    const out = fold(nodes, plainOnes, weakOnes, ownOnes);
    return JSON.stringify({
      u: cut(location.href, URL_CHARS_MAX), t: cut(tidy(docGet(document, 'title')), NAME_CHARS_MAX),
      l: docGet(document, 'readyState') !== 'complete', o: origin, q: out.roles, n: out.records,
      c: hosts, left: isVast || full ? Math.max(1, all(document, '*').length - elements) : skipped,
      w: innerWidth, h: innerHeight,
    });
  };

  const LIVE = new Set(['alert', 'log', 'marquee', 'status', 'timer']);
  const CELLS = new Set(['cell', 'columnheader', 'gridcell', 'row', 'rowheader']);
  // What is done by a click on the thing itself, whatever lies in it.
  const WHOLE = new Set(['button', 'link', 'menuitem', 'option', 'tab', 'treeitem']);
  // Fields that take up what is done to the frame around them, with the value or sign shown in it.
  const TYPED = new Set(['combobox', 'searchbox', 'spinbutton', 'textbox']);
  const unmark = (rec) => {
    rec.f &= ~(S.interactive | S.covered | S.offscreen);
    if (rec.o === 'generic') {
      rec.r = rec.b = rec.d = undefined;
      rec.n = '';
    }
  };
  // Drops what says nothing: containers of one thing or none, delegating parents' marks, and those
  // of mere wrappers, which a click on what lies in them reaches as well.
  const fold = (nodes, plainOnes, weakOnes, ownOnes) => {
    const count = new Array(nodes.length).fill(0);
    const busy = new Array(nodes.length).fill(0);
    const only = new Array(nodes.length).fill(-1);
    const lists = new Array(nodes.length).fill(0);
    // Whether it says something outside of what can be worked in it.
    const loose = new Array(nodes.length).fill(false);
    const gone = new Array(nodes.length).fill(false);
    for (let i = nodes.length - 1; i >= 0; i--) {
      const rec = nodes[i];
      const el = plainOnes[i];
      const inner = only[i] >= 0 ? nodes[only[i]] : null;
      if (weakOnes[i] !== undefined && busy[i]) {
        const holdsMany = busy[i] > INNER_MAX || (rec.n || '').length > CARD_CHARS_MAX;
        const isFrame = !!inner && rec.o === 'generic' && TYPED.has(inner.o) && !(inner.f & (S.covered | S.offscreen));
        if (holdsMany || (weakOnes[i] && (!loose[i] || isFrame) && !HOLDERS.has(rec.o))) {
          if (inner && rec.n && !isFrame) {
            inner.n = inner.n || rec.n;
            inner.d = inner.d || rec.d;
          }
          if (!ownOnes[i]) rec.n = '';
          unmark(rec);
        }
      } else if (rec.o === 'combobox' && (lists[i] || (inner && !ownOnes[i]))) {
        // It is made of a field, which does the work.
        rec.o = 'generic';
        rec.v = undefined;
        if (inner) inner.f |= rec.f & (S.expanded | S.collapsed);
        unmark(rec);
      } else if (inner && WHOLE.has(rec.o) && !loose[i] && rec.f & S.interactive && inner.n === rec.n && (inner.o === 'link' || inner.o === 'generic')) {
        gone[only[i]] = true;
      } else if (inner && rec.o === 'slider' && inner.o === 'generic') {
        gone[only[i]] = true;
      }
      if (inner && CELLS.has(rec.o) && !(rec.f & S.interactive) && rec.n === inner.n) rec.n = '';
      if (weakOnes[i] && !busy[i] && !count[i] && !rec.n && rec.f & S.covered) unmark(rec);
      if (busy[i] && (rec.o === 'tooltip' || CELLS.has(rec.o)) && !ownOnes[i]) rec.n = '';
      const here = rec.f & S.interactive;
      const keep = (rec.o !== 'generic' && !(LIVE.has(rec.o) && !count[i] && !rec.n)) || here || rec.f & S.scrolls;
      gone[i] = gone[i] || (!keep && count[i] < 2);
      if (el && !gone[i] && count[i] >= LIST_MIN) rec.r = number(el);
      const p = rec.p;
      if (p !== undefined) {
        count[p] += gone[i] ? count[i] : 1;
        busy[p] += busy[i] + (here ? 1 : 0);
        lists[p] += lists[i] + (here && rec.o === 'combobox' ? 1 : 0);
        only[p] = busy[p] !== 1 ? -1 : here ? i : only[i] >= 0 ? only[i] : only[p];
        loose[p] = loose[p] || (here ? false : loose[i] || (rec.o === 'text' && !rec.t) || rec.o === 'iframe' || rec.o === 'canvas' || (rec.o === 'img' && !!rec.n));
      }
    }
    const at = new Array(nodes.length).fill(-1);
    const roles = [];
    const places = new Map();
    const records = [];
    for (let i = 0; i < nodes.length; i++) {
      const rec = nodes[i];
      const p = rec.p === undefined ? -1 : at[rec.p];
      if (gone[i]) {
        at[i] = p;
        continue;
      }
      let role = places.get(rec.o);
      if (role === undefined) places.set(rec.o, role = roles.push(rec.o) - 1);
      at[i] = records.push(pack(rec, p, role)) - 1;
    }
    return { roles, records };
  };
  // A page has thousands of records, so they travel as lists: parent + 1, role, name, then, where
  // there is more to say, states, ref and place; the rest by its letter.
  const pack = (rec, p, role) => {
    const { n, f, r, b, v, d, u, t, s, l, x, i } = rec;
    const out = [p + 1, role, n || ''];
    const rest = { v, d, u, t, s, l, x, i };
    const has = v !== undefined || d !== undefined || u !== undefined || t !== undefined || s !== undefined
      || l !== undefined || x !== undefined || i !== undefined;
    if (f || r || b || has) out.push(f || 0, r || 0);
    if (b || has) out.push(b || null);
    if (has) out.push(rest);
    return out;
  };

  // Points of an element where a click may land, best first, inside the viewport of w by h.
  const points = (el, w, h) => {
    const rects = Array.from(E.getClientRects.call(el)).filter((r) => r.width >= 1 && r.height >= 1).slice(0, 8);
    rects.sort((a, b) => b.width * b.height - a.width * a.height);
    const out = [];
    for (const r of rects.slice(0, 3)) {
      const x0 = Math.max(r.left, 0), x1 = Math.min(r.right, w), y0 = Math.max(r.top, 0), y1 = Math.min(r.bottom, h);
      if (x1 - x0 < 1 || y1 - y0 < 1) continue;
      for (const [u, v] of [[0.5, 0.5], [0.25, 0.5], [0.75, 0.5], [0.5, 0.2], [0.5, 0.8]]) {
        out.push([x0 + (x1 - x0) * u, y0 + (y1 - y0) * v]);
      }
    }
    return out;
  };

  // ---- reading
  const prose = (root, max) => {
    let out = '';
    const stack = [[root, true]];
    let closing;
    while ((closing = stack.pop()) && out.length < max) {
      const [n, shown] = closing;
      if (typeof n === 'string') {
        out += n;
        continue;
      }
      const type = typeOf(n);
      if (type === 9) {
        stack.push([docGet(n, 'documentElement'), true]);
        continue;
      }
      if (type === 3) {
        if (shown) out += n.data.replace(/[ \t\r\n\f]+/g, ' ');
        continue;
      }
      if (type !== 1) continue;
      const tag = tagOf(n);
      if (SKIP.has(tag) || tag === 'select' || tag === 'textarea') continue;
      let seen = visible(n, SEEN);
      if (!seen && !visible(n)) {
        if (tag !== 'slot' && !isContents(n)) continue;
        seen = shown;
      }
      if (tag === 'br') {
        out += '\n';
        continue;
      }
      if (tag === 'iframe' || tag === 'frame') {
        const doc = innerDocument(n);
        if (doc && docGet(doc, 'documentElement')) stack.push(['\n'], [docGet(doc, 'documentElement'), true], ['\n']);
        continue;
      }
      const end = tag === 'td' || tag === 'th' ? '\t' : INLINE.has(tag) || tag === 'button' ? '' : '\n';
      if (end === '\n') out += '\n';
      if (end) stack.push([end]);
      const list = [];
      eachChild(n, (child) => list.push(child));
      for (let i = list.length - 1; i >= 0; i--) stack.push([list[i], seen]);
    }
    return cut(out.replace(/[ \t]*\n\s*/g, '\n').replace(/ *\t+ */g, '\t').replace(/ {2,}/g, ' ').trim(), max);
  };

  globalThis.__legwork = { adopt, closedRoots, number, get, hear, isScroller, listens, mark, seek, snap, prose, content, labels, tidy, reach, hit, points, focusOf, holds, up,
    attr, has, matches, closest, visible, box, tagOf, docOf, viewOf, connected, isEditor, isOn, valueOf, all, rootOf,
    innerDocument, isTucked, standsFor, roleOf, nameOf, docGet, eachChild, shadow, rename, seenRole, seenName, begin: () => {}, sign: () => {} };
})();
