/** The end of a process that serves: without losing a request where it is asked to, and at once where it must. */
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import type { Health } from './health.ts';
import type { Logger } from './log.ts';

export interface DrainOptions {
  readonly app: FastifyInstance;
  readonly health: Health;
  readonly config: Config;
  readonly log: Logger;
  /** How many prediction requests have come in so far. */
  readonly requests: () => number | Promise<number>;
}

/**
 * Stops without losing a request: the health route says 503, and the port closes once nobody has asked for a
 * while, since callers learn late that this server is going. What is in flight is finished.
 */
export async function drain({ app, health, config, log, requests }: DrainOptions): Promise<void> {
  health.enter('draining');
  log.info('draining');
  setTimeout(() => {
    log.warn('drain cut short');
    endNow();
  }, config.drainTimeoutMs).unref();
  for (let seen = -1, now = await requests(); seen !== now;) {
    seen = now;
    await new Promise((resolve) => {
      setTimeout(resolve, config.drainQuietMs);
    });
    now = await requests();
  }
  await app.close();
  log.info('drained');
  process.exit(0);
}

/** The log's last line may have to wait for its pipe. */
const STDERR_FLUSH_MS = 200;

/** Ends the process even if the model's thread is inside the runtime, for which `process.exit` would wait. */
export function endNow(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), STDERR_FLUSH_MS);
}
