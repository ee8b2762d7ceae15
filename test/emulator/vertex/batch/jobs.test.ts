import { describe, expect, test } from 'vitest';

import { modelName, parent } from '../world.ts';
import { createLab, defaultJob, lines } from './lab.ts';

const all = { 'a.jsonl': lines(200) };

describe('a job', () => {
  test('goes through its states and tells what it did', async () => {
    const lab = await createLab(all);
    const { batchJobs } = lab.vertex;
    const created = lab.create({ labels: { 'slipway-batch': 'b-1' } });
    const name = created.name;
    expect(created).toMatchObject({
      state: 'JOB_STATE_QUEUED',
      modelVersionId: '1',
      model: expect.stringMatching(/models\/churn$/),
    });
    expect(created).not.toHaveProperty('startTime');
    await lab.clock.advance(300);
    expect(batchJobs.get(name)).toMatchObject({ state: 'JOB_STATE_PENDING' });
    await lab.clock.advance(10_000);
    const job = batchJobs.get(name);
    expect(job).toMatchObject({
      state: 'JOB_STATE_SUCCEEDED',
      labels: { 'slipway-batch': 'b-1' },
      completionStats: { successfulCount: '200', failedCount: '0', incompleteCount: '0' },
      resourcesConsumed: { replicaHours: expect.any(Number) },
      createTime: created.createTime,
    });
    expect(job).not.toHaveProperty('error');
    expect(job.outputInfo).toEqual({
      gcsOutputDirectory: `gs://results/churn/prediction-churn-${job.createTime}`,
    });
    expect(lab.posts.map((instances) => instances.length)).toEqual([64, 64, 64, 8]);
    expect(await lab.runtime.started[0]?.exited).toBe('stopped');
  });

  test('answers every row once, in an order of its own that follows from the seed', async () => {
    const change = {
      manualBatchTuningParameters: { batchSize: 10 },
      dedicatedResources: { machineSpec: { machineType: 'n1-standard-4' }, startingReplicaCount: 3 },
    };
    const lab = await createLab({
      'a.jsonl': lines(100),
      'b.jsonl': '{"id":100,"x":1}\r\n\n{"id":101,"x":2}',
    });
    const { results, names } = lab.rows(await lab.run(change));
    expect(names).toEqual([
      ...[0, 1, 2].map((n) => `prediction.errors_stats-0000${n}-of-00003`),
      ...[0, 1, 2].map((n) => `prediction.results-0000${n}-of-00003`),
    ]);
    const ids = results.map((row) => Object(row).instance.id);
    expect(ids).not.toEqual(ids.toSorted((a, b) => a - b));
    expect(ids.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 102 }, (_, id) => id));
    expect(results[0]).toEqual({ instance: expect.anything(), prediction: Object(results[0]).instance });

    const again = await createLab({
      'a.jsonl': lines(100),
      'b.jsonl': '{"id":100,"x":1}\n{"id":101,"x":2}\n',
    });
    expect(again.rows(await again.run(change)).results).toEqual(results);
  });

  test('has the names of the proto and no empty file where a switch says so', async () => {
    const behaviour = { batchFileNames: 'predictions', batchErrorFiles: 'when-rows-fail' } as const;
    const lab = await createLab(all, { behaviour });
    const { names, results } = lab.rows(await lab.run());
    expect(names).toEqual(['predictions_0001.jsonl']);
    expect(results).toHaveLength(200);
  });

  test('writes CSV where a switch says so', async () => {
    const behaviour = { batchFileNames: 'predictions', batchCsvOutput: 'written' } as const;
    const lab = await createLab(
      { 'a.jsonl': '{"id":"a","x":0.5}\n{"id":"b","x":1}\n{"x":2}\n' },
      { behaviour },
    );
    const gcsDestination = { outputUriPrefix: 'gs://results/csv' };
    const outputConfig = { predictionsFormat: 'csv', gcsDestination };
    const { outputInfo } = await lab.run({ outputConfig, instanceConfig: { keyField: 'id' } });
    const folder = String(Object(outputInfo).gcsOutputDirectory).replace('gs://results/', '');
    const read = (name: string) => String(lab.store.readObject('results', `${folder}/${name}`).content);
    expect(read('predictions_0001.csv')).toBe('"key","prediction"\n"a","{""x"":0.5}"\n"b","{""x"":1}"\n');
    expect(read('errors_0001.csv')).toMatch(/^"instance","error"\n"\{""x"":2\}",".*key field/);
  });

  test('is cancelled in the middle, and what is written stays', async () => {
    const lab = await createLab(all, {
      answer: (instances) => {
        lab.vertex.batchJobs.cancel(name);
        return { status: 200, body: { predictions: instances } };
      },
    });
    const name = lab.create().name;
    await lab.clock.advance(10_000);
    const job = lab.vertex.batchJobs.get(name);
    expect(job).toMatchObject({
      state: 'JOB_STATE_CANCELLED',
      error: { code: 1 },
      completionStats: { successfulCount: '64', failedCount: '0', incompleteCount: '-1' },
    });
    expect(lab.rows(job).results).toHaveLength(64);
    lab.vertex.batchJobs.cancel(name);
  });

  test('that waits for its machines ends at once when it is cancelled', async () => {
    const lab = await createLab(all);
    const name = lab.create().name;
    lab.vertex.batchJobs.cancel(name);
    expect(lab.vertex.batchJobs.get(name)).toMatchObject({ state: 'JOB_STATE_CANCELLING' });
    await expect.poll(() => lab.vertex.batchJobs.get(name).state).toBe('JOB_STATE_CANCELLED');
    expect(lab.posts).toEqual([]);
  });

  test('is deleted only when it has finished', async () => {
    const lab = await createLab(all);
    const { batchJobs } = lab.vertex;
    const name = lab.create().name;
    expect(() => batchJobs.delete(name)).toThrow(expect.objectContaining({ status: 'FAILED_PRECONDITION' }));
    await lab.clock.advance(10_000);
    await lab.succeed(batchJobs.delete(name));
    expect(() => batchJobs.get(name)).toThrow(expect.objectContaining({ status: 'NOT_FOUND' }));
  });

  test('fails in the words of Vertex AI when its container ends, and when nothing is there to read', async () => {
    const lab = await createLab(all);
    lab.runtime.next = 'ends';
    expect(await lab.run()).toMatchObject({
      state: 'JOB_STATE_FAILED',
      error: { code: 9, message: expect.stringContaining('Model server exited unexpectedly.') },
    });
    const inputConfig = { instancesFormat: 'jsonl', gcsSource: { uris: ['gs://inputs/none-*.jsonl'] } };
    expect(await lab.run({ inputConfig })).toMatchObject({
      state: 'JOB_STATE_FAILED',
      error: { code: 5, message: 'No files match the input URI "gs://inputs/none-*.jsonl".' },
    });
  });

  test('runs a container that is no model, with the environment of its own', async () => {
    const lab = await createLab(all);
    const containerSpec = { imageUri: 'other', predictRoute: '/p', env: [{ name: 'MODE', value: 'batch' }] };
    const unmanagedContainerModel = { artifactUri: 'gs://models/raw', containerSpec };
    const job = await lab.run({ model: '', unmanagedContainerModel });
    expect(job).toMatchObject({ state: 'JOB_STATE_SUCCEEDED', unmanagedContainerModel });
    expect(job).not.toHaveProperty('modelVersionId');
    expect(lab.runtime.started[0]?.spec).toMatchObject({
      imageUri: 'other',
      env: { AIP_STORAGE_URI: 'gs://models/raw', AIP_PREDICT_ROUTE: '/p', MODE: 'batch' },
    });
    const unsafe = {
      containerSpec: { ...containerSpec, env: [{ name: 'NODE_OPTIONS', value: '--inspect' }] },
    };
    expect(() => lab.create({ model: '', unmanagedContainerModel: unsafe })).toThrow('NODE_OPTIONS');
  });

  test('keeps its model version from being deleted where a switch says so', async () => {
    const lab = await createLab(all);
    const { models, batchJobs } = lab.vertex;
    lab.vertex.behaviour = { deleteModelInBatch: 'FAILED_PRECONDITION' };
    const { name } = lab.create();
    expect(() => models.delete(modelName)).toThrow(
      expect.objectContaining({ status: 'FAILED_PRECONDITION' }),
    );
    await lab.clock.advance(10_000);
    await lab.succeed(models.delete(modelName));
    expect(batchJobs.get(name)).toMatchObject({ state: 'JOB_STATE_SUCCEEDED' });
  });
});

