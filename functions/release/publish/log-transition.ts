/** The log lines of what happens to a release: constant messages, particulars in fields. */
import { LOG } from '../../../common/log-messages.ts';
import type { Service } from '../../config/config.ts';
import type { Log } from '../../log.ts';
import type { Instant } from '../../world.ts';
import { estimate } from '../view/estimate.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { uriOf } from '../../../common/artifact/uri.ts';
import type { Transition } from '../ledger/transition.ts';

export interface Told {
  readonly service: Service;
  readonly before: Ledger;
  readonly after: Ledger;
  readonly change: Transition;
  readonly now: Instant;
}

export function logTransition(log: Log, { service, before, after, change, now }: Told): void {
  const release = (before.release ?? after.release)?.request;
  if (change.type === 'requestStarted' || change.type === 'repairStarted') {
    log.info(
      {
        release: release?.id,
        artifact: release && uriOf(release),
        waited: release && now - release.acceptedAt,
        ...(change.type === 'requestStarted' && { expected: estimate(service, before.took) }),
      },
      'release started',
    );
  }
  if (change.type === 'attemptFailed') {
    log.warn(
      { release: release?.id, code: change.code, detail: change.detail, final: after.release === null },
      LOG.attemptFailed,
    );
  }
  if (change.type === 'cleanUpFailed')
    log.warn({ operation: change.kind, subject: change.subject, detail: change.detail }, 'clean-up failed');
  if (change.type === 'operationAbandoned')
    log.warn({ detail: change.detail }, 'stopped waiting for the operation');
  if (change.type === 'artifactIncomplete')
    log.info({ detail: change.detail }, 'artifact is not complete yet');
  if (change.type === 'stepReached')
    log.info({ release: release?.id, step: change.step + 1 }, LOG.stepReached);
  if (change.type === 'judged') {
    for (const { gate, step, verdict, reason } of change.verdicts)
      log.info({ release: release?.id, gate, step: step + 1, verdict, reason }, LOG.gateJudged);
  }
  if (change.type === 'rollbackStarted')
    log.warn({ release: release?.id, code: change.code, detail: change.detail }, LOG.rollbackStarted);
  if (change.type === 'boundaryPassed')
    log.info({ awake: change.isAwake, parked: after.parked !== undefined }, 'hours passed a boundary');
  if (change.type === 'requeued') log.info({ release: release?.id }, 'release requeued');
}
