/** A console on sample data, and the requests that tests make of it. */
import { startConsole, type Console } from '../../console/server.ts';
import type { SampleWorld } from './sample-world.ts';

export interface Opened extends Console {
  readonly origin: string;
  readonly cookie: string;
  /** With the cookie, unless `headers` say otherwise. */
  get(path: string, headers?: Record<string, string>): Promise<Response>;
}

export async function openConsole(world: SampleWorld, { actions = false, port = 0 } = {}): Promise<Opened> {
  const opened = await startConsole({ session: world.session, port, actions, local: null });
  const origin = `http://127.0.0.1:${opened.port}`;
  const entered = await fetch(opened.address, { redirect: 'manual' });
  const cookie = (entered.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
  return {
    ...opened,
    origin,
    cookie,
    get: (path, headers = {}) =>
      fetch(`${origin}${path}`, { headers: { cookie, ...headers }, redirect: 'manual' }),
  };
}
