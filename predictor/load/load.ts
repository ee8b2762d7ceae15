/**
 * From AIP_STORAGE_URI to what may serve. The model is checked in a process of its own first, so
 * that a file which kills the runtime, or stalls it, ends the deployment with a reason; what is learnt there
 * decides in which thread it runs here.
 */
import { removeTemporaryFiles } from '../artifact/temporary.ts';
import type { Preload, PreparedModel } from './preload.ts';
import {
  checkGolden,
  checkModel,
  predictorFor,
  type Candidate,
  type CheckOptions,
  type Findings,
} from '../check/check-model.ts';
import { answerLimit, answersBatch, bodyLimit, isMapped, runLimit, type Config } from '../config.ts';
import { withParameters } from '../features/interface-parameters.ts';
import { withFeatures } from '../features/mapped.ts';
import { openMapping } from '../features/open-mapping.ts';
import { withReport } from '../features/report.ts';
import { lastLine, type Logger } from '../log.ts';
import type { Metrics } from '../metrics.ts';
import { threadChannel } from '../model/channels.ts';
import { ModelError } from '../model/model-error.ts';
import { placementOf, RUN_MS, type Placement } from '../model/placement.ts';
import { openRemoteModel, type RemoteRuntime } from '../model/remote.ts';
import { openModel, type ModelSource, type Runtime } from '../model/runtime.ts';
import { watched } from '../model/watchdog.ts';
import type { OnRun } from '../serve/batcher.ts';
import { layoutOf } from '../serve/layout.ts';
import { Predictor } from '../serve/predictor.ts';
import { createService, type Service } from '../service.ts';
import { openStored } from '../stored/open-stored.ts';

export interface LoadContext {
  readonly config: Config;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** The scripts of the model's own thread, and of the one that watches over this one. */
  readonly workerScript: URL;
  readonly watchdogScript: URL;
  /** Told when the model's thread is gone: nothing can be served any more. */
  readonly onLost: (cause: Error) => void;
  /** The process whose end is this one's end too, if there is one. */
  readonly parent?: number;
}

/** A model that has been looked through and, unless that is off, tried. */
export interface Tried {
  readonly model: PreparedModel;
  /** Null: it was not tried. */
  readonly findings: Findings | null;
}

interface Placed {
  readonly runtime: Runtime;
  readonly findings: Findings;
  readonly placement: Placement;
}

/** Has the model looked through and tried elsewhere. Rejects with a ModelError if it cannot be served. */
export async function tryOut({ model, trial }: Preload, config: Config): Promise<Tried> {
  const prepared = await model;
  const { source, candidate } = prepared;
  const options = checkOptions(config);
  return {
    model: prepared,
    findings: trial === null ? null : await tryModel(trial, { source, candidate, options }),
  };
}

/** Loads, checks and warms the model. Rejects with a ModelError if the artifact cannot be served. */
export async function loadService(tried: Tried, surroundings: LoadContext): Promise<Service> {
  const { config, log, metrics } = surroundings;
  const { source, candidate, store, verified, features, requests } = tried.model;
  const model = { source, candidate, options: checkOptions(config) };
  const { runtime, findings, placement } = await place(model, tried.findings, surroundings);
  removeTemporaryFiles();
  for (const remark of findings.remarks) log.warn({ remark }, 'model check');
  const layout = layoutOf(runtime.signature, findings.reading);
  const { golden, outputs, isNamed = false } = candidate;
  const limited = { ...config, nullIsNaN: nullIsNaN(config), maxBatchRows: placement.maxBatchRows };
  if (golden !== null) {
    await checkGolden(predictorFor(runtime, candidate, layout, limited), golden, config.goldenTolerance);
  }
  // Not the surroundings: whatever they hold would stay for as long as there are runs.
  const onRun: OnRun = (run) => metrics.onRun(run);
  const predictor = new Predictor({
    ...limited,
    runtime,
    layout,
    outputs,
    isNamed,
    maxReplyBytes: answerLimit(config),
    errors: answersBatch(config) ? 'row' : 'request',
    targetRunMs: RUN_MS[placement.thread],
    onMainThread: placement.thread === 'main',
    known: findings.known,
    onRun,
    onBroken: surroundings.onLost,
  });
  const goldenRows = golden?.length ?? 0;
  log.info({ ...placement, batched: layout.batched, goldenRows, verified }, 'model loaded');
  if (!isMapped(config)) return createService(predictor, config.handler, store);
  const mapping = await openMapping({
    features,
    requests,
    signature: runtime.signature,
    config,
    log,
    metrics,
  });
  const service = await createService(predictor, config.handler, store, withFeatures(predictor, mapping));
  // Without a handler nobody takes them.
  const parameters = config.handler === '' ? {} : (config.face?.parameters ?? {});
  const computed = withParameters(service.predict, parameters);
  const predict = await openStored(computed, config, { log, metrics });
  if (config.reportKey === '') return { predictor, predict };
  return { predictor, predict: withReport(predict, mapping, config.reportKey) };
}

