/**
 * One tick: look – plan – act – save on one service, until nothing is left to do or the time is up. A function
 * never waits to the end of an operation: it hands over to the next tick, which is published before this one is
 * acknowledged.
 *
 * Acknowledge only if nothing is left to do or a successor was accepted. That somebody else holds the ledger is no
 * reason to acknowledge: they may themselves be working on a message that was acknowledged long ago.
 */
import { LOG } from '../../common/log-messages.ts';
import type { Config, Service } from '../config/config.ts';
import { CallError } from '../errors.ts';
import type { Log } from '../log.ts';
import type { World } from '../world.ts';
import { act } from './act.ts';
import type { TickContext } from './context.ts';
import { backOff } from './refusals/back-off.ts';
import { countRefusal, succeeded } from './refusals/count-refusals.ts';
import type { Action, Observed } from './decisions.ts';
import { askedBy } from './refusals/asked-by.ts';
import type { Doorbell } from './requests/doorbell.ts';
import { LeasedLedger, load } from './ledger/leased-ledger.ts';
import { checkRegion } from './ledger/region.ts';
import { isLeftToSweeps, refusalOf } from './refusals/lasting.ts';
import { listen } from './requests/listen.ts';
import type { Ledger } from './ledger/ledger.ts';
import { hasWork, isDown } from './ledger/queries.ts';
import { plan } from './plan.ts';
import { checkFence, observe, stillValid } from './observe.ts';
import { endByError, LEASE_MARGIN_MS, type TickEnd } from './tick-end.ts';

/** A wait that is worth writing for what would be lost by it, in ms. */
const WORTH_A_WRITE_MS = 2_000;

export async function tick(
  config: Config,
  service: Service,
  world: World,
  options: { readonly id: string; readonly log: Log; readonly doorbell?: Doorbell },
): Promise<TickEnd> {
  const log = options.log.child({ service: service.name, tick: options.id });
  let end: 'untaken' | 'again' = 'untaken';
  try {
    const stored = await load(world, service.name);
    if (stored === null) return { end: 'idle' };
    const { ledger } = stored;
    checkRegion(service, ledger);
    if (!hasWork(ledger) && (await isAtRest(service, ledger, world, log))) return { end: 'idle' };
    const isHeld = ledger.lease !== null && ledger.lease.until > world.clock.now();
    const isHeard = isHeld && options.doorbell?.ring(service.name) === true;
    if (isHeard) return { end: 'untaken', why: 'another tick is at work' };
    const leaseMs = config.tickBudgetMs + LEASE_MARGIN_MS;
    const held = await LeasedLedger.take(world, service.name, options.id, leaseMs, stored);
    if (held === null) return { end: 'idle' };
    if (held === 'busy') return { end: 'untaken', why: 'another tick is at work' };
    end = 'again';
    const { doorbell } = options;
    const until = world.clock.now() + config.tickBudgetMs;
    return await work({ config, service, world, held, log, until, ...(doorbell && { doorbell }) });
  } catch (error) {
    return endByError(error, end, log);
  }
}

/**
 * Whether there is nothing to do, found out without taking the lease: most sweeps end here, also those for which Google
 * goes on refusing to tell. What it had refused and tells again is taken note of by a holder of the ledger.
 */
async function isAtRest(service: Service, ledger: Ledger, world: World, log: Log): Promise<boolean> {
  let seen: Observed = {};
  for (;;) {
    const action = plan(service, ledger, seen, world.clock.now());
    if (action.do === 'stop') tellDrift(action, log);
    if (action.do !== 'look') return action.do === 'stop';
    const asked = askedBy(action);
    try {
      seen = { ...seen, ...(await observe(service, ledger, world, action)) };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      return asked !== null && isLeftToSweeps(ledger, asked);
    }
    if (asked !== null && refusalOf(ledger, asked) !== null) return false;
  }
}

async function work(context: TickContext): Promise<TickEnd> {
  const { config, service, world, held, log, until } = context;
  let seen: Observed = {};
  let unsent = 0;
  let stage: string | null = null;

  for (;;) {
    const now = world.clock.now();
    if (now >= until) return handOver(context);
    const action = plan(service, held.ledger, seen, now);
    if (action.do === 'stop') {
      tellDrift(action, log);
      return rest(context);
    }
    if (action.do === 'wait') {
      if (seen.operation && seen.operation.stage !== stage) {
        ({ stage } = seen.operation);
        log.info(
          { operation: held.ledger.pending?.kind, stage, release: held.ledger.release?.request.id },
          LOG.currentOperation,
        );
      }
      // Nothing may be lost by waiting: what was only deferred is written before a pause that is worth it.
      if (action.ms >= WORTH_A_WRITE_MS) await held.flushIfDue();
      await listen(context, Math.min(action.ms, until - now), action.why);
      unsent = 0;
      seen = {};
      continue;
    }
    // An examination that the end of the tick cuts short would be taken for one of a file that is too large.
    if (action.do === 'verify' && until - now < config.tickBudgetMs / 2) return handOver(context);
    try {
      // A release that was aborted meanwhile must not get traffic, nor cost the live model its place.
      const isGrave = action.do === 'shift' || (action.do === 'undeploy' && isDown(held.ledger));
      if (isGrave && isSteered(held.ledger) && (await held.refresh())) continue;
      if (action.do === 'look') {
        seen = { at: now, ...seen, ...(await observe(service, held.ledger, world, action)) };
        await checkFence(context, seen.endpoints?.[0]);
      } else {
        await act(context, action);
        seen = stillValid(seen, action);
      }
      // What fails may be what follows from the look, each time, or the write of what was deferred.
      if (action.do !== 'look' && !held.hasUnwritten) unsent = 0;
      succeeded(context, action);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      seen = {};
      const isCounted = await countRefusal(context, action, error);
      if (isCounted) continue;
      unsent += 1;
      const patience = error.retryAfterMs ?? backOff(unsent, 2_000, 32_000, world.random);
      await world.clock.sleep(Math.min(patience, Math.max(0, until - world.clock.now())));
    }
  }
}

/** Whether what people ask meanwhile may forbid a change of the traffic. */
function isSteered({ release, parked }: Ledger): boolean {
  return release !== null || parked !== undefined;
}

function tellDrift({ drift }: Extract<Action, { do: 'stop' }>, log: Log): void {
  if (drift !== undefined) log.warn({ drift }, 'drift not repaired: the service is on hold');
}

/** Nothing is left to do, unless a request came in at the last moment. */
async function rest(context: TickContext): Promise<TickEnd> {
  await context.held.release();
  if (hasWork(context.held.ledger)) return publishNext(context);
  return { end: 'idle' };
}

async function handOver(context: TickContext): Promise<TickEnd> {
  await context.held.release();
  return publishNext(context);
}

async function publishNext({ service, world, log }: TickContext): Promise<TickEnd> {
  await world.bus.publish('ticks', { service: service.name }, { service: service.name });
  log.info('tick continued');
  return { end: 'continued' };
}
