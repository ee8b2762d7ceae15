/** The life of the process: listening, loading, checking, serving, draining. */
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import type { Preload } from './load/preload.ts';
import type { Config } from './config.ts';
import { drain, endNow } from './drain.ts';
import { Health } from './health.ts';
import { loadService, tryOut, type Tried } from './load/load.ts';
import { createLogger, type Logger } from './log.ts';
import { Metrics } from './metrics.ts';
import { costsOf, processCount, thisMachine, type ProcessCount } from './processes/count.ts';
import type { Service } from './service.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly preload: Preload;
  /** The script of the model's own thread. */
  readonly workerScript: URL;
  /** The script of the thread that watches over the main one. */
  readonly watchdogScript: URL;
  /** The script of a process that serves beside others. */
  readonly processScript: URL;
}

/** Starts the server; resolves once it is ready. Rejects with a ModelError if the artifact cannot be served. */
export async function startServer(options: ServerOptions): Promise<void> {
  const { config } = options;
  const log = createLogger(config.logLevel);
  const health = new Health();
  const metrics = new Metrics();
  let service: Service | null = null;
  const app = buildApp({ config, health, log, metrics, service: () => service });
  await app.listen({ host: '0.0.0.0', port: config.port });
  let stop = (): Promise<void> => drain({ app, health, config, log, requests: () => metrics.requests });
  process.once('SIGTERM', () => {
    void stop();
  });

  health.enter('loading');
  const tried = await tryOut(options.preload, config);
  if (!health.mayEnter('checking')) return;
  health.enter('checking');

  const count = countFor(config, tried, log);
  if (count.processes > 1) {
    const { Primary } = await import('./processes/primary.ts');
    const address = app.server.address();
    const primary = new Primary({ ...options, ...count, tried, health, log, address });
    stop = () => primary.stop();
    await primary.start(() => leavePort(app));
    return;
  }
  const onLost = (cause: Error): void => {
    health.enter('failed');
    log.fatal({ err: cause }, 'model lost');
    endNow();
  };
  const loaded = await loadService(tried, { ...options, log, metrics, onLost });
  if (!health.mayEnter('ready')) return;
  service = loaded;
  health.enter('ready');
  log.info({ address: app.server.address(), startMs: Math.round(performance.now()) }, 'ready');
}

function countFor(config: Config, { model, findings }: Tried, log: Logger): ProcessCount {
  const { processes, intraOpThreads: threads } = config;
  const machine = thisMachine();
  const costs = costsOf(model.source, findings);
  const count = processCount({ processes, threads }, machine, costs);
  if (count.processes < count.wanted) log.warn({ ...count, ...machine, ...costs }, 'fewer processes: memory');
  else if (count.processes > 1) log.info({ ...count, ...machine, ...costs }, 'several processes');
  return count;
}

/** Closes the port, for others to have it. Nobody has been served yet: those who are connected ask again. */
async function leavePort(app: FastifyInstance): Promise<void> {
  await new Promise((resolve) => {
    app.server.close(resolve);
    app.server.closeAllConnections();
  });
}
