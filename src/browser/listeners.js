// Runs in the page's own world, where alone its listeners can be seen. Returns places, no objects:
// for each document and open shadow root that is reached from here, in the order in which they are
// met, how many elements it has and which of them listen, counted from zero; those that take drops
// stand below it, from -1 on.
(() => {
  const WANTED = ['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'dblclick', 'contextmenu', 'drop'];
  const TYPES_MAX = 20; // an element that listens to more is a framework's root
  const COUNT_MAX = 20000;
  const ROOTS_MAX = 500;
  const get = (proto, key) => Object.getOwnPropertyDescriptor(proto, key).get;
  const shadowOf = get(Element.prototype, 'shadowRoot');
  const innerOf = get(HTMLIFrameElement.prototype, 'contentDocument');
  const read = (getter, el) => {
    try {
      return getter.call(el);
    } catch {
      return null;
    }
  };
  // What frameworks that listen at the root leave on their elements.
  const delegates = (el) => {
    for (const key of Object.keys(el)) {
      if (key === '__click') return true;
      if (key.startsWith('__reactProps$')) {
        const props = el[key];
        drops = drops || (!!props && !!props.onDrop);
        return !!props && !!(props.onClick || props.onMouseDown || props.onPointerDown || props.onDrop);
      }
    }
    return false;
  };
  let drops = false;
  const listens = (el) => {
    const types = getEventListeners(el);
    let count = 0, wanted = false;
    drops = false;
    for (const type in types) {
      if (++count >= TYPES_MAX) return false;
      wanted = wanted || WANTED.includes(type);
      drops = drops || type === 'drop';
    }
    return delegates(el) || wanted;
  };
  const roots = [document];
  const out = [];
  let seen = 0;
  for (let r = 0; r < roots.length && r < ROOTS_MAX; r++) {
    const root = roots[r];
    const elements = (root.nodeType === 9 ? Document : DocumentFragment).prototype.querySelectorAll.call(root, '*');
    const found = [elements.length];
    for (let i = 0; i < elements.length; i++) {
      const el = elements[i];
      const inner = read(shadowOf, el) || (el instanceof HTMLIFrameElement || el.localName === 'iframe' ? read(innerOf, el) : null);
      if (inner) roots[roots.length] = inner;
      if (seen++ < COUNT_MAX && listens(el)) found[found.length] = drops ? -1 - i : i;
    }
    out[out.length] = found;
  }
  return JSON.stringify(out);
})()
