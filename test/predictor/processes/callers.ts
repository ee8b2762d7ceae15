/** Callers of a predictor, each with a connection of its own that it keeps. */
import { Agent, request } from 'node:http';
import { onTestFinished } from 'vitest';

export interface Caller {
  /** Asks once. Resolves with the status, or null where the connection was lost. */
  ask(): Promise<number | null>;
  /** The body of the route, as text. */
  read(path: string): Promise<string>;
}

/** Callers of the server at the URL, which all send `body`. Their connections end with the test. */
export function openCallers(url: string, count: number, body: string): Caller[] {
  return Array.from({ length: count }, () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const send = (method: string, path: string, text: string): Promise<{ status: number; text: string }> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        request(`${url}${path}`, { method, agent, headers }, (response) => {
          let answer = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            answer += chunk;
          });
          response.once('error', reject);
          response.once('end', () => resolve({ status: response.statusCode ?? 0, text: answer }));
        })
          .once('error', reject)
          .end(text);
      });
    return {
      ask: () =>
        send('POST', '/predict', body).then(
          ({ status }) => status,
          () => null,
        ),
      read: async (path) => (await send('GET', path, '')).text,
    };
  });
}
