/**
 * A container that minds no AIP_HTTP_PORT: it listens elsewhere, says so as servers do, and is never asked. Its port
 * is under those that the operating system gives, as a port that somebody wrote into an image would be.
 */
import { createServer } from 'node:http';

const server = createServer((_, response) => response.end('here I am'));
const first = 20_000 + (process.pid % 10_000);

function listen(port: number): void {
  server.once('error', () => listen(port + 1));
  server.listen(port, '127.0.0.1', () => {
    server.removeAllListeners('error');
    process.stdout.write(`Listening on http://127.0.0.1:${port}\n`);
  });
}

listen(first);
