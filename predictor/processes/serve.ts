/** The life of one of several processes that serve: it loads what the primary has tried, and listens when it is told to. */
import type { FastifyListenOptions } from 'fastify';
import { buildApp } from '../app.ts';
import { openStore } from '../artifact/store.ts';
import { readConfig, type Config } from '../config.ts';
import { drain, endNow } from '../drain.ts';
import { Health } from '../health.ts';
import { loadService } from '../load/load.ts';
import { createLogger } from '../log.ts';
import { Metrics } from '../metrics.ts';
import type { Service } from '../service.ts';
import { Link } from './link.ts';
import { valueOf } from './pages.ts';

export interface Scripts {
  readonly workerScript: URL;
  readonly watchdogScript: URL;
}

/** Serves; resolves once the process listens. Rejects with a ModelError if the model cannot be served. */
export async function serveAsOneOf(scripts: Scripts): Promise<void> {
  const link = new Link();
  const config = readConfig(process.env);
  const log = createLogger(config.logLevel).child({ process: process.pid });
  const health = new Health();
  const metrics = new Metrics();
  let service: Service | null = null;
  const app = buildApp({
    config,
    health,
    log,
    metrics,
    service: () => service,
    whole: { now: () => link.whole, page: () => link.pages() },
  });

  health.enter('loading');
  const { model, findings } = await link.task;
  const tried = { model: { ...model, store: await openStore(config.storageUri) }, findings };
  health.enter('checking');
  const onLost = (cause: Error): void => {
    health.enter('failed');
    log.fatal({ err: cause }, 'model lost');
    endNow();
  };
  service = await loadService(tried, { ...scripts, config, log, metrics, onLost, parent: process.ppid });
  health.enter('ready');
  link.tell({ kind: 'loaded' });
  await link.portIsFree;

  // The primary tells so, and a signal for the whole group, or for this process alone.
  const stop = (): void => {
    if (health.state !== 'ready') return;
    const requests = async (): Promise<number> => valueOf(await link.pages(), 'predictor_requests_total');
    void drain({ app, health, config, log, requests });
  };
  process.on('SIGTERM', stop);
  link.answer({
    drain: stop,
    page: () => metrics.page(link.whole.state, service?.predictor.queue.rows ?? 0),
  });
  await app.listen(portOf(config));
  link.tell({ kind: 'listening' });
}

/**
 * On Linux each process has a socket of its own on the port, and the kernel spreads connections over them. Elsewhere
 * all accept from one socket, and whichever process is idle takes the next.
 * https://nodejs.org/api/net.html#serverlistenoptions-callback
 */
function portOf({ port }: Config): FastifyListenOptions {
  const isShared = process.platform === 'linux';
  const options = { host: '0.0.0.0', port, exclusive: isShared, reusePort: isShared };
  return options;
}
