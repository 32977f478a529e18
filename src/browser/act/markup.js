// Writes what is visible below an element as plain HTML: structure, links and tables, nothing else.
(n, max) => {
  const L = __legwork;
  const KEPT = new Set(['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'p', 'ul', 'ol', 'li', 'table', 'thead', 'tbody', 'tr', 'th', 'td',
    'blockquote', 'pre', 'code', 'strong', 'b', 'em', 'i', 'del', 's', 'hr', 'br', 'dl', 'dt', 'dd', 'figure', 'figcaption', 'caption']);
  const BLOCKS = new Set(['div', 'section', 'article', 'main', 'header', 'footer', 'nav', 'aside', 'form', 'fieldset', 'details',
    'summary', 'address', 'label', 'legend']);
  const SKIP = new Set(['script', 'style', 'noscript', 'template', 'head', 'svg', 'canvas', 'video', 'audio', 'object', 'embed']);
  const safe = (text) => String(text).replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
  const el = n ? L.get(n) : document.documentElement;
  if (!el) return { no: 'stale' };
  let out = '';
  const go = (node, depth) => {
    if (out.length > max || depth > 200) return;
    if (node.nodeType === 3) {
      out += safe(node.data);
      return;
    }
    if (node.nodeType !== 1) return;
    const tag = L.tagOf(node).toLowerCase();
    if (SKIP.has(tag) || L.attr(node, 'aria-hidden') === 'true') return;
    if (!L.visible(node, { visibilityProperty: true, opacityProperty: true }) && tag !== 'slot'
      && getComputedStyle(node).display !== 'contents') return;
    if (tag === 'img') {
      const text = L.attr(node, 'alt');
      if (text) out += `<img alt="${safe(text)}" src="${safe(node.src)}">`;
      return;
    }
    if (tag === 'input' || tag === 'select' || tag === 'textarea') {
      const value = L.valueOf(node, tag, L.roleOf(node, tag));
      if (value) out += ` <code>${safe(value)}</code> `;
      return;
    }
    if (tag === 'iframe' || tag === 'frame') {
      const inner = L.innerDocument(node);
      if (inner && inner.documentElement) go(inner.documentElement, depth + 1);
      return;
    }
    const isLink = tag === 'a' && L.has(node, 'href') && /^https?:/.test(node.href);
    const name = isLink ? 'a' : KEPT.has(tag) ? tag : BLOCKS.has(tag) ? 'div' : '';
    if (name === 'br' || name === 'hr') {
      out += `<${name}>`;
      return;
    }
    if (name) out += isLink ? `<a href="${safe(node.href)}">` : `<${name}>`;
    L.eachChild(node, (child) => go(child, depth + 1));
    if (name) out += `</${name}>`;
  };
  go(el, 0);
  return { text: out };
}
