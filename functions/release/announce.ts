/** Tells how a release has ended: one message on the events topic, one line in the log. */
import type { Hands } from './act.ts';
import type { Outcome } from './outcome.ts';

export async function announce(hands: Hands, outcome: Outcome): Promise<void> {
  const { config, service, world, held, log } = hands;
  // What has been told must not be undone by a crash.
  await held.flush();
  const { announced: _, ...told } = outcome;
  const message = {
    schema: 1,
    project: config.project,
    service: service.name,
    ...told,
    seconds: seconds(outcome),
  };
  await world.bus.publish('events', message, {
    service: service.name,
    result: outcome.result,
    release: outcome.release,
  });
  const fields = { ...told, seconds: seconds(outcome) };
  if (isBadNews(outcome)) log.error(fields, 'release ended');
  else log.info(fields, 'release ended');
  held.defer((ledger) => ({
    ...ledger,
    outcomes: ledger.outcomes.map((o) =>
      o.release === outcome.release && o.endedAt === outcome.endedAt ? { ...o, announced: true } : o,
    ),
  }));
}

/** What somebody should look at; what somebody has asked for is no news. */
function isBadNews({ result, cause }: Outcome): boolean {
  if (result === 'Live' || result === 'Superseded') return false;
  return cause?.code !== 'ABORTED' && cause?.code !== 'ROLLED_BACK';
}

function seconds(outcome: Outcome): number {
  return Math.round((outcome.endedAt - outcome.acceptedAt) / 100) / 10;
}
