/** A server in the test's own process, closed after each test, and requests for it. */
import { afterEach } from 'vitest';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { serveApp, type ServedApp } from './served.ts';

const open: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

export async function serve(...args: Parameters<typeof serveApp>): Promise<ServedApp> {
  const served = await serveApp(...args);
  open.push(served.app);
  return served;
}

export function post(payload: unknown, more: InjectOptions = {}): InjectOptions {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return {
    method: 'POST',
    url: '/predict',
    headers: { 'content-type': 'application/json' },
    payload: text,
    ...more,
  };
}

export function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  return address.port;
}
