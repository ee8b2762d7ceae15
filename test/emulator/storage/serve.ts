/** Serves a Store alone, on a free port, for the tests of the storage emulator. */
import Fastify from 'fastify';

import { wallClock } from '../../../emulator/core/clock.ts';
import { guard, overrideMethod } from '../../../emulator/front.ts';
import { storageRoutes } from '../../../emulator/storage/routes.ts';
import { Store } from '../../../emulator/storage/store.ts';
import type { StoreOptions } from '../../../emulator/storage/store-options.ts';

export interface Served {
  readonly store: Store;
  /** Without a slash at the end. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveStorage(options: Partial<StoreOptions> = {}): Promise<Served> {
  let url = '';
  const store = new Store({ clock: wallClock(), baseUrl: () => url, ...options });
  const app = Fastify({
    keepAliveTimeout: 75_000,
    rewriteUrl(request) {
      overrideMethod(request);
      return request.url ?? '';
    },
  });
  guard(app, new Set());
  await app.register(storageRoutes(store, { baseUrl: () => url }));
  url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { store, url, close: () => app.close() };
}
