import { describe, expect, test } from 'vitest';

import { predictionsIn } from '../../../../emulator/vertex/batch/predictions.ts';
import { createLab, lines } from './lab.ts';

const csv = { inputConfig: { instancesFormat: 'csv', gcsSource: { uris: ['gs://inputs/*'] } } };

describe('instances', () => {
  const two = { 'a.jsonl': '{"id":7,"x":0.5,"y":"a"}\n{"id":8,"x":1.5,"y":"b"}\n' };

  test('are the lines as they are', async () => {
    const lab = await createLab({ 'a.jsonl': '[1,2]\n"text"\n{"a":1}\n3\n' });
    await lab.run();
    expect(lab.posts).toEqual([[[1, 2], 'text', { a: 1 }, 3]]);
  });

  test.each([
    ['the key field stays here', { keyField: 'id' }, { x: 0.5, y: 'a' }, { key: 7 }],
    ['included ones', { includedFields: ['x'] }, { x: 0.5 }, { instance: { x: 0.5 } }],
    [
      'excluded ones go to the output',
      { excludedFields: ['id'] },
      { x: 0.5, y: 'a' },
      { instance: { x: 0.5, y: 'a' }, id: 7 },
    ],
    [
      'an array in order',
      { instanceType: 'array', includedFields: ['y', 'x'] },
      ['a', 0.5],
      { instance: ['a', 0.5] },
    ],
    [
      'an array with a key',
      { instanceType: 'array', keyField: 'id', includedFields: ['x'] },
      [0.5],
      { key: 7 },
    ],
    [
      'objects',
      { instanceType: 'object' },
      { id: 7, x: 0.5, y: 'a' },
      { instance: { id: 7, x: 0.5, y: 'a' } },
    ],
  ])('%s', async (_, instanceConfig, sent, shown) => {
    const lab = await createLab(two);
    const { results } = lab.rows(await lab.run({ instanceConfig }));
    expect(lab.posts[0]?.[0]).toEqual(sent);
    expect(results[0]).toEqual({ ...shown, prediction: sent });
  });

  test('have their key under its own name where a switch says so', async () => {
    const lab = await createLab(two, { behaviour: { batchKey: 'own-name' } });
    const { results } = lab.rows(await lab.run({ instanceConfig: { keyField: 'id' } }));
    expect(results).toEqual([
      { id: 7, prediction: { x: 0.5, y: 'a' } },
      { id: 8, prediction: { x: 1.5, y: 'b' } },
    ]);
  });

  test('of CSV are arrays: what is quoted is text, all else a number', async () => {
    const lab = await createLab({ 'a.csv': 'id,x,"y"\n1,0.50,"a ""b"", c"\n2,-3e2,""\n3,none,"d"\n4,1\n' });
    const job = await lab.run({ ...csv, instanceConfig: { keyField: 'id' } });
    expect(lab.posts).toEqual([
      [
        [0.5, 'a "b", c'],
        [-300, ''],
      ],
    ]);
    expect(lab.rows(job)).toMatchObject({
      results: [
        { key: 1, prediction: [0.5, 'a "b", c'] },
        { key: 2, prediction: [-300, ''] },
      ],
      errors: [
        { instance: '3,none,"d"', error: { code: 3, message: expect.stringContaining('string to float') } },
        { instance: '4,1', error: { code: 3, message: expect.stringContaining('Expected 3 columns') } },
      ],
    });
  });

  test('of a file without a header of its columns are a partial failure', async () => {
    const lab = await createLab({ 'a.csv': 'x,x\n1,2\n', 'b.csv': 'x\n1\n' });
    expect(await lab.run(csv)).toMatchObject({
      state: 'JOB_STATE_PARTIALLY_SUCCEEDED',
      partialFailures: [{ code: 3, message: expect.stringContaining('gs://inputs/a.csv: the header') }],
      completionStats: { successfulCount: '1' },
    });
  });

  test('carry the parameters only where a switch says so', async () => {
    for (const [batchParameters, expected] of [
      ['dropped', undefined],
      ['sent', { snake_case: 1 }],
    ] as const) {
      const seen: unknown[] = [];
      const lab = await createLab(two, {
        behaviour: { batchParameters },
        answer: (instances, { parameters }) => {
          seen.push(parameters);
          return { status: 200, body: { predictions: instances } };
        },
      });
      await lab.run({ modelParameters: { snake_case: 1 } });
      expect(seen).toEqual([expected]);
    }
  });
});

