/** The life of the process, from listening to draining. */
import type { FastifyInstance } from 'fastify';
import { buildApp } from './app.ts';
import { readArtifact } from './artifact/artifact.ts';
import { openStore } from './artifact/store.ts';
import type { Config } from './config.ts';
import { Health } from './health.ts';
import { createLogger, type Logger } from './log.ts';
import { loadedModel, prepareModel, type LoadedModel } from './model/loaded-model.ts';
import { openModel } from './model/runtime.ts';
import { madeUpFeeds, timeRuns } from './model/warm-up.ts';
import { Predictor } from './serve/predictor.ts';

/** Starts the server; resolves when it is ready, or has been told to stop before it was. */
export async function startServer(config: Config): Promise<void> {
  const log = createLogger(config.logLevel);
  const health = new Health();
  let predictor: Predictor | null = null;
  const app = buildApp({ config, health, log, predictor: () => predictor });
  await app.listen({ host: '0.0.0.0', port: config.port });

  process.once('SIGTERM', () => {
    void drain(app, health, config, log);
  });

  health.enter('loading');
  const model = await load(config);
  if (isDraining(health)) return;
  health.enter('checking');
  await timeRuns(model.runtime, [1, 8], (rows) => madeUpFeeds(model.layout, rows), 1000);
  if (isDraining(health)) return;
  predictor = createPredictor(config, model);
  health.enter('ready');
  log.info({ port: config.port, startMs: Math.round(performance.now()) }, 'ready');
}

async function load(config: Config): Promise<LoadedModel> {
  const artifact = await readArtifact(await openStore(config.storageUri));
  const { model, outputs } = prepareModel(artifact.model);
  return loadedModel(await openModel(model, config.intraOpThreads), outputs);
}

function createPredictor(config: Config, { runtime, layout, outputs }: LoadedModel): Predictor {
  return new Predictor({ ...config, runtime, layout, outputs, onRun: () => {} });
}

async function drain(app: FastifyInstance, health: Health, config: Config, log: Logger): Promise<void> {
  health.enter('draining');
  log.info('draining');
  setTimeout(() => process.exit(1), config.drainTimeoutMs).unref();
  await app.close();
  process.exit(0);
}

function isDraining(health: Health): boolean {
  return health.state === 'draining';
}