describe('a list', () => {
  test('takes the filters that ListBatchPredictionJobs documents', async () => {
    const lab = await createLab(all);
    const first = lab.create({ displayName: 'churn_a', labels: { run: 'a' } });
    await lab.clock.advance(20_000);
    const second = lab.create({ displayName: 'churn_b', labels: { run: 'b' } });
    lab.create({ displayName: 'other' });
    const found = (filter: string): unknown[] =>
      lab.vertex.batchJobs.list(parent, { filter }, undefined).items.map((job) => job.displayName);
    expect(found('')).toEqual(['other', 'churn_b', 'churn_a']);
    expect(found('display_name="churn_a"')).toEqual(['churn_a']);
    expect(found('display_name:"churn_*"')).toEqual(['churn_b', 'churn_a']);
    expect(found('display_name!="other" AND state="JOB_STATE_SUCCEEDED"')).toEqual(['churn_a']);
    expect(found('NOT display_name="other"')).toEqual(['churn_b', 'churn_a']);
    expect(found('state!="JOB_STATE_SUCCEEDED" OR display_name="churn_a"')).toHaveLength(3);
    expect(found('labels.run=b')).toEqual(['churn_b']);
    expect(found('labels.run:*')).toEqual(['churn_b', 'churn_a']);
    expect(found('model_display_name="churn"')).toHaveLength(3);
    expect(found(`create_time>"${first.createTime}"`)).toEqual(['other', 'churn_b']);
    expect(found(`create_time<="${first.createTime}"`)).toEqual(['churn_a']);
    expect(() => found('model="churn"')).toThrow(expect.objectContaining({ status: 'INVALID_ARGUMENT' }));
    expect(() => found('create_time>"yesterday"')).toThrow(
      expect.objectContaining({ status: 'INVALID_ARGUMENT' }),
    );

    const page = lab.vertex.batchJobs.list(parent, { pageSize: 2 }, 'name,state');
    expect(page.items).toEqual([expect.anything(), { name: second.name, state: 'JOB_STATE_QUEUED' }]);
    const { items, nextPageToken } = lab.vertex.batchJobs.list(
      parent,
      { pageSize: 2, pageToken: page.nextPageToken },
      undefined,
    );
    expect([items[0]?.name, nextPageToken]).toEqual([first.name, '']);
  });
});

