/**
 * Does what was decided: one step of one batch, with its effect noted in the ledger. What may be repeated writes the same
 * bytes under the same name; what may not, the creation of a job, has its intent in the ledger first.
 */
import { objectOf } from '../../common/artifact/uri.ts';
import { LOG } from '../../common/log-messages.ts';
import { CallError, isUncertain } from '../errors.ts';
import type { ProblemCode } from '../problems.ts';
import { LABELS, modelName } from '../release/ids.ts';
import type { BatchJob, Buffers } from '../batch-world.ts';
import type { BatchContext } from './context.ts';
import type { Note, RunAction } from './decisions.ts';
import { count } from './deliver/count.ts';
import { merge } from './deliver/merge.ts';
import { mark } from './deliver/mark.ts';
import { publish } from './deliver/publish.ts';
import type { Run } from './ledger.ts';
import { noted, withRun } from './notes.ts';
import { placeOf, unique, workOf } from './places.ts';
import { ROW_FIELD } from './rows/number-rows.ts';
import { scan } from './scan.ts';
import { sizeOfBatches } from './batch-size.ts';

export async function act(context: BatchContext, action: RunAction): Promise<void> {
  const { run } = action;
  switch (action.do) {
    case 'copy':
      return copy(context, run);
    case 'scan':
      return inWorkspace(context, run, (buffers) => scan(context, run, action.live, buffers));
    case 'restage':
      return restage(context, run);
    case 'burn':
      return burn(context, run);
    case 'create':
      return create(context, run);
    case 'cancel':
      return cancel(context, run, action.job);
    case 'count':
      return inWorkspace(context, run, (buffers) => count(context, run, action.files, buffers));
    case 'merge':
      return inWorkspace(context, run, (buffers) => merge(context, run, buffers));
    case 'publish':
      return note(context, run, { note: 'published', as: await publish(context, run, action.files) });
    case 'mark':
      await mark(context, run, action.files);
      return note(context, run, { note: 'marked' });
    case 'tidy':
      await tidy(context, run);
      return note(context, run, { note: 'tidied' });
  }
}

/** Noted in memory: each step may be made twice, and what must not be is saved first (`create`). */
export function note({ held, world }: BatchContext, run: Run, change: Note): void {
  const now = world.clock.now();
  held.defer((ledger) => noted(ledger, run.id, change, now));
}

async function inWorkspace(
  context: BatchContext,
  run: Run,
  work: (buffers: Buffers) => Promise<readonly Note[]>,
): Promise<void> {
  for (const change of await context.ports.workspace.use(work)) note(context, run, change);
}

async function copy(context: BatchContext, run: Run): Promise<void> {
  const { batch, ports, held, world } = context;
  const { input } = run;
  const { bucket, name } = objectOf(input.uri);
  // What a schedule asks for is the object as it is now.
  const generation = input.generation ?? (await world.artifacts.head(bucket, name))?.generation;
  if (generation === undefined) return refuse(context, run, 'BATCH_INPUT_NOT_FOUND', input.uri);
  const { epoch } = held.ledger;
  const place = placeOf(workOf(batch, run), unique('input', epoch, world.random), input.format);
  const object = await ports.files.copy({ bucket, name, generation }, place);
  if (object === null) return refuse(context, run, 'BATCH_INPUT_GONE', `${input.uri}#${generation}`);
  note(context, run, { note: 'copied', object, generation });
  if (object.contentEncoding !== null) {
    const detail = `it is stored compressed, with Content-Encoding: ${object.contentEncoding}`;
    return refuse(context, run, 'BATCH_INPUT_INVALID', detail);
  }
  // The rows of a file that is answered as it is are staged by the copy itself.
  if (!batch.ordered) note(context, run, { note: 'staged', object });
}

function refuse(context: BatchContext, run: Run, code: ProblemCode, detail: string): void {
  note(context, run, { note: 'judged', result: 'Refused', code, detail });
}

/** A call that may have created a job may yet create it: what it is to read goes, and is read under another name. */
async function restage(context: BatchContext, run: Run): Promise<void> {
  const { batch, ports, held, world } = context;
  const { staged: before } = run;
  if (before === undefined) throw new Error('the rows were staged when they were read');
  const name = unique('input', held.ledger.epoch, world.random);
  const place = placeOf(workOf(batch, run), name, run.input.format);
  const object = await ports.files.copy(before, place);
  if (object === null) {
    const detail = `its copy gs://${before.bucket}/${before.name} was removed`;
    return note(context, run, { note: 'judged', result: 'Failed', code: 'BATCH_INPUT_GONE', detail });
  }
  note(context, run, { note: 'staged', object });
}

