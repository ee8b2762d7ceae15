/** Batch prediction through Google's own Node client, over both of its transports, with a real process as container. */
import { readdirSync, readFileSync } from 'node:fs';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { rowErrorOf } from '../../common/batch/rows.ts';
import type { Emulator } from '../../emulator/server.ts';
import { connect, disconnect, modelOf, parent, startWorld } from './vertex-world.ts';
import type { Clients, Transport } from './vertex-world.ts';

const transports: Transport[] = ['grpc', 'rest'];

describe.each(transports)('JobService over %s', (transport) => {
  let emulator: Emulator;
  let clients: Clients;
  let model = '';

  beforeAll(async () => {
    emulator = await startWorld();
    for (const bucket of ['artifacts', 'inputs', 'results']) emulator.store.createBucket(bucket);
    emulator.store.putObject('artifacts', 'm/1/model.onnx', Buffer.from('weights'));
    const lines = Array.from({ length: 150 }, (_, id) => `{"id":${id},"x":[1,2]}\n`);
    emulator.store.putObject('inputs', 'day/1.jsonl', Buffer.from(lines.join('')));
    clients = connect(emulator, transport);
    const [operation] = await clients.models.uploadModel({
      parent,
      modelId: 'churn',
      model: modelOf('churn', { ANSWER: 'yes' }),
    });
    await operation.promise();
    model = `${parent}/models/churn@1`;
  });

  afterAll(async () => {
    await disconnect(clients);
    await emulator.close();
  });

  function jobOf(labels: Record<string, string>) {
    return {
      displayName: 'nightly',
      model,
      labels,
      inputConfig: { instancesFormat: 'jsonl', gcsSource: { uris: ['gs://inputs/day/*.jsonl'] } },
      instanceConfig: { keyField: 'id' },
      outputConfig: {
        predictionsFormat: 'jsonl',
        gcsDestination: { outputUriPrefix: 'gs://results/churn' },
      },
      dedicatedResources: { machineSpec: { machineType: 'n1-standard-2' }, startingReplicaCount: 2 },
      manualBatchTuningParameters: { batchSize: 16 },
    };
  }

  async function ended(name: string) {
    const get = async () => (await clients.jobs.getBatchPredictionJob({ name }))[0];
    await expect.poll(async () => (await get()).endTime, { timeout: 20_000 }).toBeTruthy();
    return get();
  }

  test('a job runs the container of the model and writes its results', async () => {
    const [created] = await clients.jobs.createBatchPredictionJob({
      parent,
      batchPredictionJob: jobOf({ 'slipway-batch': 'b-1' }),
    });
    expect(created.name).toMatch(/\/batchPredictionJobs\/\d+$/);
    const job = await ended(created.name ?? '');
    expect(job).toMatchObject({ state: 'JOB_STATE_SUCCEEDED', modelVersionId: '1' });
    expect(Number(job.completionStats?.successfulCount)).toBe(150);
    expect(job.resourcesConsumed?.replicaHours).toBeGreaterThan(0);
    const directory = job.outputInfo?.gcsOutputDirectory ?? '';
    expect(directory).toMatch(/^gs:\/\/results\/churn\/prediction-churn-2\d{3}-/);
    const { objects } = emulator.store.listObjects('results');
    const rows = objects.flatMap((object) => String(emulator.store.contentOf(object)).split('\n'));
    const answers = rows.filter((row) => row !== '').map((row) => JSON.parse(row));
    expect(answers.map(({ key }) => key).toSorted((a, b) => a - b)).toEqual([...Array(150).keys()]);
    expect(answers[0].prediction).toEqual({ answer: 'yes', instance: { x: [1, 2] }, parameters: null });

    const [found] = await clients.jobs.listBatchPredictionJobs({
      parent,
      filter: 'labels.slipway-batch=b-1',
    });
    expect(found.map(({ name }) => name)).toEqual([created.name]);
    const [none] = await clients.jobs.listBatchPredictionJobs({ parent, filter: 'labels.slipway-batch=b-2' });
    expect(none).toEqual([]);
    const [operation] = await clients.jobs.deleteBatchPredictionJob({ name: created.name ?? '' });
    await operation.promise();
    await expect(clients.jobs.getBatchPredictionJob({ name: created.name ?? '' })).rejects.toMatchObject({
      code: 5,
    });
  });

  test('a job is cancelled, and what Vertex AI refuses is refused', async () => {
    const [{ name }] = await clients.jobs.createBatchPredictionJob({ parent, batchPredictionJob: jobOf({}) });
    await clients.jobs.cancelBatchPredictionJob({ name: name ?? '' });
    expect(await ended(name ?? '')).toMatchObject({ state: 'JOB_STATE_CANCELLED', error: { code: 1 } });
    const batchPredictionJob = { ...jobOf({}), dedicatedResources: { startingReplicaCount: 1 } };
    await expect(clients.jobs.createBatchPredictionJob({ parent, batchPredictionJob })).rejects.toMatchObject(
      {
        code: 3,
        message: expect.stringContaining('machine_type'),
      },
    );
  });
});

