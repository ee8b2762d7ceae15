/** What the code of a tick works with. */
import type { Config, Service } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { Instant, World } from '../world.ts';
import type { LeasedLedger } from './ledger/leased-ledger.ts';
import type { Doorbell } from './requests/doorbell.ts';

export interface TickContext {
  readonly config: Config;
  readonly service: Service;
  readonly world: World;
  readonly held: LeasedLedger;
  readonly log: Log;
  /** When the time of the tick is up. */
  readonly until: Instant;
  /** Absent: nobody rings. */
  readonly doorbell?: Doorbell;
}
