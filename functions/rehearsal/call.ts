/** A call that changes Vertex AI in memory, as `slipway plan` lists it. */
import type { Instant } from '../world.ts';
import type { Kind } from './in-memory-operations.ts';

/** One call that writes. `at` and `took` in ms. */
export interface Call {
  readonly method: string;
  /** The operation that it starts; null where the call returns when it is done. */
  readonly kind: Kind | null;
  /** The resource that it is about. */
  readonly target: string;
  readonly at: Instant;
  readonly took: number | null;
  readonly arguments: Readonly<Record<string, unknown>>;
}
