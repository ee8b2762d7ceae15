/** `batch` of slipway.yaml: what it means, and every refusal with both fields in its sentence. */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { canBothMatch, canMatchBelow, isBatchInput } from '../../../functions/config/batch-input.ts';
import { parseInputPattern } from '../../../functions/config/batch-input.ts';
import { CHURN, GOOD, withService } from './samples.ts';

const withBatch = (fields: string) => withService(`    batch: { ${fields} }`);
const GS = 'inputs: gs://batch/churn/in/*.jsonl, outputs: gs://batch/churn/out/';
const BQ = 'outputs: bq://my-project.results';

function batchOf(fields: string) {
  return parseConfig(withBatch(fields)).services.get('churn')?.batch;
}

function problems(yaml: string): readonly string[] {
  try {
    parseConfig(yaml);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

it('is off where it is not given', () => {
  expect(parseConfig(GOOD).services.get('churn')?.batch).toBeNull();
});

it('takes its machines and account from serving, and has defaults for the rest', () => {
  const yaml = `${withBatch(GS)}    serving: { machineType: g2-standard-8, accelerator: { type: NVIDIA_L4, count: 1 }, serviceAccount: a@p.iam.gserviceaccount.com }\n`;
  expect(parseConfig(yaml).services.get('churn')?.batch).toEqual({
    inputs: { text: 'gs://batch/churn/in/*.jsonl', bucket: 'batch', name: 'churn/in/*.jsonl' },
    outputs: { bucket: 'batch', prefix: 'churn/out/' },
    staging: { bucket: 'batch', prefix: 'churn/out/_staging/' },
    format: 'jsonl',
    machineType: 'g2-standard-8',
    accelerator: { type: 'NVIDIA_L4', count: 1 },
    tpuTopology: null,
    replicas: 1,
    serviceAccount: 'a@p.iam.gserviceaccount.com',
    batchSize: null,
    key: null,
    ordered: false,
    maxErrorRate: 0,
    deadlineMs: 86_400_000,
    maxReplicaHours: null,
    maxConcurrent: 1,
    onHold: 'wait',
    schedule: null,
    publish: null,
  });
});

it('does not give an accelerator of serving to another machine type', () => {
  const yaml = `${withBatch(`${GS}, machineType: n1-standard-4`)}    serving: { machineType: g2-standard-8, accelerator: { type: NVIDIA_L4, count: 1 } }\n`;
  expect(parseConfig(yaml).services.get('churn')?.batch?.accelerator).toBeNull();
});

it('takes tables in and out', () => {
  expect(
    batchOf(`${BQ}, schedule: { cron: "0 3 * * 1-5", input: "bq://my-project.churn.customers" }`),
  ).toMatchObject({ outputs: 'bq://my-project.results', staging: null, format: 'bigquery' });
});

describe('what Vertex AI refuses, or what cannot be delivered, is refused', () => {
  it.each<[string, string, string]>([
    ['key', `${BQ}, key: id`, 'key: expected outputs in Cloud Storage'],
    ['format', `${BQ}, format: csv`, 'format: expected outputs in Cloud Storage'],
    ['ordered', `${BQ}, ordered: true`, 'ordered: expected outputs in Cloud Storage'],
    ['staging', `${BQ}, inputs: gs://bkt/in/*.csv`, 'staging: expected a folder for the copies of inputs'],
    ['ordered', `${GS}, ordered: true, format: csv`, 'ordered: expected format jsonl'],
    [
      'ordered',
      `${GS}, ordered: true, schedule: { every: 1h, input: "bq://my-project.d.t" }`,
      'ordered: expected a schedule.input in Cloud Storage',
    ],
    ['accelerator', `${GS}, accelerator: { type: NVIDIA_L4, count: 1 }`, 'accelerator: expected machineType'],
    [
      'accelerator',
      `${GS}, machineType: n1-standard-4, accelerator: { type: NVIDIA_T4, count: 1 }`,
      'accelerator.type: expected an accelerator of Vertex AI, such as NVIDIA_TESLA_T4',
    ],
    [
      'maxReplicaHours',
      `${GS}, replicas: 8, maxReplicaHours: 1`,
      'maxReplicaHours: expected at least 2, a quarter of an hour of each of the 8 replicas, got 1',
    ],
    ['schedule', `${GS}, schedule: { input: "gs://bkt/a.csv" }`, 'schedule: expected either every or cron'],
    [
      'schedule.every',
      `${GS}, schedule: { every: 5m, input: "gs://bkt/a.csv" }`,
      'schedule.every: expected at least 15m',
    ],
    [
      'schedule.cron',
      `${GS}, schedule: { cron: "0 25 * * *", input: "gs://bkt/a.csv" }`,
      'schedule.cron: expected the hour as a number from 0 to 23',
    ],
    [
      'schedule.cron',
      `${GS}, schedule: { cron: "0 3 30 2 *", input: "gs://bkt/a.csv" }`,
      'schedule.cron: expected a day that exists',
    ],
    [
      'schedule.input',
      `${GS}, schedule: { every: 1h, input: "bq://my-project.d" }`,
      'schedule.input: expected a table bq://PROJECT.DATASET.TABLE',
    ],
    ['inputs', 'inputs: gs://bkt/in/a.jsonl, outputs: gs://bkt/out/', 'inputs: expected a "*"'],
    ['inputs', 'inputs: gs://bkt/**/a.jsonl, outputs: gs://bkt/out/', 'inputs: expected "*" and no "**"'],
    [
      'inputs',
      'inputs: gs://bkt/in/*.parquet, outputs: gs://bkt/out/',
      'inputs: expected gs://BUCKET/PREFIX/*.jsonl',
    ],
    [
      'outputs',
      'outputs: "bq://my-project.d.t"',
      'outputs: expected a folder gs://BUCKET/PREFIX/ or a dataset',
    ],
    ['outputs', 'outputs: gs://bkt/out', 'outputs: expected a folder gs://BUCKET/PREFIX/ or a dataset'],
  ])('%s in { %s }', (_, fields, expected) => {
    expect(problems(withBatch(fields)).join('\n')).toContain(`services.churn.batch.${expected}`);
  });
});

describe('what starts a job never comes out of one', () => {
  it.each<[string, string, string]>([
    [
      'results that are inputs',
      'inputs: gs://bkt/churn/*/*.jsonl, outputs: gs://bkt/churn/',
      'outputs: expected a folder outside services.churn.batch.inputs (gs://bkt/churn/*/*.jsonl), got gs://bkt/churn/',
    ],
    [
      'copies that are inputs',
      'inputs: gs://bkt/*/*.jsonl, outputs: gs://out/, staging: gs://bkt/staging/',
      'staging: expected a folder outside services.churn.batch.inputs',
    ],
    [
      'results among artifacts',
      'outputs: gs://models/churn/',
      'outputs: expected a folder outside services.churn.artifacts (gs://models/churn/*/model.onnx)',
    ],
    ['results in the state bucket', 'outputs: gs://my-state/out/', 'outputs: expected another bucket than'],
  ])('%s', (_, fields, expected) => {
    expect(problems(withBatch(fields)).join('\n')).toContain(`services.churn.batch.${expected}`);
  });

  it('not out of one of another service either', () => {
    const other = CHURN.replaceAll('churn', 'other');
    const yaml = `${withBatch(GS)}  other:${other}\n    batch: { outputs: gs://batch/churn/in/ }\n`;
    expect(problems(yaml)).toEqual([
      'services.other.batch.outputs: expected a folder outside services.churn.batch.inputs (gs://batch/churn/in/*.jsonl), got gs://batch/churn/in/',
    ]);
  });

  it('and an input is no artifact', () => {
    const yaml = withBatch(GS).replace('gs://models/churn/*/model.onnx', 'gs://batch/churn/*/rows.jsonl');
    expect(problems(yaml).join('\n')).toContain(
      'inputs: expected no object of services.churn.artifacts (gs://batch/churn/*/rows.jsonl)',
    );
  });
});

describe('a pattern', () => {
  it.each([
    ['a/*.jsonl', 'a/x.jsonl', true],
    ['a/*.jsonl', 'a/.jsonl', true],
    ['a/*.jsonl', 'a/b/x.jsonl', false],
    ['a/*/in-*.jsonl', 'a/b/in-7.jsonl', true],
    ['a/*.jsonl', 'a/x*.jsonl', false],
    ['a/*.jsonl', 'a/x\n.jsonl', false],
  ])('%s and the object %j', (text, name, expected) => {
    const pattern = parseInputPattern(`gs://bkt/${text}`);
    if (typeof pattern === 'string') throw new Error(pattern);
    expect(isBatchInput(pattern, 'bkt', name)).toBe(expected);
  });

  it.each([
    ['a/*.jsonl', '*/b.jsonl', true],
    ['a/*.jsonl', 'b/*.jsonl', false],
    ['*a*b', '*b*a', false],
    ['*a*', '*b*', true],
  ])('%s and %s may have an object in common', (a, b, expected) => {
    expect(canBothMatch(a, b)).toBe(expected);
  });

  it.each([
    ['a/*.jsonl', 'a/', true],
    ['a/*.jsonl', 'a/b/', false],
    ['*/*/x.jsonl', 'a/', true],
    ['a/*.jsonl', '', true],
  ])('%s may match below %j', (pattern, prefix, expected) => {
    expect(canMatchBelow(pattern, prefix)).toBe(expected);
  });
});