test('the predictor knows a batch: a row that does not fit costs that row alone', async () => {
  const predictor = 'us-central1-docker.pkg.dev/p1/models/predictor';
  const emulator = await startWorld({
    images: new Map([[predictor, { command: ['node', 'predictor/main.ts'] }]]),
    behaviour: { batchEndpointId: 'own' },
  });
  const clients = connect(emulator, 'grpc');
  try {
    for (const bucket of ['artifacts', 'inputs', 'results']) emulator.store.createBucket(bucket);
    const folder = 'examples/breast-cancer/artifacts/v2';
    for (const name of readdirSync(folder))
      emulator.store.putObject('artifacts', `m/1/${name}`, readFileSync(`${folder}/${name}`));
    const golden = readFileSync(`${folder}/golden.jsonl`, 'utf8').trim().split('\n');
    const features = golden.map((line) => JSON.parse(line).instance);
    const rows = features.map((values, id) => ({ features: id === 3 ? values.slice(1) : values, key: id }));
    emulator.store.putObject(
      'inputs',
      'a.jsonl',
      Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n')),
    );
    const model = modelOf('bc', { SLIPWAY_ENDPOINT_ID: '717406799', SLIPWAY_LOG_LEVEL: 'error' });
    const containerSpec = { ...model.containerSpec, imageUri: predictor };
    const [operation] = await clients.models.uploadModel({
      parent,
      modelId: 'bc',
      model: { ...model, containerSpec },
    });
    await operation.promise();
    const batchPredictionJob = {
      displayName: 'nightly',
      model: `${parent}/models/bc@1`,
      inputConfig: { instancesFormat: 'jsonl', gcsSource: { uris: ['gs://inputs/a.jsonl'] } },
      outputConfig: { predictionsFormat: 'jsonl', gcsDestination: { outputUriPrefix: 'gs://results/bc' } },
      dedicatedResources: { machineSpec: { machineType: 'n1-standard-2' }, startingReplicaCount: 1 },
    };
    const [{ name }] = await clients.jobs.createBatchPredictionJob({ parent, batchPredictionJob });
    const get = async () => (await clients.jobs.getBatchPredictionJob({ name: name ?? '' }))[0];
    await expect.poll(async () => (await get()).endTime, { timeout: 20_000 }).toBeTruthy();
    expect(await get()).toMatchObject({ state: 'JOB_STATE_SUCCEEDED' });
    const { objects } = emulator.store.listObjects('results', { matchGlob: '**/prediction.results-*' });
    const results = objects.flatMap((object) => String(emulator.store.contentOf(object)).trim().split('\n'));
    const predictions = results.map((row) => JSON.parse(row).prediction);
    expect(predictions.map(({ key }) => key)).toEqual([...rows.keys()]);
    expect(
      predictions.flatMap((prediction) => (rowErrorOf(prediction) === undefined ? [] : [prediction.key])),
    ).toEqual([3]);
  } finally {
    await disconnect(clients);
    await emulator.close();
  }
});
