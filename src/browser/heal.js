// Finds elements again that a page has drawn anew, beside the walker.
//
// What the walker saw of an element is kept as its signature. When the element is gone, or shows
// something else by now (a virtual list uses its rows again), the one element is looked for that
// agrees in role, name, tag and in what tells it from its like: its row, id, key or address. When
// there is none, or more than one, it stays gone: never the nearest guess.
(() => {
  'use strict';
  const L = globalThis.__legwork;
  if (!L || L.likely) return;
  const { attr, tagOf, up, tidy, all, visible, innerDocument, shadow } = L;

  const SIGNATURES_MAX = 50000;
  const ROW_CHARS_MAX = 200;
  const ROW_LEVELS_MAX = 6; // rows lie no further above what is worked in them
  const SAME_SHARE = 0.75; // of its words a row keeps when only its state changes
  const WORDS_MIN = 3; // fewer words tell nothing
  const LIKELY_MAX = 5;
  const ROWS = new Set(['tr', 'li', 'article', 'option', 'dd']);
  const ROLES = new Set(['row', 'listitem', 'article', 'option', 'treeitem', 'menuitem']);

  const signatures = new Map();
  let rows = new Map();

  const isRow = (el) => {
    if (ROWS.has(tagOf(el)) || ROLES.has(attr(el, 'role'))) return true;
    const name = attr(el, 'class');
    if (!name) return false;
    const near = el.nextElementSibling || el.previousElementSibling;
    return !!near && tagOf(near) === tagOf(el) && attr(near, 'class') === name;
  };
  // Signs and symbols go: an icon may be another one each time.
  const plain = (text) => text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim();
  // Where a list says its row is; a virtual one moves it when it uses it again.
  const spotOf = (row) => ['style', 'id', 'data-index', 'data-id', 'data-key', 'aria-rowindex', 'aria-posinset']
    .map((key) => attr(row, key) || '').join('|').slice(0, ROW_CHARS_MAX);
  const findRow = (el) => {
    for (let n = up(el), level = 0; n && n.nodeType === 1 && level < ROW_LEVELS_MAX; n = up(n), level++) {
      if (isRow(n)) return n;
    }
    return null;
  };
  const NO_ROW = { text: '', spot: '' };
  const rowOf = (el, cache) => {
    const outer = up(el);
    if (cache && cache.has(outer)) return cache.get(outer);
    const row = isRow(el) ? el : findRow(el);
    const found = row ? { text: plain((row.textContent || '').slice(0, ROW_CHARS_MAX)), spot: spotOf(row) } : NO_ROW;
    if (cache && row !== el) cache.set(outer, found);
    return found;
  };
  const indexOf = (el) => {
    let at = 0;
    for (let n = el.previousElementSibling; n && at < 50; n = n.previousElementSibling) at++;
    return at;
  };
  const signatureOf = (el, role, name, cache) => {
    const row = rowOf(el, cache);
    return {
      role, name, tag: tagOf(el), row: row.text, spot: row.spot, id: attr(el, 'id') || '',
      key: attr(el, 'data-testid') || attr(el, 'data-id') || attr(el, 'data-key') || attr(el, 'name') || '',
      href: attr(el, 'href') || '', kind: attr(el, 'class') || '', outer: new WeakRef(up(el) || el), at: indexOf(el),
    };
  };
  const sign = (n, el, role, name) => {
    if (signatures.size >= SIGNATURES_MAX && !signatures.has(n)) signatures.delete(signatures.keys().next().value);
    signatures.set(n, signatureOf(el, role, name, rows));
  };
  const begin = () => {
    rows = new Map();
  };

  const words = (text) => new Set(text.split(' ').filter((word) => /\p{L}/u.test(word)));
  // It is the same element, but shows something else: its row was moved, or has other words.
  const isReused = (el, was) => {
    if (!was.row) return false;
    const { text, spot } = rowOf(el, null);
    if (text === was.row) return false;
    if (spot !== was.spot) return true;
    const old = words(was.row), now = words(text);
    let both = 0;
    for (const word of old) if (now.has(word)) both++;
    return old.size >= WORDS_MIN && both / Math.max(old.size, now.size) < SAME_SHARE;
  };

  const eachElement = (visit) => {
    const roots = [document];
    for (let r = 0; r < roots.length && r < 500; r++) {
      for (const el of all(roots[r], '*')) {
        const inner = shadow(el) || (tagOf(el) === 'iframe' ? innerDocument(el) : null);
        if (inner) roots.push(inner);
        visit(el);
      }
    }
  };
  // What tells an element from its like; true or false where both have it or one lacks it.
  const SIGNS = ['row', 'id', 'key', 'href'];
  const alike = (was) => {
    const found = [];
    eachElement((el) => {
      if (tagOf(el) !== was.tag || !visible(el, { visibilityProperty: true })) return;
      const role = L.seenRole(el);
      if (role !== was.role || plain(L.seenName(el, role)) !== plain(was.name)) return;
      const now = signatureOf(el, role, was.name, null);
      const isPlace = now.outer.deref() === was.outer.deref() && now.at === was.at;
      // Without a name there is only its place.
      if (!plain(was.name) && !isPlace) return;
      const agree = SIGNS.filter((key) => was[key] && now[key] === was[key]);
      const differ = SIGNS.filter((key) => was[key] !== now[key]);
      found.push({ el, agree, differ, kind: now.kind === was.kind || isPlace, row: now.row });
    });
    return found;
  };
  const heal = (n, was) => {
    const found = alike(was);
    const same = found.filter((c) => c.differ.length === 0);
    if (same.length === 1 && (same[0].agree.length || (found.length === 1 && same[0].kind))) return same[0].el;
    if (same.length) return null;
    // An id drawn at random each time is no sign against the only one that stands in the same row.
    const rest = found.filter((c) => c.agree.length && c.differ.every((key) => key === 'id'));
    return rest.length === 1 && !was.row === !rest[0].row && rest[0].agree.some((key) => key !== 'id') ? rest[0].el : null;
  };

  const raw = L.get;
  const get = (n) => {
    const el = raw(n), was = signatures.get(n);
    if (!was || (el && !isReused(el, was))) return el;
    const found = heal(n, was);
    if (found) L.rename(n, found);
    return found;
  };
  // Which elements it may have become, in words, to choose from.
  const likely = (n) => {
    const was = signatures.get(n);
    if (!was) return [];
    return alike(was).slice(0, LIKELY_MAX).map(({ row }) => {
      const where = row && row !== plain(was.name) ? ` in "${row.slice(0, 60)}"` : '';
      return `${was.role} "${was.name.slice(0, 60)}"${where}`;
    });
  };

  Object.assign(L, { get, sign, begin, likely });
})();
