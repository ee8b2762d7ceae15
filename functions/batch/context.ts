/** What the code of a batch tick works with. */
import type { Batch } from '../config/batch.ts';
import type { Config, Service } from '../config/config.ts';
import type { Log } from '../log.ts';
import type { LeasedLedger } from '../release/ledger/leased-ledger.ts';
import type { BatchPorts, BatchWorld } from '../batch-world.ts';
import type { Instant } from '../world.ts';
import type { BatchLedger } from './ledger.ts';

export interface BatchContext {
  readonly config: Config;
  readonly service: Service;
  readonly batch: Batch;
  readonly world: BatchWorld;
  readonly ports: BatchPorts;
  readonly held: LeasedLedger<BatchLedger>;
  readonly log: Log;
  /** When the time of the tick is up. */
  readonly until: Instant;
}
