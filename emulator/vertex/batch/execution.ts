/** The life of a job: queued, its container started, its rows answered, its end. */
import type { Clock } from '../../core/clock.ts';
import { ApiError, asApiError } from '../../core/errors.ts';
import { timestamp } from '../context.ts';
import type { Context } from '../context.ts';
import { ModelServer } from '../model-server.ts';
import type { ModelVersion } from '../model.ts';
import { probesOf } from '../probes.ts';
import { commandOf, environmentOf } from '../serving.ts';
import type { InputFile } from './files.ts';
import { batchesOf } from './input.ts';
import { logsUrl } from './job.ts';
import type { JobRecord, JobState } from './job.ts';
import { Output } from './output.ts';
import { runBatches } from './runner.ts';

/** A call that takes longer is answered 504. */
const postTimeoutMs = 600_000;
/** BatchPredictionJob.partial_failures never has more. */
const mostPartialFailures = 20;

export type Runnable = Pick<ModelVersion, 'uploaded' | 'artifactCopy'>;

/** Resolves when the job has ended, whatever becomes of it. */
export async function execute(
  record: JobRecord,
  runnable: Runnable,
  context: Context,
  random: () => number,
): Promise<void> {
  const { clock } = context;
  const { signal } = record.abort;
  try {
    const halfMs = (context.durations.batchStart * 1000) / 2;
    await pause(clock, halfMs, signal);
    enter(record, 'JOB_STATE_PENDING', clock);
    const files = findFiles(record, context);
    const server = startServer(record, runnable, context);
    record.server = server;
    await unlessAborted(Promise.all([server.ready, pause(clock, halfMs, signal)]), signal);
    record.startTime = timestamp(clock);
    enter(record, 'JOB_STATE_RUNNING', clock);
    await predict(record, { files, server, context, random });
    if (signal.aborted) throw cancelled();
    enter(record, endOf(record, context), clock);
  } catch (error) {
    record.error = asApiError(error);
    if (signal.aborted) record.counts.incomplete = -1;
    enter(record, signal.aborted ? 'JOB_STATE_CANCELLED' : 'JOB_STATE_FAILED', clock);
  } finally {
    record.endTime = timestamp(clock);
    const { server } = record;
    record.server = undefined;
    void server?.stop();
  }
}

function enter(record: JobRecord, state: JobState, clock: Clock): void {
  record.state = state;
  record.updateTime = timestamp(clock);
}

/** Throws NOT_FOUND for a bucket that is not there, and for URIs that stand for no object. */
function findFiles({ plan }: JobRecord, { files }: Context): InputFile[] {
  const found = new Map<string, InputFile>();
  for (const uri of plan.uris) {
    const matching = files.find(uri);
    if (matching.length === 0) throw new ApiError('NOT_FOUND', `No files match the input URI "${uri}".`);
    for (const file of matching) found.set(file.uri, file);
  }
  return [...found.values()];
}

function startServer(record: JobRecord, runnable: Runnable, context: Context): ModelServer {
  const { containerSpec } = runnable.uploaded;
  const [, projectNumber = ''] = record.name.split('/');
  const own = context.behaviour.batchEndpointId === 'own';
  const placement = {
    endpointId: own ? record.id : '',
    deployedModelId: own ? record.id : '',
    projectNumber,
    machineSpec: record.plan.machineSpec,
  };
  const env = environmentOf(placement, runnable, context.storageHost());
  return new ModelServer({
    clock: context.clock,
    runtime: context.runtime,
    container: {
      ...commandOf(containerSpec, env),
      env,
      log: context.logs.open(record.name, record.id),
    },
    probes: probesOf(containerSpec, env.AIP_HEALTH_ROUTE ?? '/'),
    predictRoute: env.AIP_PREDICT_ROUTE ?? '/',
    logsUrl: logsUrl(record),
    readyWithinMs: context.durations.deploymentTimeout * 1000,
    predictTimeoutMs: postTimeoutMs,
  });
}

async function predict(
  record: JobRecord,
  work: {
    readonly files: readonly InputFile[];
    readonly server: ModelServer;
    readonly context: Context;
    readonly random: () => number;
  },
): Promise<void> {
  const { plan, model, counts, abort } = record;
  const { files, server, context, random } = work;
  const { behaviour } = context;
  record.outputDirectory = `${plan.outputPrefix}/prediction-${model.displayName}-${record.createTime}`;
  const output = new Output({
    directory: record.outputDirectory,
    inputBytes: files.reduce((sum, { size }) => sum + size, 0),
    replicas: plan.replicas,
    random,
    format: plan.outputFormat,
    names: behaviour.batchFileNames,
    errorFiles: behaviour.batchErrorFiles,
    write: (uri, content) => context.files.write(uri, content),
  });
  const batches = batchesOf({
    files,
    format: plan.format,
    config: plan.config,
    keyForm: behaviour.batchKey,
    batchSize: plan.batchSize,
    unreadable: (uri, reason) => {
      if (record.partialFailures.length < mostPartialFailures)
        record.partialFailures.push({ code: 3, message: `${uri}: ${reason}` });
    },
  });
  await runBatches({
    clock: context.clock,
    behaviour: () => context.behaviour,
    batches,
    output,
    replicas: plan.replicas,
    parameters: behaviour.batchParameters === 'sent' ? plan.parameters : '',
    post: (body) => server.predict(body, 'application/json'),
    isCancelled: () => abort.signal.aborted,
    counts,
  });
}

/** The state that a job ends in. Throws what it fails with. */
function endOf({ counts, partialFailures }: JobRecord, { behaviour }: Context): JobState {
  const { successful, failed, incomplete, reason } = counts;
  if (failed + incomplete + partialFailures.length === 0) return 'JOB_STATE_SUCCEEDED';
  if (successful === 0) {
    const cause = reason === '' ? (partialFailures[0]?.message ?? 'unknown') : reason;
    throw new ApiError(
      'INVALID_ARGUMENT',
      `The batch prediction job failed for all instances. Cause: ${cause}`,
    );
  }
  return incomplete > 0 ? 'JOB_STATE_PARTIALLY_SUCCEEDED' : behaviour.batchSomeFailed;
}

function cancelled(): ApiError {
  return new ApiError('CANCELLED', 'The BatchPredictionJob was cancelled.');
}

/** Rejects with CANCELLED when the signal is aborted. */
async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  let stop = (): void => {};
  const passed = new Promise<void>((resolve) => {
    stop = clock.schedule(delayMs, resolve);
  });
  try {
    await unlessAborted(passed, signal);
  } finally {
    stop();
  }
}

async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) throw cancelled();
  let leave = (): void => {};
  const aborted = new Promise<never>((_, reject) => {
    const onAbort = (): void => reject(cancelled());
    signal.addEventListener('abort', onAbort, { once: true });
    leave = () => signal.removeEventListener('abort', onAbort);
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    leave();
  }
}