async function burn(context: BatchContext, run: Run): Promise<void> {
  const { ports, held } = context;
  const name = run.job?.input ?? '';
  // A batch has an input at any time: the other one is in the ledger first.
  await held.save((ledger) =>
    withRunChanged(ledger, run.id, (r) => ({ ...r, ...(r.job && { job: { ...r.job, isBurning: true } }) })),
  );
  await ports.files.remove({ bucket: run.staged?.bucket ?? '', name });
  note(context, run, { note: 'burnt' });
}

async function create(context: BatchContext, run: Run): Promise<void> {
  const { config, service, batch, ports, held, world, log } = context;
  const { release, staged, input } = run;
  if (release === undefined) throw new Error('the release that answers is chosen first');
  const now = world.clock.now();
  await held.save((ledger) =>
    withRunChanged(ledger, run.id, (r) => ({
      ...r,
      job: { intendedAt: now, doubtfulSince: now, input: staged?.name ?? '', name: null },
    })),
  );
  held.assertHeld();
  const keyField = batch.ordered && input.format !== 'bigquery' ? numberField(run, batch.key) : batch.key;
  try {
    const job = await ports.jobs.create({
      displayName: `slipway-${service.name}-${run.id}`,
      labels: new Map([
        ...config.labels,
        [LABELS.service, service.name],
        [LABELS.batch, run.id],
        [LABELS.release, release.id],
      ]),
      parent: service.parent,
      model: release.model ?? modelName(service),
      version: release.version,
      input: staged === undefined ? input.uri : `gs://${staged.bucket}/${staged.name}`,
      inputFormat: input.format,
      output: outputOf(context),
      outputFormat: batch.format,
      keyField,
      excludedFields: batch.ordered && input.format === 'jsonl' && batch.key !== null ? [batch.key] : [],
      machineType: batch.machineType,
      replicas: batch.replicas,
      accelerator: batch.accelerator,
      tpuTopology: batch.tpuTopology,
      serviceAccount: batch.serviceAccount,
      batchSize: sizeOfBatches(batch, run),
    });
    note(context, run, { note: 'found', job });
    log.info(
      { batch: run.id, job: job.name, release: release.id, version: release.version },
      LOG.batchStarted,
    );
  } catch (error) {
    // Refused for certain: nothing is in doubt.
    if (error instanceof CallError && !isUncertain(error.status))
      held.defer((ledger) => withRunChanged(ledger, run.id, withoutJob));
    throw error;
  }
}

function withRunChanged(
  ledger: Parameters<typeof withRun>[0],
  id: string,
  change: (run: Run) => Run,
): Parameters<typeof withRun>[0] {
  const run = ledger.runs.find((r) => r.id === id);
  return run === undefined ? ledger : withRun(ledger, change(run));
}

function withoutJob(run: Run): Run {
  const { job: _, ...rest } = run;
  return rest;
}

/** A CSV file whose rows have a key carries the number in it: Vertex AI takes one key. */
function numberField(run: Run, key: string | null): string {
  return run.input.format === 'csv' && key !== null ? key : ROW_FIELD;
}

function outputOf({ batch }: BatchContext): string {
  const { outputs } = batch;
  return typeof outputs === 'string' ? outputs : `gs://${outputs.bucket}/${outputs.prefix}`;
}

async function cancel(context: BatchContext, run: Run, job: BatchJob): Promise<void> {
  const { ports, held, world, log } = context;
  held.assertHeld();
  await ports.jobs.cancel(job.name);
  log.warn({ batch: run.id, job: job.name }, LOG.batchCancelled);
  const now = world.clock.now();
  held.defer((ledger) =>
    withRunChanged(ledger, run.id, (r) => ({
      ...r,
      ...(r.job && { job: { ...r.job, cancelledAt: now } }),
    })),
  );
}

/** Objects that are removed in one step. */
const REMOVED_AT_ONCE = 200;

/** Removes what lies in the folder of the batch. */
async function tidy({ batch, world, ports, held }: BatchContext, run: Run): Promise<void> {
  const { bucket, prefix } = workOf(batch, run);
  // What has ended is in the ledger before its copies go, unless results tell the same end again without them.
  if (run.end === undefined || batch.ordered) await held.flush();
  let removed = 0;
  for await (const page of world.artifacts.list(bucket, prefix, `${prefix}*`)) {
    for (const object of page) {
      await ports.files.remove(object);
      removed += 1;
      if (removed >= REMOVED_AT_ONCE) return;
    }
  }
}
