/** What a release costs on top of the model that serves: the time in which two of them are deployed. */
import type { Rehearsal } from './rehearsal.ts';

/**
 * The time, in ms, in which more than one model of ours is deployed, each further one counted. A model is there
 * from the start of its deployment to the end of its undeployment; `deployed` of them are there already.
 */
export function overlapMs({ calls, startedAt, endedAt }: Rehearsal, deployed: number): number {
  const changes = calls
    .filter(({ method }) => method === 'DeployModel' || method === 'UndeployModel')
    .map(({ method, at, took }) =>
      method === 'DeployModel' ? { at, by: 1 } : { at: at + (took ?? 0), by: -1 },
    )
    .toSorted((a, b) => a.at - b.at);
  let count = deployed;
  let since = startedAt;
  let total = 0;
  for (const { at, by } of [...changes, { at: endedAt, by: 0 }]) {
    total += Math.max(0, count - 1) * (at - since);
    count += by;
    since = at;
  }
  return total;
}
