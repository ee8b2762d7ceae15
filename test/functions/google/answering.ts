/** An HTTP server that gives prepared answers in their order and keeps what it was asked. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { restApi, type Rest } from '../../../functions/google/rest.ts';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly body: string;
}

/** `silence`: none at all. */
export type Prepared = { status?: number; body: string | object } | 'silence';

export interface Answering {
  readonly rest: Rest;
  readonly asked: Asked[];
}

/** `answers`: by a part of the request's URL or body, each answer once; the last one stays. */
export async function answering(
  answers: ReadonlyMap<string, readonly Prepared[]>,
  timeoutMs?: number,
): Promise<Answering> {
  const asked: Asked[] = [];
  const given = new Map<string, number>();
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const url = new URL(request.url ?? '', 'http://localhost');
    asked.push({ method: request.method ?? '', url, body });
    const said = decodeURIComponent(url.href) + body;
    const [key, prepared] = [...answers].find(([part]) => said.includes(part)) ?? ['', []];
    const count = given.get(key) ?? 0;
    given.set(key, count + 1);
    const next = prepared[Math.min(count, prepared.length - 1)] ?? { status: 404, body: 'not prepared' };
    if (next === 'silence') return;
    const content = typeof next.body === 'string' ? next.body : JSON.stringify(next.body);
    response.writeHead(next.status ?? 200).end(content);
  }
  const server = createServer((request, response) => {
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return { rest: restApi('nowhere.invalid', `127.0.0.1:${address.port}`, timeoutMs), asked };
}

export function refusal(code: number, status: string, message: string): Prepared {
  return { status: code, body: { error: { code, message, status } } };
}
