/** A batch job as the engine asks Vertex AI for one, over JSONL. */
import type { BatchJobRequest } from '../../functions/batch-world.ts';
import { LABELS } from '../../functions/release/ids.ts';

export function batchJobRequest(
  batch: string,
  rest: Pick<BatchJobRequest, 'parent' | 'model' | 'input' | 'output' | 'keyField'>,
): BatchJobRequest {
  return {
    displayName: `slipway-churn-${batch}`,
    labels: new Map([[LABELS.batch, batch]]),
    version: '1',
    inputFormat: 'jsonl',
    outputFormat: 'jsonl',
    excludedFields: [],
    machineType: 'n1-standard-2',
    replicas: 1,
    accelerator: null,
    tpuTopology: null,
    serviceAccount: null,
    batchSize: 2,
    ...rest,
  };
}
