/**
 * One tick of the batches of a service: look, plan, act, save, until nothing is left to do but wait. A running job is
 * followed without the lease, by the tick that created it and by those of the sweeps, as long as their time lasts; its
 * looks fall on the times at which it may have ended.
 *
 * Acknowledge whatever happens to the job: the ledger has the batch, and a sweep goes on with it.
 */
import { LOG } from '../../common/log-messages.ts';
import type { Batch } from '../config/batch.ts';
import type { Config, Service } from '../config/config.ts';
import { CallError } from '../errors.ts';
import type { Log } from '../log.ts';
import { LeasedLedger, loadOf } from '../release/ledger/leased-ledger.ts';
import { backOff } from '../release/refusals/back-off.ts';
import { endByError, LEASE_MARGIN_MS, type TickEnd } from '../release/tick-end.ts';
import type { BatchWorld } from '../batch-world.ts';
import type { Instant } from '../world.ts';
import { runFor, withBatch } from './accept.ts';
import { act, note } from './act.ts';
import type { BatchContext } from './context.ts';
import type { Action, Seen } from './decisions.ts';
import { BATCHES, type BatchLedger } from './ledger.ts';
import { plan } from './plan.ts';
import { folderIn } from './places.ts';
import { announce, announceStale } from './publish.ts';
import { refused } from './refusals.ts';
import { lookAtReleases } from './releases-seen.ts';
import { parseBatchInput } from '../config/batch-input.ts';
import { LABELS } from '../release/ids.ts';

/** A tick that has nothing to do but wait for longer leaves the batch to the sweeps. */
const WAITED_MS_MAX = 120_000;
/** Of Cloud Scheduler (terraform/modules/slipway/scheduler.tf): looks that were due since the last one are made now. */
const SWEEP_MS = 900_000;
/** Announcements that fail are tried again by the next sweep. */
const UNSENT_MAX = 6;

export interface BatchTickOptions {
  readonly id: string;
  readonly log: Log;
  readonly isSweep: boolean;
}

export async function tickBatches(
  config: Config,
  service: Service,
  world: BatchWorld,
  options: BatchTickOptions,
): Promise<TickEnd> {
  const { batch } = service;
  if (batch === null) return { end: 'idle' };
  const ports = world.batch;
  const log = options.log.child({ service: service.name, tick: options.id });
  const now = world.clock.now();
  const until = now + config.tickBudgetMs;
  const leaseMs = config.tickBudgetMs + LEASE_MARGIN_MS;
  let end: 'untaken' | 'again' = 'untaken';
  try {
    let stored = (await loadOf(BATCHES, world, service.name)) ?? (await begun(world, service, options.id));
    let isFollowing = options.isSweep;
    // A job that was created since the last sweep is followed by the tick that did.
    let seen: Seen = { followedUntil: options.isSweep ? now - SWEEP_MS + config.tickBudgetMs : now };
    for (;;) {
      if (stored === null) return { end: 'idle' };
      const found = await atRest({ service, batch, world, until, isFollowing }, stored.ledger, seen);
      if (found === 'idle') return { end: 'idle' };
      const held = await LeasedLedger.takeOf(BATCHES, world, service.name, options.id, leaseMs, stored);
      if (held === null) return { end: 'idle' };
      if (held === 'busy') return { end: 'untaken', why: 'another tick is at work' };
      end = 'again';
      const worked = await work({ config, service, batch, world, ports, held, log, until }, found);
      if ('end' in worked) return worked;
      ({ stored } = held);
      ({ seen } = worked);
      isFollowing ||= worked.hasCreated;
    }
  } catch (error) {
    return endByError(error, end, log);
  }
}

/** A service with a schedule has a ledger before anything has landed. */
async function begun(world: BatchWorld, service: Service, writer: string) {
  if (service.batch?.schedule === null || service.batch === null) return null;
  const text = BATCHES.format({
    ...BATCHES.empty(service.name, world.clock.now()),
    writeId: `${writer}.begun`,
  });
  await world.ledgers.write(BATCHES.nameOf(service.name), text, '0').catch((error: unknown) => {
    if (!(error instanceof CallError)) throw error;
  });
  return loadOf(BATCHES, world, service.name);
}

interface Resting {
  readonly service: Service;
  readonly batch: Batch;
  readonly world: BatchWorld;
  readonly until: Instant;
  /** Whether this tick waits for running jobs. */
  readonly isFollowing: boolean;
}

/** `idle`: nothing can be done now, found out without taking the lease. Else what has been seen on the way. */
async function atRest(
  { service, batch, world, until, isFollowing }: Resting,
  ledger: BatchLedger,
  before: Seen,
): Promise<Seen | 'idle'> {
  let seen = before;
  for (;;) {
    const now = world.clock.now();
    const action = plan(batch, ledger, seen, now);
    if (action.do === 'stop') return 'idle';
    if (action.do === 'wait' && action.isForJob === true) {
      if (!isFollowing || now + action.ms >= until) return 'idle';
      await world.clock.sleep(action.ms);
      seen = afterWait(seen, now);
      continue;
    }
    if (action.do === 'wait') return action.ms > WAITED_MS_MAX ? 'idle' : seen;
    if (action.do !== 'look') return seen;
    // A look that fails is made again, and counted, by a holder.
    try {
      seen = { ...seen, ...(await look(world, service, ledger, action, seen)) };
    } catch (error) {
      if (error instanceof CallError) return seen;
      throw error;
    }
  }
}

