import type { BatchPorts } from './batch-world.ts';
import type { Config } from './config/config.ts';
import type { Log } from './log.ts';
import type { Doorbell } from './release/requests/doorbell.ts';
import type { IntakeWorld, World } from './world.ts';

/**
 * What every handler works with; `W` is how much of the world it can reach. `index.ts` builds it from real clients, the
 * simulation from simulated ones.
 */
export interface App<W extends IntakeWorld = World> {
  readonly config: Config;
  readonly world: W;
  readonly log: Log;
  /** Absent: nothing is answered in batch. */
  readonly batch?: BatchPorts;
  /** Shared by the ticks of one process. */
  readonly doorbell?: Doorbell;
}

/** Asks for the message to be delivered again. The fields are for the log. */
export class Redeliver extends Error {
  override readonly name = 'Redeliver';
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(why: string, fields: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(why, options);
    this.fields = fields;
  }
}
