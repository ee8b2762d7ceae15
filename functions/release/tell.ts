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
  if (change.note === 'stepReached')
    log.info({ release: release?.id, step: change.step + 1 }, 'step reached');
  if (change.note === 'judged') {
    for (const { gate, step, verdict, reason } of change.verdicts)
      log.info({ release: release?.id, gate, step: step + 1, verdict, reason }, 'gate judged');
  }
  if (change.note === 'goingBack')
    log.warn({ release: release?.id, code: change.code, detail: change.detail }, 'release goes back');
  if (change.note === 'parked') log.info({ release: release?.id }, 'release gives way to a newer one');
}
