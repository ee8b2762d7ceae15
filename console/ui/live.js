/**
 * Hears of changes. One connection serves all tabs of a browser: it opens six to a host, and a seventh tab would wait
 * for ever. A browser without shared workers opens one for each tab.
 */

/** @typedef {{ kind: 'open' } | { kind: 'lost' } | { kind: 'ended' } | { kind: 'news', news: import('../reader/reader.ts').News }} Heard */

/** @param {(heard: Heard) => void} listener */
export function listen(listener) {
  if (typeof SharedWorker === 'undefined') {
    follow(listener);
    return;
  }
  const { port } = new SharedWorker(workerAddress(), { type: 'module', name: 'slipway' });
  port.addEventListener('message', ({ data }) => listener(data));
  port.start();
  addEventListener('pagehide', () => port.postMessage('bye'));
  // What comes back from the browser's cache has missed what was said meanwhile.
  addEventListener('pageshow', ({ persisted }) => persisted && location.reload());
}

const WORKER = '/ui/live-worker.js';

/** Where the policy of the page asks for it, as an address that is trusted: this one, and no other. */
function workerAddress() {
  const { trustedTypes } = /** @type {any} */ (globalThis);
  const policy = trustedTypes?.createPolicy('slipway', { createScriptURL: () => WORKER });
  return policy?.createScriptURL('') ?? WORKER;
}

/**
 * Follows the server's events, and asks again when they break off.
 * @param {(heard: Heard) => void} listener
 */
export function follow(listener) {
  const events = new EventSource('/api/live');
  events.addEventListener('open', () => listener({ kind: 'open' }));
  events.addEventListener('news', ({ data }) => listener({ kind: 'news', news: JSON.parse(data) }));
  events.addEventListener('error', () => {
    listener({ kind: 'lost' });
    if (events.readyState !== EventSource.CLOSED) return;
    // An answer that is none ends the stream for good; the console may be back by then.
    events.close();
    setTimeout(() => follow(listener), 3_000);
  });
}
