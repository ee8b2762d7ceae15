/** Batch prediction jobs on the emulator's runner, with a model's server as container. */
import { readdirSync, readFileSync } from 'node:fs';
import { startEmulator, type Emulator } from '../../emulator/server.ts';
import { artifactUri, type Version } from '../predictor/subjects.ts';
import type { Subject } from '../predictor/subject.ts';
import { subjectsRuntime } from './subjects-runtime.ts';

export const PARENT = 'projects/bench/locations/us-central1';
/** How often the end of a job is looked for; its times are its own. */
const LOOK_MS = 20;
const MS_MAX = 300_000;

export interface Ran {
  /** From the first row to the last result. */
  readonly ms: number;
  /** The JSON of each row's prediction by that of the row. */
  readonly predictions: ReadonlyMap<string, string>;
}

export interface Bench {
  readonly emulator: Emulator;
  /** Runs a job with the model of this name over `gs://inputs/NAME`. Rejects if a row fails. */
  run(model: string, input: string, replicas: number): Promise<Ran>;
  /** Asks an endpoint with the model, some rows at a time, and returns the JSON of each row's prediction. */
  ask(model: string, rows: readonly number[][]): Promise<string[]>;
  close(): Promise<void>;
}

/** `servers`: the server of each model by its name, all with the same artifact. */
export async function openBench(version: Version, servers: ReadonlyMap<string, Subject>): Promise<Bench> {
  const emulator = await startEmulator({
    runtime: subjectsRuntime(servers),
    operations: { batchStart: 0, upload: 0, deploy: 0, createEndpoint: 0 },
  });
  const { store, vertex } = emulator;
  for (const bucket of ['models', 'inputs', 'results']) store.createBucket(bucket);
  const folder = artifactUri(version);
  for (const file of readdirSync(folder))
    store.putObject('models', `m/${file}`, readFileSync(`${folder.pathname}/${file}`));
  for (const name of servers.keys()) {
    const containerSpec = { imageUri: name, predictRoute: '/predict', healthRoute: '/health' };
    const model = { displayName: name, artifactUri: 'gs://models/m', containerSpec };
    const operation = vertex.uploads.upload(PARENT, { modelId: name, model });
    await vertex.operations.wait(operation.name, MS_MAX);
  }
  return {
    emulator,
    run: (model, input, replicas) => runJob(emulator, model, input, replicas),
    ask: (model, rows) => askOnline(emulator, model, rows),
    close: () => emulator.close(),
  };
}

async function runJob(
  { vertex, store }: Emulator,
  model: string,
  input: string,
  replicas: number,
): Promise<Ran> {
  const { name } = vertex.batchJobs.create(PARENT, {
    displayName: model,
    model: `${PARENT}/models/${model}`,
    inputConfig: { instancesFormat: 'jsonl', gcsSource: { uris: [`gs://inputs/${input}`] } },
    outputConfig: { predictionsFormat: 'jsonl', gcsDestination: { outputUriPrefix: 'gs://results' } },
    dedicatedResources: { machineSpec: { machineType: 'n1-standard-2' }, startingReplicaCount: replicas },
  });
  const until = Date.now() + MS_MAX;
  let job = vertex.batchJobs.get(name);
  while (job.endTime === undefined && Date.now() < until) {
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_MS);
    });
    job = vertex.batchJobs.get(name);
  }
  if (job.state !== 'JOB_STATE_SUCCEEDED') throw new Error(`expected success, got ${JSON.stringify(job)}`);
  const { objects } = store.listObjects('results', { matchGlob: '**/prediction.results-*' });
  const lines = objects.flatMap((object) => String(store.contentOf(object)).trim().split('\n'));
  for (const { name: object } of store.listObjects('results').objects) store.deleteObject('results', object);
  const rows: { instance: unknown; prediction: unknown }[] = lines.map((line) => JSON.parse(line));
  return {
    ms: timeOf(job.endTime) - timeOf(job.startTime),
    predictions: new Map(
      rows.map(({ instance, prediction }) => [JSON.stringify(instance), JSON.stringify(prediction)]),
    ),
  };
}

/** Rows of one request online. */
const AT_A_TIME = 50;

async function askOnline({ vertex }: Emulator, model: string, rows: readonly number[][]): Promise<string[]> {
  const endpoint = `${PARENT}/endpoints/1`;
  const created = vertex.endpoints.create(PARENT, '1', { displayName: model });
  await vertex.operations.wait(created.name, MS_MAX);
  const dedicatedResources = { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 };
  const deployed = vertex.deployments.deploy(endpoint, {
    deployedModel: { id: '1', model: `${PARENT}/models/${model}`, dedicatedResources },
    trafficSplit: { 0: 100 },
  });
  await vertex.operations.wait(deployed.name, MS_MAX);
  const answers: string[] = [];
  for (let from = 0; from < rows.length; from += AT_A_TIME) {
    const instances = rows.slice(from, from + AT_A_TIME);
    const { predictions } = await vertex.predictions.predict(endpoint, { instances });
    if (!Array.isArray(predictions)) throw new Error('expected predictions');
    answers.push(...predictions.map((prediction) => JSON.stringify(prediction)));
  }
  return answers;
}

function timeOf(value: unknown): number {
  return typeof value === 'string' ? Date.parse(value) : Number.NaN;
}
