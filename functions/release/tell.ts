/** The log lines of what happens to a release: constant messages, particulars in fields. */
import type { Log } from '../log.ts';
import type { Instant } from '../world.ts';
import { uriOf, type Ledger } from './ledger.ts';
import type { Note } from './plan.ts';

export function tell(log: Log, before: Ledger, after: Ledger, change: Note, now: Instant): void {
  const release = (before.release ?? after.release)?.request;
  if (change.note === 'started' || change.note === 'repair') {
    log.info(
      {
        release: release?.id,
        artifact: release && uriOf(release),
        waited: release && now - release.acceptedAt,
      },
      'release started',
    );
  }
  if (change.note === 'attemptFailed') {
    log.warn(
      { release: release?.id, code: change.code, detail: change.detail, final: after.release === null },
      'attempt failed',
    );
  }
  if (change.note === 'tidyFailed')
    log.warn({ operation: change.kind, detail: change.detail }, 'tidying was refused');
  if (change.note === 'parked') log.info({ release: release?.id }, 'release gives way to a newer one');
}