interface Model {
  readonly source: ModelSource;
  readonly candidate: Candidate;
  readonly options: Omit<CheckOptions, 'optimized'>;
}

/** Checks the model in the other process, and ends that: its memory is wanted for the model that serves. */
async function tryModel(trial: Promise<RemoteRuntime>, model: Model): Promise<Findings> {
  try {
    const runtime = await trial;
    const findings = await checkRemote(runtime, model);
    await runtime.close();
    return findings;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    // What the runtime itself refuses has been dealt with there: it is gone, or it takes too long.
    throw new ModelError('the model did not survive its trial', { cause: error });
  }
}

async function checkRemote(runtime: RemoteRuntime, { source, candidate, options }: Model): Promise<Findings> {
  const findings = await runtime.check(candidate, { ...options, optimized: true });
  if (findings.steady) return findings;
  await runtime.reload({ ...source, optimized: false });
  return runtime.check(candidate, { ...options, optimized: false });
}

/** Loads the model where its runs hold up nothing. */
async function place(model: Model, tried: Findings | null, surroundings: LoadContext): Promise<Placed> {
  const { config } = surroundings;
  const placementFor = (findings: Findings): Placement =>
    placementOf(findings, config.modelThread, config.maxBatchRows);

  const wanted = tried === null ? config.modelThread : placementFor(tried).thread;
  if (wanted !== 'worker') {
    const { runtime, findings } = tried === null ? await openHere(model) : await openTried(model, tried);
    const placement = placementFor(findings);
    if (placement.thread === 'main') {
      return { runtime: watchedHere(surroundings)(runtime), findings, placement };
    }
    await runtime.close();
  }
  const channel = threadChannel(surroundings.workerScript);
  channel.onLost(surroundings.onLost);
  const optimized = tried?.optimized ?? true;
  const remote = await openRemoteModel(channel, { ...model.source, optimized });
  const findings = tried ?? (await checkRemote(remote, model));
  const runtime = watchedThere(remote, runLimit(config), surroundings.onLost);
  return { runtime, findings, placement: placementFor(findings) };
}

async function openTried(
  { source }: Model,
  tried: Findings,
): Promise<{ runtime: Runtime; findings: Findings }> {
  return { runtime: await openModel({ ...source, optimized: tried.optimized }), findings: tried };
}

/** Without a trial, the model is checked here. */
async function openHere({
  source,
  candidate,
  options,
}: Model): Promise<{ runtime: Runtime; findings: Findings }> {
  const runtime = await openModel(source);
  const findings = await checkModel(runtime, candidate, { ...options, optimized: true });
  if (findings.steady) return { runtime, findings };
  await runtime.close();
  const other = await openModel({ ...source, optimized: false });
  return { runtime: other, findings: await checkModel(other, candidate, { ...options, optimized: false }) };
}

/** A run on this thread that never ends leaves nobody here to say so. */
function watchedHere({ config, watchdogScript, parent }: LoadContext): (runtime: Runtime) => Runtime {
  const limitMs = runLimit(config);
  const text = lastLine('model lost', endless(limitMs));
  return watched({ script: watchdogScript, limitMs, parent: parent ?? null, lastWords: { fd: 1, text } });
}

/** A run in another thread that never ends would otherwise be noticed by nobody but the callers. */
function watchedThere(runtime: Runtime, limitMs: number, onLost: (cause: Error) => void): Runtime {
  return {
    ...runtime,
    async run(feeds) {
      const timer = setTimeout(() => onLost(endless(limitMs)), limitMs);
      try {
        return await runtime.run(feeds);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function endless(limitMs: number): Error {
  return new Error(`a run took longer than ${limitMs} ms (SLIPWAY_RUN_TIMEOUT_MS)`);
}

/** A mapping says itself where the model takes a missing number, which is NaN. */
function nullIsNaN(config: Config): boolean {
  return config.nullIsNaN || isMapped(config);
}

function checkOptions(config: Config): Omit<CheckOptions, 'optimized'> {
  const { batching, goldenTolerance, maxBatchRows, maxBatchBytes, batchWaitMs } = config;
  const maxBody = config.handler === '' && !isMapped(config) ? bodyLimit(config) : null;
  return {
    batching,
    goldenTolerance,
    maxBatchRows,
    maxBatchBytes,
    batchWaitMs,
    nullIsNaN: nullIsNaN(config),
    maxBody,
  };
}
