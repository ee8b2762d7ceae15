import type { Config } from './config.ts';
import type { Log } from './log.ts';
import type { Doorbell } from './release/doorbell.ts';
import type { World } from './world.ts';

/** What every handler works with. `index.ts` builds it from real clients, the simulation from simulated ones. */
export interface App {
  readonly config: Config;
  readonly world: World;
  readonly log: Log;
  /** Shared by the ticks of one process. */
  readonly doorbell?: Doorbell;
}

/**
 * Asks for the event to be delivered again. The Functions Framework answers 500 to what is thrown and prints its
 * stack: that stack is therefore one line in Cloud Logging's form, a warning and no crash.
 */
export class Redeliver extends Error {
  override readonly name = 'Redeliver';

  constructor(why: string, fields: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(why, options);
    this.stack = JSON.stringify({
      severity: 'WARNING',
      message: 'event to be delivered again',
      why,
      ...fields,
    });
  }
}
