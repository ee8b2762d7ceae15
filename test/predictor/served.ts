/** Serves a model inside the test: by a Predictor alone, or by the whole application without a port. */
import type { FastifyInstance } from 'fastify';
import { buildApp } from '../../predictor/app.ts';
import { answerLimit, readConfig, type Config } from '../../predictor/config.ts';
import { Health, type State } from '../../predictor/health.ts';
import { createLogger } from '../../predictor/log.ts';
import { Metrics } from '../../predictor/metrics.ts';
import { readHeader } from '../../predictor/model/onnx-header.ts';
import { withTensorOutputs, type OutputSpec } from '../../predictor/model/onnx-outputs.ts';
import { openModel, type Runtime } from '../../predictor/model/runtime.ts';
import type { Predict } from '../../predictor/serve/handled.ts';
import { layoutOf } from '../../predictor/serve/layout.ts';
import type { OnRun } from '../../predictor/serve/batcher.ts';
import { Predictor, type PredictorOptions } from '../../predictor/serve/predictor.ts';
import type { Errors } from '../../predictor/serve/row-errors.ts';
import type { Service } from '../../predictor/service.ts';

export type Settings = Partial<Config>;

export function testConfig(settings: Settings = {}): Config {
  return { ...readConfig({ AIP_STORAGE_URI: 'file:///artifact' }), ...settings };
}

/** A model as it is opened from the bytes of a file, and how its outputs are put together. */
export async function openBytes(
  bytes: Uint8Array,
  optimized = true,
): Promise<{ runtime: Runtime; outputs: readonly OutputSpec[] }> {
  const { changed, outputs } = withTensorOutputs(bytes);
  const model = changed === null ? bytes : Buffer.concat(changed);
  const { anyRank } = readHeader(bytes);
  return { runtime: await openModel({ model, intraOpThreads: 1, optimized, anyRank }), outputs };
}

export interface Served {
  readonly predictor: Predictor;
  /** Rows of each run, in order. */
  readonly runs: number[];
  readonly metrics: Metrics;
}

/** A predictor of the model. `wrap` may stand between it and the runtime. */
export async function servePredictor(
  bytes: Uint8Array,
  settings: Settings & Pick<Partial<PredictorOptions>, 'targetRunMs' | 'onBroken' | 'known' | 'errors'> = {},
  wrap: (runtime: Runtime) => Runtime = (runtime) => runtime,
): Promise<Served> {
  const { runtime: opened, outputs } = await openBytes(bytes);
  const runtime = wrap(opened);
  const runs: number[] = [];
  const metrics = new Metrics();
  const layout = layoutOf(runtime.signature);
  const onRun: OnRun = (run) => {
    runs.push(run.rows);
    metrics.onRun(run);
  };
  const config = testConfig(settings);
  return {
    predictor: new Predictor({
      ...config,
      errors: settings.errors ?? 'request',
      runtime,
      layout,
      outputs,
      maxReplyBytes: answerLimit(config),
      onRun,
    }),
    runs,
    metrics,
  };
}

/** The text of the answer. Rejects as the request was refused. */
export function ask(predictor: Predictor, body: unknown, isDisconnected?: () => boolean): Promise<string> {
  return new Promise((resolve, reject) => {
    predictor.predict(
      body,
      (outcome) => (outcome.ok ? resolve(outcome.text) : reject(outcome.error)),
      isDisconnected,
    );
  });
}

/** The predictions for the instances. */
export async function predictions(
  predictor: Predictor,
  instances: readonly unknown[],
  parameters?: unknown,
): Promise<unknown[]> {
  const body = parameters === undefined ? { instances } : { instances, parameters };
  return JSON.parse(await ask(predictor, body)).predictions;
}

export interface ServedApp {
  readonly app: FastifyInstance;
  /** The lines of the log, as JSON. */
  readonly lines: string[];
  readonly predictor: Predictor;
}

/** The application with the model ready, or, without one, in the given state. */
export async function serveApp(
  bytes: Uint8Array,
  settings: Settings & { state?: State; errors?: Errors; around?: (predictor: Predictor) => Predict } = {},
  wrap?: (runtime: Runtime) => Runtime,
): Promise<ServedApp> {
  const config = testConfig(settings);
  const { predictor, metrics } = await servePredictor(bytes, settings, wrap);
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => lines.push(line) });
  const health = new Health();
  for (const state of ['loading', 'checking', 'ready', 'draining'] as const) {
    if (health.state === (settings.state ?? 'ready')) break;
    health.enter(state);
  }
  const predict =
    settings.around === undefined ? predictor.predict.bind(predictor) : settings.around(predictor);
  const service: Service | null =
    health.state === 'ready' || health.state === 'draining' ? { predictor, predict } : null;
  const app = buildApp({ config, health, log, metrics, service: () => service });
  return { app, lines, predictor };
}
