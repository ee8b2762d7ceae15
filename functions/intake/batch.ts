/**
 * What both intake functions do with a batch that is asked for: write it into its ledger, publish a tick, and only then
 * acknowledge. A batch that is known already gets its tick all the same: the first one may have been lost.
 */
import { LOG } from '../../common/log-messages.ts';
import type { App } from '../app.ts';
import { isBatchInput, parseBatchInput, type BatchInput } from '../config/batch-input.ts';
import type { Batch } from '../config/batch.ts';
import type { Service } from '../config/config.ts';
import { Problem } from '../errors.ts';
import { changeLedgerOf } from '../release/ledger/leased-ledger.ts';
import type { Instant, IntakeWorld } from '../world.ts';
import { runFor, withBatch, withCancel } from '../batch/accept.ts';
import { BATCHES, type BatchLedger, type Run } from '../batch/ledger.ts';

/** How long a published tick is counted on, in ms. */
const TICK_COUNTED_ON = 600_000;

/** An object that has landed and matches `batch.inputs`. */
export async function takeLanded(
  app: App<IntakeWorld>,
  service: Service,
  name: string,
  delivery: string,
): Promise<void> {
  const { inputs } = batchOf(service);
  const uri = `gs://${inputs?.bucket ?? ''}/${name}`;
  const input = parseBatchInput(uri);
  if (typeof input === 'string') throw new Problem('BATCH_INPUT_ELSEWHERE', input);
  await take(app, service, input, { by: 'object', id: '', at: app.world.clock.now() }, delivery);
}

export async function takeAsked(
  app: App<IntakeWorld>,
  service: Service,
  asked: { readonly input: string; readonly id: string; readonly at: Instant },
  delivery: string,
): Promise<void> {
  const batch = batchOf(service);
  const input = parseBatchInput(asked.input);
  if (typeof input === 'string') throw new Problem('BATCH_INPUT_ELSEWHERE', input);
  const refusal = unfit(batch, input);
  if (refusal !== null) throw new Problem('BATCH_INPUT_ELSEWHERE', refusal);
  await take(app, service, input, { by: 'request', id: asked.id, at: app.world.clock.now() }, delivery);
}

export async function cancelAsked(
  app: App<IntakeWorld>,
  service: Service,
  asked: { readonly batch: string | null; readonly at: Instant; readonly reason: string },
  delivery: string,
): Promise<void> {
  batchOf(service);
  const { world } = app;
  const ledger = await changeLedgerOf(BATCHES, world, service.name, delivery, (before) =>
    withCancel(before, asked, world.clock.now()),
  );
  if (ledger.runs.length > 0) await publishTick(app, service);
}

function batchOf({ batch, name }: Service): Batch {
  if (batch === null) throw new Problem('BATCH_OFF', `service ${name}`);
  return batch;
}

/** Nothing that a message names is read unless the configuration has it. */
function unfit(batch: Batch, input: BatchInput): string | null {
  if (input.uri === batch.schedule?.input) return null;
  if (input.format === 'bigquery')
    return batch.ordered ? 'a table has no order, and batch.ordered is true' : null;
  const { inputs } = batch;
  if (inputs !== null && isBatchInput(inputs, input.bucket, input.name)) return null;
  return inputs === null ? 'the service has no batch.inputs' : `expected ${inputs.text}`;
}

async function take(
  app: App<IntakeWorld>,
  service: Service,
  input: BatchInput,
  asked: { readonly by: Run['askedBy']; readonly id: string; readonly at: Instant },
  delivery: string,
): Promise<void> {
  const { world, log } = app;
  let generation: string | null = null;
  if (input.format !== 'bigquery') {
    // The message is a hint: what counts is the object as it is now, whose generation may be newer.
    const object = await world.artifacts.head(input.bucket, input.name);
    if (object === null) {
      await publishTick(app, service);
      throw new Problem('BATCH_INPUT_NOT_FOUND', input.uri);
    }
    ({ generation } = object);
  }
  const run = runFor(service.name, input, generation, asked);
  const taken = { isKnown: false, isCalled: false };
  const ledger = await changeLedgerOf(BATCHES, world, service.name, delivery, (before) => {
    const after = withBatch(before, run);
    const now = world.clock.now();
    taken.isKnown = after === before;
    taken.isCalled = isCalled(before, now);
    return taken.isKnown || taken.isCalled ? after : { ...after, waking: now };
  });
  // One tick serves all that came in before it began.
  const isWaiting = ledger.runs.some(({ id }) => id === run.id);
  if (isWaiting && (taken.isKnown || !taken.isCalled)) await publishTick(app, service);
  log.info(
    {
      service: service.name,
      batch: run.id,
      input: `${input.uri}#${generation ?? ''}`,
      isKnown: taken.isKnown,
    },
    LOG.batchAccepted,
  );
}

/** Whether a tick that was published has not begun yet: what came in for it is untouched. */
function isCalled({ waking, runs }: BatchLedger, now: Instant): boolean {
  if (waking === undefined || Math.abs(now - waking) >= TICK_COUNTED_ON) return false;
  return runs.some(({ copy, release, verdict }) => !copy && !release && !verdict);
}

async function publishTick({ world }: App<IntakeWorld>, service: Service): Promise<void> {
  await world.bus.publish('ticks', { service: service.name, batch: true }, { service: service.name });
}
