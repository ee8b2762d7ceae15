import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port on loopback that nothing listens on, for a program that has to be given one and cannot say which it took.
 * Another program may take it first: what starts on it and ends at once is started again, or fails.
 */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return address.port;
}
