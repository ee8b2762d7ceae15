/** The limits of a batch: how long it may take, and what its job may cost. Pure. */
import type { Batch } from '../../config/batch.ts';
import type { Action } from '../decisions.ts';
import type { Run } from '../ledger.ts';

/**
 * The deadline counts from the arrival until a job is created, and from the creation of the job until its end: so an
 * input waits at most once, and is answered at most once, as long.
 */
export function overdue(batch: Batch, run: Run, now: number): Action | null {
  // What Vertex AI has finished is counted, however late it is.
  if (run.end !== undefined) return null;
  const createdAt = run.job?.createdAt;
  const since = now - (createdAt ?? run.acceptedAt);
  if (since >= batch.deadlineMs) {
    const hours = Math.round(batch.deadlineMs / 36_000) / 100;
    const what = createdAt === undefined ? 'it waited' : 'its job ran';
    const words = run.refusal === undefined ? '' : `; last: ${run.refusal.detail}`;
    return cancelled(run, 'BATCH_DEADLINE', `${what} for ${hours} h${words}`);
  }
  const { maxReplicaHours, replicas } = batch;
  if (createdAt === undefined || maxReplicaHours === null) return null;
  const spent = (replicas * since) / 3_600_000;
  return spent < maxReplicaHours
    ? null
    : cancelled(run, 'BATCH_TOO_DEAR', `${replicas} replicas for ${(since / 3_600_000).toFixed(2)} h`);
}

function cancelled(run: Run, code: 'BATCH_DEADLINE' | 'BATCH_TOO_DEAR', detail: string): Action {
  return { do: 'note', run, change: { note: 'judged', result: 'Cancelled', code, detail } };
}
