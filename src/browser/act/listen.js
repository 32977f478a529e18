// Says whether anything hears a click on this element: 'heard', or 'deaf' while nothing does, or
// 'came' when something began to while the page was young.
async function(listenersOf) {
  const TYPES = ['click', 'mousedown', 'mouseup', 'pointerdown', 'pointerup', 'touchstart', 'touchend', 'dblclick'];
  const YOUNG_MS = 5000; // a page that is not alive by then stays as it is
  const LOOK_MS = 50;
  const isHeard = () => {
    const doc = this.ownerDocument, view = doc.defaultView;
    for (let n = this; n; n = n.parentNode || n.host) {
      const types = listenersOf(n);
      for (const type of TYPES) if (types[type]) return true;
    }
    const types = view ? listenersOf(view) : {};
    for (const type of TYPES) if (types[type]) return true;
    return false;
  };
  if (!this.isConnected || isHeard()) return 'heard';
  if (!this.ownerDocument.scripts.length) return 'deaf';
  while (performance.now() < YOUNG_MS) {
    await new Promise((done) => setTimeout(done, LOOK_MS));
    if (!this.isConnected || isHeard()) return 'came';
  }
  return 'deaf';
}
