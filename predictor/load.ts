/**
 * From AIP_STORAGE_URI to what may serve. The model is checked in a process of its own first, so
 * that a file which kills the runtime, or stalls it, ends the deployment with a reason; what is learnt there
 * decides in which thread it runs here.
 */
import type { Beginning, PreparedModel } from './begin.ts';
import { checkGolden, checkModel, type Findings } from './check-model.ts';
import { answerLimit, type Config } from './config.ts';
import type { Health } from './health.ts';
import type { Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { threadChannel } from './model/channels.ts';
import { ModelError } from './model/model-error.ts';
import type { OutputSpec } from './model/onnx-outputs.ts';
import { placementOf, RUN_MS, type Placement } from './model/placement.ts';
import { openRemoteModel } from './model/remote.ts';
import { openModel, type Runtime } from './model/runtime.ts';
import type { OnRun } from './serve/batcher.ts';
import type { Layout } from './serve/layout.ts';
import { Predictor } from './serve/predictor.ts';
import { createService, type Service } from './service.ts';

export interface Surroundings {
  readonly config: Config;
  readonly health: Health;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly beginning: Beginning;
  /** The script of the model's own thread. */
  readonly workerScript: URL;
  /** Told when the model's thread is gone: nothing can be served any more. */
  readonly onLost: (cause: Error) => void;
}

/** Loads, checks and warms the model. Rejects with a ModelError if the artifact cannot be served. */
export async function loadService(surroundings: Surroundings): Promise<Service> {
  const { config, health, log, beginning } = surroundings;
  const model = await beginning.model;
  const tried = beginning.trial === null ? null : await tryModel(beginning.trial, model, config, log);
  if (health.state === 'loading') health.enter('checking');

  const { runtime, findings, placement } = await place(model, tried, surroundings);
  for (const remark of findings.remarks) log.warn({ remark }, 'model check');
  const { layout } = findings;
  const limited = { ...config, maxBatchRows: placement.maxBatchRows };
  if (model.golden !== null) {
    const checked = checkPredictor(limited, runtime, layout, model.outputs);
    await checkGolden(checked, model.golden, config.goldenTolerance);
  }
  const onRun: OnRun = (run) => surroundings.metrics.onRun(run);
  const predictor = new Predictor({
    ...limited,
    runtime,
    layout,
    outputs: model.outputs,
    maxReplyBytes: answerLimit(config),
    targetRunMs: RUN_MS[placement.thread],
    onMainThread: placement.thread === 'main',
    onRun,
    onBroken: surroundings.onLost,
  });
  const goldenRows = model.golden?.length ?? 0;
  log.info({ ...placement, batched: layout.batched, goldenRows, verified: model.verified }, 'model loaded');
  return createService(predictor, config.handler, model.store);
}

/** Checks the model in the other process, which ends with it. */
async function tryModel(
  trial: Promise<Runtime>,
  model: PreparedModel,
  config: Config,
  log: Logger,
): Promise<Findings> {
  try {
    const runtime = await trial;
    const findings = await check(runtime, model, config);
    // Its end is not worth waiting for.
    runtime.close().catch((error: unknown) => log.warn({ err: error }, 'trial did not end well'));
    return findings;
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError('the model did not survive its trial', { cause: error });
  }
}

/** Loads the model where its runs hold up nothing. */
async function place(
  model: PreparedModel,
  tried: Findings | null,
  surroundings: Surroundings,
): Promise<{ runtime: Runtime; findings: Findings; placement: Placement }> {
  const { config } = surroundings;
  const placementFor = (findings: Findings): Placement =>
    placementOf(findings.timings, config.modelThread, config.maxBatchRows);

  let findings = tried;
  if (findings === null && config.modelThread !== 'worker') {
    const runtime = await openModel(model.bytes, config.intraOpThreads);
    findings = await check(runtime, model, config);
    const placement = placementFor(findings);
    if (placement.thread === 'main') return { runtime, findings, placement };
    await runtime.close();
  }
  if (findings !== null && placementFor(findings).thread === 'main') {
    const runtime = await openModel(model.bytes, config.intraOpThreads);
    return { runtime, findings, placement: placementFor(findings) };
  }
  const channel = threadChannel(surroundings.workerScript);
  channel.onLost(surroundings.onLost);
  const remote = await openRemoteModel(channel, model.bytes, config.intraOpThreads);
  const runtime = watched(remote, config.timeoutMs, surroundings.onLost);
  findings ??= await check(runtime, model, config);
  return { runtime, findings, placement: placementFor(findings) };
}

/** A run in another thread that never ends would otherwise be noticed by nobody but the callers. */
function watched(runtime: Runtime, timeoutMs: number, onLost: (cause: Error) => void): Runtime {
  return {
    ...runtime,
    async run(feeds) {
      const timer = setTimeout(() => onLost(new Error(`a run took longer than ${timeoutMs} ms`)), timeoutMs);
      try {
        return await runtime.run(feeds);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

function check(runtime: Runtime, { outputs, golden }: PreparedModel, config: Config): Promise<Findings> {
  const createPredictor = (layout: Layout): Predictor => checkPredictor(config, runtime, layout, outputs);
  return checkModel({ runtime, golden }, { ...config, createPredictor });
}

/** A predictor for questions of our own: nobody counts them, and they may take their time. */
function checkPredictor(
  config: Config,
  runtime: Runtime,
  layout: Layout,
  outputs: readonly OutputSpec[],
): Predictor {
  const timeoutMs = Number.POSITIVE_INFINITY;
  return new Predictor({ ...config, runtime, layout, outputs, timeoutMs, runsAgain: false, onRun: () => {} });
}
