/** Deletes a version of the model, unless a batch that has not ended answers with it: that is tried again later. */
import type { ModelVersion } from '../../world.ts';
import type { TickContext } from '../context.ts';
import { batchOf } from '../ledger/batch-runs.ts';
import { recordTransition } from '../ledger/record.ts';
import { startOperation } from './start-operation.ts';

export async function deleteVersion(context: TickContext, { model, version }: ModelVersion): Promise<void> {
  const { service, world } = context;
  const batch = service.batch === null ? null : await batchOf(world, service.name, version);
  if (batch !== null) {
    const detail = `${batch} answers with it`;
    const failed = { type: 'cleanUpFailed', kind: 'deleteVersion', subject: version, detail } as const;
    return recordTransition(context, { ...failed, isBusy: false });
  }
  return startOperation(context, 'deleteVersion', version, () => world.vertex.deleteVersion(model, version));
}
