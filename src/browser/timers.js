// Runs in the page's own world, where alone it can be seen what the page puts off: counts what it
// begins and does not finish at once, and remembers the timers that it sets while it handles what a
// user did, so that what they bring is waited for. Everything behaves as before. Gives back a
// function that waits until the last of the timers is over; called with 'frame', it waits for a
// frame and tells how much was begun since it was last asked so; called with 'soon', it tells
// without a frame, and counts what needs one. Runs once in a document, before the page's scripts
// where it can: whoever knows the `name` is given the same function again.
((name) => {
  if (globalThis.parent !== globalThis) return null; // what a frame's page puts off is not followed
  const known = new CustomEvent(name, { detail: {} });
  document.dispatchEvent(known);
  if (known.detail.tell) return known.detail.tell;
  const DELAY_MIN_MS = 17; // shorter ones are over when two frames are
  const DELAY_MAX_MS = 600; // longer ones are no answer to what the user did, but notices and the like
  const COUNT_MAX = 100;
  const WORKER_MS = 300; // a worker or server that was told something may have nothing to say
  const CHAIN_MS = 100; // what begins so soon after something from the database belongs to it
  const LATE_MS = 50; // timers of a busy page
  const AFTER_MAX_MS = 200; // timers that put off what an answer of the server brings
  const BODY_MAX_MS = 2_000; // the rest of an answer, after its head
  const FRAME_MS = 120; // a background tab may never get its frame
  const UI = new Set(['click', 'dblclick', 'auxclick', 'input', 'beforeinput', 'change', 'submit', 'keydown', 'keyup',
    'keypress', 'pointerdown', 'pointerup', 'mousedown', 'mouseup', 'focusout', 'blur', 'scroll', 'drop']);
  // What is under way because of a user, each until when it is waited for at most; of it, what is
  // the rest of an answer.
  const due = new Map();
  const rests = new Set();
  let wake = () => {};
  const hold = (key, ms) => due.set(key, now() + ms);
  const over = (key) => {
    rests.delete(key);
    if (due.delete(key) && !due.size) wake();
  };
  const set = globalThis.setTimeout, clear = globalThis.clearTimeout, draw = globalThis.requestAnimationFrame;
  const now = performance.now.bind(performance);
  let begun = 0;
  const isAnswer = () => {
    const event = globalThis.event;
    return !!event && UI.has(event.type) && due.size < COUNT_MAX;
  };
  // Set soon after the user acted, by what a server's answer set going; what timers set themselves
  // again and again belongs to a clock.
  const user = navigator.userActivation;
  let ticked = -Infinity;
  const isAfterAnswer = () => {
    const event = globalThis.event;
    return !!user && user.isActive && now() - ticked > 1 && due.size < COUNT_MAX
      && (!event || event.target instanceof XMLHttpRequest);
  };
  globalThis.setTimeout = new Proxy(set, {
    apply(target, self, args) {
      const act = args[0], ms = +args[1];
      if (!(ms > DELAY_MAX_MS)) begun++;
      if (typeof act !== 'function') return Reflect.apply(target, self, args);
      const isOurs = ms >= DELAY_MIN_MS && ((ms <= DELAY_MAX_MS && isAnswer()) || (ms <= AFTER_MAX_MS && isAfterAnswer()));
      let id = 0;
      args[0] = function (...rest) {
        over(id);
        try {
          return Reflect.apply(act, this, rest);
        } finally {
          ticked = now();
        }
      };
      id = Reflect.apply(target, self, args);
      if (isOurs) hold(id, ms + LATE_MS);
      return id;
    },
  });
  globalThis.clearTimeout = new Proxy(clear, {
    apply(target, self, args) {
      over(args[0]);
      return Reflect.apply(target, self, args);
    },
  });
  // Databases and workers tell when they are done.
  let stored = -Infinity;
  const follow = (owner, name, types, ms, isOurs) => {
    const act = owner && owner[name];
    if (typeof act !== 'function') return;
    owner[name] = new Proxy(act, {
      apply(target, self, args) {
        begun++;
        const out = Reflect.apply(target, self, args);
        const source = out || self;
        if (isOurs()) {
          hold(source, ms);
          const done = () => {
            stored = now();
            over(source);
          };
          for (const type of types) Reflect.apply(listen, source, [type, done, { once: true }]);
        }
        return out;
      },
    });
  };
  const listen = EventTarget.prototype.addEventListener;
  const Later = Promise, then = Promise.prototype.then;
  const isStored = () => isAnswer() || (now() - stored < CHAIN_MS && due.size < COUNT_MAX);
  const prototype = (name) => globalThis[name] && globalThis[name].prototype;
  follow(prototype('IDBFactory'), 'open', ['success', 'error', 'blocked'], DELAY_MAX_MS, isStored);
  follow(prototype('IDBDatabase'), 'transaction', ['complete', 'error', 'abort'], DELAY_MAX_MS, isStored);
  follow(prototype('Worker'), 'postMessage', ['message', 'error'], WORKER_MS, isAnswer);
  follow(prototype('WebSocket'), 'send', ['message', 'close', 'error'], WORKER_MS, isAnswer);
  // The browser tells that an answer came, not that the page has read it to its end.
  const response = prototype('Response');
  for (const name of response ? ['arrayBuffer', 'blob', 'bytes', 'formData', 'json', 'text'] : []) {
    const act = response[name];
    if (typeof act !== 'function') continue;
    response[name] = new Proxy(act, {
      apply(target, self, args) {
        const out = Reflect.apply(target, self, args);
        if (user && user.isActive && due.size < COUNT_MAX) {
          hold(out, BODY_MAX_MS);
          rests.add(out);
          const done = () => over(out);
          Reflect.apply(then, out, [done, done]);
        } else begun++;
        return out;
      },
    });
  }
  // Whatever else can bring something later without a request that the browser tells of.
  const noting = (act, note) => new Proxy(act, {
    apply(target, self, args) {
      note();
      return Reflect.apply(target, self, args);
    },
  });
  const begins = () => { begun++; };
  const count = (owner, ...names) => {
    for (const name of owner ? names : []) {
      if (typeof owner[name] === 'function') owner[name] = noting(owner[name], begins);
    }
  };
  count(globalThis, 'setInterval', 'requestAnimationFrame', 'requestIdleCallback', 'postMessage', 'createImageBitmap',
    'scroll', 'scrollTo', 'scrollBy', 'close', 'print', 'getScreenDetails', 'queryLocalFonts');
  for (const name of ['MessagePort', 'ServiceWorker', 'BroadcastChannel']) count(prototype(name), 'postMessage');
  count(prototype('Scheduler'), 'postTask', 'yield');
  count(prototype('IDBFactory'), 'databases', 'deleteDatabase');
  count(prototype('CacheStorage'), 'open', 'match', 'keys', 'has');
  count(prototype('FileReader'), 'readAsText', 'readAsDataURL', 'readAsArrayBuffer');
  count(prototype('Blob'), 'text', 'arrayBuffer');
  for (const name of ['ReadableStreamDefaultReader', 'ReadableStreamBYOBReader']) count(prototype(name), 'read');
  count(prototype('ReadableStream'), 'pipeTo', 'pipeThrough');
  count(prototype('SubtleCrypto'), 'digest', 'encrypt', 'decrypt', 'sign', 'verify', 'deriveBits', 'deriveKey', 'importKey', 'generateKey');
  count(prototype('Clipboard'), 'read', 'readText', 'write', 'writeText');
  count(prototype('Permissions'), 'query');
  count(prototype('LockManager'), 'request');
  count(prototype('CookieStore'), 'get', 'getAll', 'set', 'delete');
  count(prototype('StorageManager'), 'estimate', 'getDirectory', 'persist');
  count(prototype('Geolocation'), 'getCurrentPosition', 'watchPosition');
  count(prototype('MediaDevices'), 'getUserMedia', 'getDisplayMedia', 'enumerateDevices');
  count(prototype('CredentialsContainer'), 'get', 'create');
  count(prototype('History'), 'back', 'forward', 'go');
  count(globalThis.Notification, 'requestPermission');
  count(globalThis.WebAssembly, 'compile', 'instantiate', 'compileStreaming', 'instantiateStreaming');
  count(prototype('Document'), 'startViewTransition', 'exitFullscreen', 'exitPointerLock');
  count(prototype('Element'), 'animate', 'requestFullscreen', 'requestPointerLock', 'scroll', 'scrollTo', 'scrollBy', 'scrollIntoView');
  count(prototype('HTMLElement'), 'click', 'focus');
  count(prototype('HTMLFormElement'), 'submit', 'requestSubmit');
  count(prototype('HTMLImageElement'), 'decode');
  count(prototype('HTMLMediaElement'), 'play', 'load');
  count(prototype('HTMLCanvasElement'), 'toBlob');
  for (const name of ['FontFace', 'FontFaceSet']) count(prototype(name), 'load');
  // What is set and comes into effect later.
  const countSet = (owner, ...names) => {
    for (const name of owner ? names : []) {
      const was = Object.getOwnPropertyDescriptor(owner, name);
      if (!was || !was.set || !was.configurable) continue;
      Object.defineProperty(owner, name, { ...was, set: noting(was.set, begins) });
    }
  };
  countSet(prototype('Element'), 'scrollTop', 'scrollLeft');
  for (const name of ['HTMLImageElement', 'HTMLScriptElement', 'HTMLMediaElement', 'HTMLIFrameElement']) countSet(prototype(name), 'src', 'srcset');
  // What tells its page something once a frame is drawn.
  let observers = 0;
  for (const name of ['ResizeObserver', 'IntersectionObserver']) {
    const owner = prototype(name);
    if (owner && typeof owner.observe === 'function') owner.observe = noting(owner.observe, () => { observers++; });
  }
  const frame = () => new Later((done) => {
    const id = Reflect.apply(set, globalThis, [done, FRAME_MS]);
    Reflect.apply(draw, globalThis, [() => {
      Reflect.apply(clear, globalThis, [id]);
      Reflect.apply(set, globalThis, [done, 0]);
    }]);
  });
  const asked = () => {
    const since = begun + rests.size;
    begun = 0;
    return since;
  };
  const after = (promise, act) => Reflect.apply(then, promise, [act]);
  // Whatever a page has waiting comes before this.
  const pass = () => new Later((done) => Reflect.apply(set, globalThis, [done, 0]));
  const tell = (glance) => {
    if (glance === 'soon') return after(after(pass(), pass), () => begun + rests.size + observers + globalThis.length);
    if (glance === 'frame') return after(frame(), asked);
    begun = 0;
    let left = 0;
    for (const [key, at] of due) {
      left = Math.max(left, at - now());
      if (at <= now()) over(key);
    }
    if (left <= 0) return 'nothing';
    const what = rests.size === due.size ? 'answer' : 'timer';
    return new Later((done) => {
      wake = () => Reflect.apply(set, globalThis, [() => done(what), 0]);
      Reflect.apply(set, globalThis, [() => done(what), left]);
    });
  };
  Reflect.apply(listen, document, [name, (event) => {
    event.stopImmediatePropagation();
    event.detail.tell = tell;
  }]);
  return tell;
})
