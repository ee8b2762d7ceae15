/**
 * Publishes how releases have ended, oldest first: one message on the events topic and one line in the log for each.
 * A model that is left deployed, a park and a wake are told likewise, with `notice` in the place of `result`.
 */
import { LOG } from '../../../common/log-messages.ts';
import type { TickContext } from '../context.ts';
import type { Action } from '../decisions.ts';
import type { NoticeMessage, OutcomeMessage, ParkingMessage } from './event-message.ts';
import type { Ledger, Leftover, ParkingNotice } from '../ledger/ledger.ts';
import { leftDeployedOf, withAnnounced } from '../steps/leftovers.ts';
import { withNoticeTold } from '../steps/parking-notices.ts';
import { causeOf, type Outcome } from './outcome.ts';

export async function publishOutcome(
  context: TickContext,
  { outcomes, leftovers, notices }: Extract<Action, { do: 'announce' }>,
): Promise<void> {
  // What has been told must not be undone by a crash.
  await context.held.flush();
  for (const outcome of outcomes) await announceOutcome(context, outcome);
  for (const leftover of leftovers) await announceLeftover(context, leftover);
  for (const notice of notices) await announceParking(context, notice);
}

async function announceOutcome(
  { config, service, world, held, log }: TickContext,
  outcome: Outcome,
): Promise<void> {
  const { announced: _, evidence: _evidence, reached: _reached, ...told } = outcome;
  const fields = { ...told, seconds: seconds(outcome) };
  // Inputs that wait for a live model are answered now; results of one that was rolled back are stale.
  if (service.batch !== null && outcome.result === 'Live')
    await world.bus.publish('ticks', { service: service.name, batch: true }, { service: service.name });
  const message: OutcomeMessage = { schema: 1, project: config.project, service: service.name, ...fields };
  const attributes = { service: service.name, result: outcome.result, release: outcome.release };
  await world.bus.publish('events', message, attributes);
  if (isBadNews(outcome)) log.error(fields, LOG.releaseEnded);
  else log.info(fields, LOG.releaseEnded);
  held.defer((ledger) => withTold(ledger, outcome));
}

function withTold(ledger: Ledger, { release, endedAt }: Outcome): Ledger {
  const mark = (o: Outcome): Outcome =>
    o.release === release && o.endedAt === endedAt ? { ...o, announced: true } : o;
  return { ...ledger, outcomes: ledger.outcomes.map(mark) };
}

async function announceLeftover(
  { config, service, world, held, log }: TickContext,
  leftover: Leftover,
): Promise<void> {
  const { subject, since, detail } = leftover;
  const notice = {
    notice: 'LeftDeployed',
    deployedModel: subject,
    cause: causeOf('UNDEPLOY_FAILED', detail),
    since,
    ...leftDeployedOf(held.ledger, service.serving.minReplicas),
  } as const;
  const message: NoticeMessage = { schema: 1, project: config.project, service: service.name, ...notice };
  await world.bus.publish('events', message, { service: service.name, notice: notice.notice });
  log.error(notice, LOG.leftDeployed);
  held.defer((ledger) => withAnnounced(ledger, leftover));
}

async function announceParking(
  { config, service, world, held, log }: TickContext,
  notice: ParkingNotice,
): Promise<void> {
  const message: ParkingMessage = { schema: 1, project: config.project, service: service.name, ...notice };
  await world.bus.publish('events', message, { service: service.name, notice: notice.notice });
  log.info(notice, notice.notice === 'Parked' ? LOG.serviceParked : LOG.serviceWoken);
  held.defer((ledger) => withNoticeTold(ledger, notice));
}

/** What somebody should look at; what somebody has asked for is no news. */
function isBadNews({ result, cause }: Outcome): boolean {
  if (result === 'Live' || result === 'Superseded') return false;
  return cause?.code !== 'ABORTED' && cause?.code !== 'ROLLED_BACK';
}

function seconds(outcome: Outcome): number {
  return Math.round((outcome.endedAt - outcome.acceptedAt) / 100) / 10;
}
