// Runs in the page's own world, where alone its timers can be seen: remembers those that the page
// sets while it handles what a user did, so that what they bring is waited for. Timers behave as
// before. Gives back a function that tells, or waits, how long the last of them still takes.
(() => {
  const DELAY_MIN_MS = 17; // shorter ones are over when two frames are
  const DELAY_MAX_MS = 600; // longer ones are no answer to what the user did, but notices and the like
  const COUNT_MAX = 100;
  const UI = new Set(['click', 'dblclick', 'auxclick', 'input', 'beforeinput', 'change', 'submit', 'keydown', 'keyup',
    'keypress', 'pointerdown', 'pointerup', 'mousedown', 'mouseup', 'focusout', 'blur', 'scroll', 'drop']);
  const due = new Map();
  const set = globalThis.setTimeout, clear = globalThis.clearTimeout;
  const now = performance.now.bind(performance);
  const begun = () => {
    const event = globalThis.event;
    return !!event && UI.has(event.type) && due.size < COUNT_MAX;
  };
  globalThis.setTimeout = new Proxy(set, {
    apply(target, self, args) {
      const act = args[0], ms = +args[1];
      if (typeof act !== 'function' || !(ms >= DELAY_MIN_MS && ms <= DELAY_MAX_MS) || !begun()) {
        return Reflect.apply(target, self, args);
      }
      let id = 0;
      args[0] = function (...rest) {
        due.delete(id);
        return Reflect.apply(act, this, rest);
      };
      id = Reflect.apply(target, self, args);
      due.set(id, now() + ms);
      return id;
    },
  });
  globalThis.clearTimeout = new Proxy(clear, {
    apply(target, self, args) {
      due.delete(args[0]);
      return Reflect.apply(target, self, args);
    },
  });
  return () => {
    let left = 0;
    for (const at of due.values()) left = Math.max(left, at - now());
    if (left <= 0) return false;
    return new Promise((done) => Reflect.apply(set, globalThis, [() => done(true), left + 5]));
  };
})()
