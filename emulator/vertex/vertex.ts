/** Vertex AI: the registry of models, the endpoints, what serves behind them, pipeline and batch prediction jobs. */
import type { Clock } from '../core/clock.ts';
import { LogBook } from '../logging/log-book.ts';
import { Traffic } from '../monitoring/traffic.ts';
import type { Operations } from '../core/operations.ts';
import { seededRandom } from '../core/random.ts';
import { defaultBehaviour } from './behaviour.ts';
import type { BatchFiles } from './batch/files.ts';
import { BatchJobs } from './batch/jobs.ts';
import type { Behaviour } from './behaviour.ts';
import type { ContainerRuntime, LogLine } from './container.ts';
import type { ArtifactStore, Context } from './context.ts';
import { Deployments } from './deployments.ts';
import { defaultDurations } from './durations.ts';
import type { Durations } from './durations.ts';
import { Endpoints } from './endpoints.ts';
import { FeatureStores } from './features/feature-stores.ts';
import { Models } from './models.ts';
import { Pipelines } from './pipelines.ts';
import { Predictions } from './predictions.ts';
import { Serving } from './serving.ts';
import { Copies } from './copy.ts';
import { Uploads } from './upload.ts';

export interface VertexOptions {
  readonly clock: Clock;
  readonly operations: Operations;
  readonly artifacts: ArtifactStore;
  /** What batch jobs read and write. */
  readonly files: BatchFiles;
  readonly runtime: ContainerRuntime;
  /** What a deployed model finds in STORAGE_EMULATOR_HOST. */
  readonly storageHost: () => string;
  /** Decides ids and etags, by a stream of its own which deployed model answers a prediction, and the order of results. */
  readonly seed?: number;
  readonly durations?: Partial<Durations>;
  readonly behaviour?: Partial<Behaviour>;
}

export class Vertex {
  readonly models: Models;
  readonly uploads: Uploads;
  readonly copies: Copies;
  readonly endpoints: Endpoints;
  readonly deployments: Deployments;
  readonly predictions: Predictions;
  readonly pipelines: Pipelines;
  readonly batchJobs: BatchJobs;
  readonly featureStores = new FeatureStores();
  readonly operations: Operations;
  /** What Cloud Logging and Cloud Monitoring show. */
  readonly logs = new LogBook();
  readonly traffic: Traffic;
  readonly #context: Context;

  constructor(options: VertexOptions) {
    const seed = options.seed ?? 1;
    this.traffic = new Traffic(options.clock);
    const context: Context = {
      clock: options.clock,
      random: seededRandom(seed),
      operations: options.operations,
      artifacts: options.artifacts,
      files: options.files,
      runtime: options.runtime,
      logs: this.logs,
      traffic: this.traffic,
      durations: { ...defaultDurations, ...options.durations },
      behaviour: { ...defaultBehaviour, ...options.behaviour },
      storageHost: options.storageHost,
    };
    this.#context = context;
    this.operations = options.operations;
    this.endpoints = new Endpoints(context);
    this.models = new Models(context, {
      usesOf: (model, version) => this.endpoints.usesOf(model, version),
      jobOf: (model, version) => this.batchJobs.userOf(model, version),
    });
    this.uploads = new Uploads(context, this.models);
    this.copies = new Copies(context, this.models);
    this.deployments = new Deployments(context, {
      models: this.models,
      endpoints: this.endpoints,
      serving: new Serving(context),
    });
    this.predictions = new Predictions(context, this.endpoints, seededRandom(seed + 1));
    this.pipelines = new Pipelines(context);
    this.batchJobs = new BatchJobs(context, this.models, seed + 2);
  }

  get behaviour(): Behaviour {
    return this.#context.behaviour;
  }

  /** Takes effect at once, for whatever happens from now on. */
  set behaviour(behaviour: Partial<Behaviour>) {
    this.#context.behaviour = { ...this.#context.behaviour, ...behaviour };
  }

  /** The last lines that the container of a deployed model wrote, also after it has gone; newest deployment of that id. */
  logsOf(deployedModelId: string): readonly LogLine[] {
    return this.logs.linesOf(deployedModelId);
  }

  /** Ends every container and every operation. */
  async close(): Promise<void> {
    this.operations.close();
    await this.batchJobs.close();
    await Promise.all(this.endpoints.deployments().map(({ server }) => server.kill()));
    await this.#context.runtime.close();
  }
}
