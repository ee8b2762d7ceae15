/** How many rows the model server gets in one request. Pure. */
import type { Batch } from '../config/batch.ts';
import type { Run } from './ledger.ts';

/** The default of Vertex AI (google.cloud.aiplatform.v1.ManualBatchTuningParameters). */
const DEFAULT = 64;
const MOST = 1_024;
/** What a request may have at most online; the memory of a small machine has many times that. */
const REQUEST_BYTES = 1_500_000;

export function sizeOfBatches({ batchSize }: Batch, { scan }: Run): number {
  if (batchSize !== null) return batchSize;
  if (scan === undefined || scan.largest === 0) return DEFAULT;
  return Math.min(MOST, Math.max(1, Math.floor(REQUEST_BYTES / (scan.largest + 1))));
}