/** All else that was seen is too old. `followedUntil`: when the wait began, if it was for a job. */
function afterWait({ followedUntil, isCompared, releases }: Seen, began: Instant | undefined): Seen {
  const until = began ?? followedUntil;
  const isDone = isCompared === true || releases !== undefined;
  return { ...(until !== undefined && { followedUntil: until }), ...(isDone && { isCompared: true }) };
}

/** `seen`: nothing is left to do but to follow jobs, and the lease is released. */
type Worked = TickEnd | { readonly seen: Seen; readonly hasCreated: boolean };

async function work(context: BatchContext, found: Seen): Promise<Worked> {
  const { batch, service, world, held, until } = context;
  let seen = found;
  let hasCreated = false;
  let unsent = 0;
  for (;;) {
    const now = world.clock.now();
    if (now >= until) return handOver(context);
    const action = plan(batch, held.ledger, seen, now);
    if (action.do === 'wait' && action.isForJob === true)
      return (await rest(context)) ?? { seen, hasCreated };
    if (
      action.do === 'stop' ||
      (action.do === 'wait' && (action.ms > WAITED_MS_MAX || now + action.ms >= until))
    )
      return (await rest(context)) ?? { end: 'idle' };
    if (action.do === 'wait') {
      await held.flushIfDue();
      await world.clock.sleep(action.ms);
      seen = afterWait(seen, undefined);
      continue;
    }
    try {
      if (action.do === 'look')
        seen = { ...seen, ...(await look(world, service, held.ledger, action, seen)) };
      else seen = await carryOut(context, action, seen);
      hasCreated ||= action.do === 'create';
      unsent = 0;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      seen = afterWait(seen, undefined);
      if ('run' in action) {
        const { random } = world;
        held.defer((ledger) => refused(ledger, action, error, world.clock.now(), random));
        continue;
      }
      unsent += 1;
      if (unsent >= UNSENT_MAX) return (await rest(context)) ?? { end: 'idle' };
      const patience = error.retryAfterMs ?? backOff(unsent, 2_000, 32_000, world.random);
      await world.clock.sleep(Math.min(patience, Math.max(0, until - world.clock.now())));
    }
  }
}

/** Returns what still stands of what was seen. */
async function carryOut(
  context: BatchContext,
  action: Exclude<Action, { do: 'look' | 'wait' | 'stop' }>,
  seen: Seen,
): Promise<Seen> {
  switch (action.do) {
    case 'announce':
      await announce(context, action.outcomes);
      return seen;
    case 'announceStale':
      await announceStale(context, action.outcomes);
      return seen;
    case 'schedule':
      scheduled(context, action.at);
      return seen;
    case 'note':
      note(context, action.run, action.change);
      return seen;
    case 'create':
    case 'restage':
    case 'burn':
    case 'cancel':
      await act(context, action);
      return withoutJobs(seen);
    default:
      await act(context, action);
      return seen;
  }
}

function withoutJobs({ jobs: _jobs, jobsAsOf: _asOf, ...rest }: Seen): Seen {
  return rest;
}

function scheduled({ batch, service, held, log }: BatchContext, at: Instant): void {
  const { schedule } = batch;
  const input = schedule === null ? null : parseBatchInput(schedule.input);
  if (input === null || typeof input === 'string') return;
  const id = new Date(at).toISOString();
  const run = runFor(service.name, input, null, { by: 'schedule', id, at });
  log.info({ batch: run.id, input: input.uri, scheduled: id }, LOG.batchAccepted);
  held.defer((ledger) => ({ ...withBatch(ledger, run), scheduledAt: at }));
}

async function look(
  world: BatchWorld,
  service: Service,
  ledger: BatchLedger,
  action: Extract<Action, { do: 'look' }>,
  seen: Seen,
): Promise<Seen> {
  if (action.at === 'releases') return { releases: await lookAtReleases(world, service) };
  const { run } = action;
  if (action.at === 'jobs') {
    const began = world.clock.now();
    const jobs = await world.batch.jobs.list(service.parent, LABELS.batch, run.id);
    return { jobs: new Map([...(seen.jobs ?? []), [run.id, jobs]]), jobsAsOf: seen.jobsAsOf ?? began };
  }
  const { bucket, prefix } = folderIn(ledger.runs.find(({ id }) => id === run.id)?.end?.output ?? '');
  const files = [];
  for await (const page of world.artifacts.list(bucket, prefix, `${prefix}*`)) files.push(...page);
  return { files: new Map([...(seen.files ?? []), [run.id, files]]) };
}

/** Nothing is left to do but wait. A tick is published if something came in at the last moment; else null. */
async function rest(context: BatchContext): Promise<TickEnd | null> {
  const { batch, held, world } = context;
  await held.release();
  const { runs } = held.ledger;
  const isFresh = runs.some(
    (run) => run.copy === undefined && run.release === undefined && run.verdict === undefined,
  );
  const action = isFresh ? plan(batch, held.ledger, {}, world.clock.now()) : null;
  const isDue = action !== null && action.do !== 'stop' && action.do !== 'wait' && action.do !== 'look';
  return isDue ? publishNext(context) : null;
}

async function handOver(context: BatchContext): Promise<TickEnd> {
  await context.held.release();
  return publishNext(context);
}

async function publishNext({ service, world, log }: BatchContext): Promise<TickEnd> {
  await world.bus.publish('ticks', { service: service.name, batch: true }, { service: service.name });
  log.info('tick continued');
  return { end: 'continued' };
}
