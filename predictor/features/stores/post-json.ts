/**
 * A POST of JSON by Node's own client. `fetch` refuses some ports, among them 6566, which is the default of Feast's
 * feature server (https://fetch.spec.whatwg.org/#port-blocking).
 */
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

export interface PostAnswer {
  readonly status: number;
  readonly text: string;
}

export interface Poster {
  /** Rejects if there is no whole answer. */
  post(body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<PostAnswer>;
  close(): void;
}

/** Bytes of an answer: a thousand rows of a thousand features have some ten million. */
const BYTES_MAX = 64 * 1024 * 1024;

/** Posts to one address, by connections that are kept. */
export function posterTo(address: string): Poster {
  const isSecure = new URL(address).protocol === 'https:';
  const agent = isSecure ? new HttpsAgent({ keepAlive: true }) : new HttpAgent({ keepAlive: true });
  const send = isSecure ? requestHttps : requestHttp;
  return {
    post: (body, headers, signal) =>
      new Promise((resolve, reject) => {
        const length = String(Buffer.byteLength(body));
        const own = { 'content-type': 'application/json', 'content-length': length };
        const request = send(address, { method: 'POST', agent, signal, headers: { ...own, ...headers } });
        request.on('error', reject).on('response', (response) => {
          const chunks: Buffer[] = [];
          let bytes = 0;
          response
            .on('data', (chunk: Buffer) => {
              bytes += chunk.length;
              if (bytes > BYTES_MAX) response.destroy(new Error(`more than ${BYTES_MAX} bytes`));
              else chunks.push(chunk);
            })
            .on('end', () =>
              resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
            )
            .on('error', reject);
        });
        request.end(body);
      }),
    close: () => agent.destroy(),
  };
}
