/** The one connection of all tabs of this browser (live.js). */
import { follow } from './live.js';

/** @type {Set<MessagePort>} */
const ports = new Set();
/** @type {unknown} */
let last = null;

self.addEventListener('connect', (event) => {
  const [port] = /** @type {MessageEvent} */ (event).ports;
  if (port === undefined) return;
  ports.add(port);
  port.addEventListener('message', () => ports.delete(port));
  port.start();
  // Who comes later has missed how it stands.
  if (last !== null) port.postMessage(last);
});

follow((heard) => {
  if (heard.kind === 'open' || heard.kind === 'lost') last = heard;
  for (const port of ports) port.postMessage(heard);
});