describe('rows that fail', () => {
  const refuse17 = (instances: { id?: number }[]) =>
    instances.some(({ id }) => id === 17)
      ? { status: 422, body: { detail: 'no' } }
      : { status: 200, body: { predictions: instances.map(() => 1) } };
  const answer = (instances: unknown[]) => refuse17(instances.map((instance) => Object(instance)));

  test('take their batch with them', async () => {
    const lab = await createLab({ 'a.jsonl': lines(1000) }, { answer });
    const job = await lab.run();
    expect(job).toMatchObject({
      state: 'JOB_STATE_PARTIALLY_SUCCEEDED',
      completionStats: { successfulCount: '936', failedCount: '64', incompleteCount: '0' },
    });
    expect(lab.posts).toHaveLength(16 + 2);
    const { results, errors } = lab.rows(job);
    expect([results.length, errors.length]).toEqual([936, 64]);
    expect(errors[0]).toEqual({
      instance: { id: 0, x: 0 },
      error: {
        code: 3,
        message:
          'Post request fails. Cannot get predictions. Error: Exceeded retries: ' +
          'Non-OK result 422 ({"detail":"no"}) from server, retry=2.',
      },
    });
  });

  test('fail alone, and the job succeeds, where switches say so', async () => {
    const behaviour = {
      batchFailure: 'row',
      batchSomeFailed: 'JOB_STATE_SUCCEEDED',
      batchRetries: 0,
    } as const;
    const lab = await createLab({ 'a.jsonl': lines(100) }, { answer, behaviour });
    const job = await lab.run();
    expect(job).toMatchObject({
      state: 'JOB_STATE_SUCCEEDED',
      completionStats: { successfulCount: '99', failedCount: '1' },
    });
    expect(lab.rows(job).errors).toMatchObject([{ instance: { id: 17 } }]);
  });

  test('that are no JSON cost no other row', async () => {
    const lab = await createLab({ 'a.jsonl': '1\n{"a":\n3\n' });
    const job = await lab.run();
    expect(lab.posts).toEqual([[1, 3]]);
    expect(lab.rows(job)).toMatchObject({
      results: [
        { instance: 1, prediction: 1 },
        { instance: 3, prediction: 3 },
      ],
      errors: [{ instance: '{"a":', error: { code: 3, message: 'The line is not valid JSON.' } }],
    });
  });

  test.each([
    [
      'too few predictions',
      { predictions: [1] },
      'The number of predictions (1) does not match the number of instances (2).',
    ],
    ['none', { answers: [1, 2] }, 'Cannot get predictions. The response has no "predictions".'],
  ])('%s', async (_, body, message) => {
    const lab = await createLab({ 'a.jsonl': '1\n2\n' }, { answer: () => ({ status: 200, body }) });
    expect(await lab.run()).toMatchObject({
      state: 'JOB_STATE_FAILED',
      error: { code: 3, message: expect.stringContaining(message) },
      completionStats: { successfulCount: '0', failedCount: '2' },
    });
  });

  test('stop the job when they are many, and the rest is not attempted', async () => {
    const failing = { answer: () => ({ status: 400, body: {} }), behaviour: { batchRetries: 0 } };
    const lab = await createLab({ 'a.jsonl': lines(2000) }, failing);
    expect(await lab.run()).toMatchObject({
      state: 'JOB_STATE_FAILED',
      completionStats: { successfulCount: '0', failedCount: '256', incompleteCount: '1744' },
    });
    const patient = await createLab(
      { 'a.jsonl': lines(2000) },
      { ...failing, behaviour: { batchRetries: 0, batchStopsAtPercent: 0 } },
    );
    expect(await patient.run()).toMatchObject({ completionStats: { failedCount: '2000' } });
  });
});

test.each([
  [
    'spaces and nesting',
    '{ "predictions" : [ -0 , {"a":[1,{"b":"]},\\\\"}]} , "x,\\"y" ] }',
    ['-0', '{"a":[1,{"b":"]},\\\\"}]}', '"x,\\"y"'],
  ],
  ['none', '{"predictions":[]}', []],
  ['fields before and after', '{"model":"a","predictions":[1.50],"took":2}', ['1.5']],
  ['the field twice', '{"predictions":[1],"predictions":[3]}', ['3']],
])('predictions stay as the container writes them: %s', (_, text, expected) => {
  expect(predictionsIn(text, expected.length)).toEqual(expected);
});

test('the container gets no endpoint, or ids of the job where a switch says so', async () => {
  for (const batchEndpointId of ['absent', 'own'] as const) {
    const lab = await createLab({ 'a.jsonl': '1\n' }, { behaviour: { batchEndpointId } });
    const { name } = await lab.run();
    const id = batchEndpointId === 'own' ? name.split('/').at(-1) : undefined;
    const env: Record<string, string> = { ...lab.runtime.started[0]?.spec.env };
    expect([env.AIP_ENDPOINT_ID, env.AIP_DEPLOYED_MODEL_ID]).toEqual([id, id]);
    expect(env).toMatchObject({ AIP_MACHINE_TYPE: 'n1-standard-4', AIP_PREDICT_ROUTE: '/predict' });
  }
});
