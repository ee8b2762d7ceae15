import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';

import type { VirtualClock } from '../../../emulator/core/clock.ts';
import { Broker } from '../../../emulator/pubsub/broker.ts';
import type { Disturb } from '../../../emulator/pubsub/disturbance.ts';
import { seededRandom } from '../../../emulator/core/random.ts';

/** What the tokens of pushes are signed with. */
export const SECRET = 'of the tests';

export const quiet = { info: () => {}, warn: () => {} };

export function brokerOn(clock: VirtualClock, disturb: Disturb = {}): Broker {
  return new Broker({ clock, random: seededRandom(1), log: quiet, disturb, pushSecret: SECRET });
}

export interface Pushed {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Virtual time of arrival, in milliseconds. */
  readonly at: number;
}

/** A push endpoint that keeps what it gets and answers as `answer` says. */
export async function endpointOn(
  clock: VirtualClock,
  answer: (response: ServerResponse) => void,
): Promise<{ url: string; pushed: Pushed[]; close: () => void }> {
  const pushed: Pushed[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString();
      pushed.push({ path: request.url ?? '', headers: request.headers, body, at: clock.now() });
      answer(response);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return {
    url: `http://127.0.0.1:${address.port}/push`,
    pushed,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

export function respond(status: number): (response: ServerResponse) => void {
  return (response) => response.writeHead(status).end();
}
