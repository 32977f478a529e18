// Runs in the page's own world, where alone its listeners can be seen. Returns places, no objects.
(() => {
  const WANTED = ['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'dblclick'];
  const TYPES_MAX = 20; // an element that listens to more is a framework's root
  const COUNT_MAX = 20000;
  const elements = Document.prototype.querySelectorAll.call(document, '*');
  const found = [];
  for (let i = 0; i < elements.length && i < COUNT_MAX; i++) {
    const types = getEventListeners(elements[i]);
    const names = Object.keys(types);
    if (names.length && names.length < TYPES_MAX && WANTED.some((type) => types[type])) {
      found.push(i);
      continue;
    }
    for (const key in elements[i]) {
      if (!Object.hasOwn(elements[i], key)) break;
      if (key.startsWith('__reactProps$')) {
        const props = elements[i][key];
        if (props && (props.onClick || props.onMouseDown || props.onPointerDown)) found.push(i);
        break;
      }
    }
  }
  return JSON.stringify([elements.length, ...found]);
})()
