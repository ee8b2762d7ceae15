/** The life of the process: listening, loading, checking, serving, draining. */
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import type { Preload } from './load/preload.ts';
import type { Config } from './config.ts';
import { Health } from './health.ts';
import { loadService } from './load/load.ts';
import { createLogger, type Logger } from './log.ts';
import { Metrics } from './metrics.ts';
import type { Service } from './service.ts';

export interface ServerOptions {
  readonly config: Config;
  readonly preload: Preload;
  /** The script of the model's own thread. */
  readonly workerScript: URL;
  /** The script of the thread that watches over the main one. */
  readonly watchdogScript: URL;
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
  process.once('SIGTERM', () => {
    void drain(app, health, metrics, config, log);
  });

  health.enter('loading');
  const onLost = (cause: Error): void => {
    health.enter('failed');
    log.fatal({ err: cause }, 'model lost');
    endNow();
  };
  const loaded = await loadService({ ...options, health, log, metrics, onLost });
  if (health.state !== 'checking') return;
  service = loaded;
  health.enter('ready');
  log.info({ address: app.server.address(), startMs: Math.round(performance.now()) }, 'ready');
}

/**
 * Stops without losing a request: the health route says 503, and the port closes once nobody has asked for a
 * while, since callers learn late that this server is going. What is in flight is finished.
 */
async function drain(
  app: FastifyInstance,
  health: Health,
  metrics: Metrics,
  config: Config,
  log: Logger,
): Promise<void> {
  health.enter('draining');
  log.info('draining');
  setTimeout(() => {
    log.warn('drain cut short');
    endNow();
  }, config.drainTimeoutMs).unref();
  for (let seen = -1; seen !== metrics.requests;) {
    seen = metrics.requests;
    await new Promise((resolve) => {
      setTimeout(resolve, config.drainQuietMs);
    });
  }
  await app.close();
  log.info('drained');
  process.exit(0);
}

/** The log's last line may have to wait for its pipe. */
const STDERR_FLUSH_MS = 200;

/** Ends the process even if the model's thread is inside the runtime, for which `process.exit` would wait. */
function endNow(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STDERR_FLUSH_MS);
}
