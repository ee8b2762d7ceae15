/** What slipway.yaml of the repository does not show: accelerators, serving accounts, images from elsewhere. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../../cli/preflight/finding.ts';
import type { Answer } from '../../../cli/preflight/google.ts';
import { preflight } from '../../../cli/preflight/preflight.ts';
import { parseConfig } from '../../../functions/config.ts';
import { CPUS, google, notFound } from './recorded.ts';

const IMAGE = 'us-central1-docker.pkg.dev/my-project/slipway/predictor';

async function found(service: object, changed: Readonly<Record<string, Answer>> = {}): Promise<Finding[]> {
  const breastCancer = {
    artifacts: 'gs://my-project-models/breast-cancer/*/model.onnx',
    image: IMAGE,
    endpoint: 'breast-cancer',
    ...service,
  };
  const file = {
    project: 'my-project',
    region: 'us-central1',
    state: 'my-project-slipway-state',
    services: { 'breast-cancer': breastCancer },
  };
  const findings = await preflight(parseConfig(stringify(file)), google(changed));
  return findings.filter(({ check }) => check === 'quota' || check === 'image' || check === 'grant');
}

test('accelerators are counted by their own quota, for the old and the new model', async () => {
  const metric = CPUS.replace('custom_model_serving_cpus', 'custom_model_serving_nvidia_t4_gpus');
  const limits = { consumerQuotaLimits: [{ quotaBuckets: [{ effectiveLimit: '5' }] }] };
  const serving = { maxReplicas: 3, accelerator: { type: 'NVIDIA_TESLA_T4', count: 1 } };
  const findings = await found({ serving }, { [metric]: { status: 200, body: limits } });
  expect(findings).toContainEqual(
    expect.objectContaining({
      check: 'quota',
      state: 'missing',
      detail: 'is 5, 6 are needed while all services release',
    }),
  );
});

test('what a machine type does not tell is not guessed', async () => {
  expect(await found({ serving: { machineType: 'a2-highgpu-1g' } })).toContainEqual(
    expect.objectContaining({ check: 'quota', state: 'unknown', subject: 'breast-cancer: a2-highgpu-1g' }),
  );
  expect(await found({}, { [CPUS]: notFound() })).toContainEqual(
    expect.objectContaining({ check: 'quota', state: 'unknown', detail: 'Vertex AI tells no such quota' }),
  );
});

test('the engine has to be allowed to act as a serving account of another project', async () => {
  const serviceAccount = 'server@other-project.iam.gserviceaccount.com';
  const policy = `iam.googleapis.com/v1/projects/other-project/serviceAccounts/${serviceAccount}:getIamPolicy`;
  const findings = await found({ serving: { serviceAccount } }, { [policy]: { status: 200, body: {} } });
  expect(findings).toContainEqual(
    expect.objectContaining({
      check: 'grant',
      state: 'missing',
      detail: 'has no roles/iam.serviceAccountUser',
      mend: expect.stringContaining(`google_service_account_iam_member.serving["${serviceAccount}"]`),
    }),
  );
});

test.each([
  [
    'us-docker.pkg.dev/my-project/slipway/predictor:v1',
    'missing',
    expect.stringContaining(
      'docker buildx imagetools create --tag us-central1-docker.pkg.dev/my-project/slipway/predictor:first us-docker.pkg.dev/my-project/slipway/predictor:v1',
    ),
  ],
  ['docker.io/library/nginx', 'unknown', null],
])('the image %s is told as %s', async (image, state, mend) => {
  const findings = await found({ image });
  expect(findings.find(({ check }) => check === 'image')).toMatchObject({ state, mend });
});