describe('what is refused at once', () => {
  const output = { predictionsFormat: 'jsonl', gcsDestination: { outputUriPrefix: 'gs://results' } };
  const input = { instancesFormat: 'jsonl', gcsSource: { uris: ['gs://inputs/a'] } };
  const csv = { ...input, instancesFormat: 'csv' };
  const toBigQuery = { predictionsFormat: 'bigquery', bigqueryDestination: { outputUri: 'bq://p.d.t' } };
  const fromBigQuery = { instancesFormat: 'bigquery', bigquerySource: { inputUri: 'bq://p.d.t' } };
  const machineSpec = { machineType: 'n1-standard-4' };

  test.each([
    ['no name', { displayName: '' }, 'display_name'],
    ['no model', { model: '' }, 'Exactly one of model and unmanaged_container_model'],
    [
      'a model of another region',
      { model: 'projects/p1/locations/europe-west4/models/churn' },
      'not in the location',
    ],
    ['no format', { inputConfig: { gcsSource: { uris: ['gs://inputs/a'] } } }, 'instances_format'],
    [
      'a format that is none',
      { inputConfig: { ...input, instancesFormat: 'parquet' } },
      'does not support the format',
    ],
    ['no source', { inputConfig: { instancesFormat: 'jsonl' } }, 'input_config.source'],
    ['another source', { inputConfig: { ...input, instancesFormat: 'bigquery' } }, 'does not fit'],
    [
      'a path that is none',
      { inputConfig: { ...input, gcsSource: { uris: ['/in/a'] } } },
      'gs://BUCKET/OBJECT',
    ],
    ['CSV out', { outputConfig: { ...output, predictionsFormat: 'csv' } }, 'does not support the format'],
    ['no machine', { dedicatedResources: { startingReplicaCount: 1 } }, 'machine_type'],
    ['no machine type', { dedicatedResources: { machineSpec: {} } }, 'machine_type'],
    [
      'no replica',
      { dedicatedResources: { machineSpec, startingReplicaCount: 0 } },
      'starting_replica_count',
    ],
    ['objects of CSV', { inputConfig: csv, instanceConfig: { instanceType: 'object' } }, 'instance_type'],
    ['fields of CSV', { inputConfig: csv, instanceConfig: { excludedFields: ['id'] } }, 'do not apply'],
    ['both fields', { instanceConfig: { includedFields: ['a'], excludedFields: ['b'] } }, 'excluded_fields'],
    ['another type', { instanceConfig: { instanceType: 'map' } }, '"object" or "array"'],
    [
      'a key to BigQuery',
      { inputConfig: fromBigQuery, outputConfig: toBigQuery, instanceConfig: { keyField: 'id' } },
      '"bigquery" output format does not support key_field',
    ],
    ['a label', { labels: { Team: 'a' } }, 'labels'],
  ])('%s', async (_, change, message) => {
    const lab = await createLab(all);
    expect(() => lab.create(change)).toThrow(
      expect.objectContaining({ status: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
    expect(lab.vertex.batchJobs.list(parent, {}, undefined).items).toEqual([]);
  });

  test('a model that does not exist, and what the emulator does not do', async () => {
    const lab = await createLab(all);
    const refused = (change: object): unknown => {
      try {
        return lab.create({ ...defaultJob, ...change });
      } catch (error) {
        return error;
      }
    };
    expect(refused({ model: `${parent}/models/none` })).toMatchObject({ status: 'NOT_FOUND' });
    expect(refused({ inputConfig: fromBigQuery })).toMatchObject({
      status: 'UNIMPLEMENTED',
      message: expect.stringContaining('bq:// table works on Google Cloud alone'),
    });
    expect(refused({ outputConfig: toBigQuery })).toMatchObject({ status: 'UNIMPLEMENTED' });
    const records = { ...input, instancesFormat: 'tf-record' };
    expect(refused({ inputConfig: records })).toMatchObject({ status: 'UNIMPLEMENTED' });
  });
});
