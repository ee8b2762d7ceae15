/** What the preflight asks where services have batch prediction: what Terraform makes of the same configuration. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  BATCH_PERMISSIONS,
  blueprint,
  LEDGER_PERMISSIONS,
} from '../../../../cli/commands/preflight/blueprint.ts';
import { checkBuckets } from '../../../../cli/commands/preflight/buckets.ts';
import type { Send } from '../../../../cli/commands/preflight/google.ts';
import { guarded } from '../../../../cli/commands/preflight/wanted-grants.ts';
import { parseConfig } from '../../../../functions/config/config.ts';

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../../../${path}`, import.meta.url)), 'utf8');
const PLAN = blueprint(parseConfig(read('terraform/tests/fixtures/batch.yaml')), '4711');

test('the buckets by what they are for', () => {
  expect(PLAN.batch).toEqual({
    watched: [
      { service: 'churn', bucket: 'my-project-batch', prefix: 'churn/in/' },
      { service: 'fraud', bucket: 'my-project-models', prefix: 'fraud-in/' },
    ],
    inputs: ['my-project-batch', 'my-project-models'],
    outputs: ['my-project-results', 'my-project-batch'],
  });
});

test('the permissions of Terraform', () => {
  const file = read('terraform/modules/slipway/batch.tf');
  const named = [...file.matchAll(/"((?:aiplatform|storage)\.[A-Za-z]+\.[a-z]+)"/g)].map(([, name]) => name);
  expect(named).toEqual([...BATCH_PERMISSIONS, ...LEDGER_PERMISSIONS]);
});

test('the grants of Terraform', () => {
  const mends = guarded(PLAN).flatMap(({ grants }) => grants.map(({ fix }) => fix));
  const ofBatch = mends.flatMap(
    (fix) => /google_storage_bucket_iam_member\.batch_[^']*/.exec(fix)?.[0] ?? [],
  );
  expect(ofBatch).toEqual([
    ...['on-artifact', 'on-request', 'on-tick'].map(
      (key) => `google_storage_bucket_iam_member.batch_inputs["my-project-batch/${key}"]`,
    ),
    ...PLAN.batch.outputs.flatMap((bucket) => [
      `google_storage_bucket_iam_member.batch_outputs["${bucket}"]`,
      `google_storage_bucket_iam_member.batch_agent["${bucket}"]`,
    ]),
  ]);
  expect(mends.join()).toContain('serving["churn-batch@my-project.iam.gserviceaccount.com"]');
});

test('a bucket that is not there, and inputs that nobody is told of', async () => {
  const closed = { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } };
  const send: Send = async ({ url }) => {
    if (url.endsWith('/my-project-results')) return { status: 404, body: {} };
    if (url.endsWith('/notificationConfigs')) return { status: 200, body: {} };
    return {
      status: 200,
      body: { location: 'EUROPE-WEST4', projectNumber: '4711', iamConfiguration: closed },
    };
  };
  const wrong = (await checkBuckets(send, PLAN)).filter(({ state }) => state !== 'ok');
  expect(wrong.map(({ check, subject, detail }) => [check, subject, detail])).toEqual([
    ...['churn', 'fraud', 'prices', 'wine'].map((name) => [
      'notification',
      `gs://my-project-models/${name}/`,
      `artifacts of ${name} are not told to topic slipway-artifacts`,
    ]),
    [
      'notification',
      'gs://my-project-models/fraud-in/',
      'inputs of fraud are not told to topic slipway-artifacts',
    ],
    [
      'notification',
      'gs://my-project-batch/churn/in/',
      'inputs of churn are not told to topic slipway-artifacts',
    ],
    ['bucket', 'my-project-results', 'is not there'],
  ]);
});
