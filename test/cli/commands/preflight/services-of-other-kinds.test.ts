/** What slipway.yaml of the repository does not show: accelerators, serving accounts, images from elsewhere. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Finding } from '../../../../cli/commands/preflight/finding.ts';
import type { Answer } from '../../../../cli/commands/preflight/google.ts';
import { preflight } from '../../../../cli/commands/preflight/preflight.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import { CPUS, google, notFound, STORAGE } from './recorded.ts';

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

const CPU_METRIC = 'custom_model_serving_cpus';
const limited = (limit: string): Answer => ({
  status: 200,
  body: { consumerQuotaLimits: [{ quotaBuckets: [{ effectiveLimit: limit }] }] },
});

test.each([
  [{ accelerator: { type: 'NVIDIA_TESLA_T4', count: 1 } }, 'custom_model_serving_nvidia_t4_gpus', 6],
  [{ accelerator: { type: 'NVIDIA_L4', count: 2 } }, 'custom_model_serving_nvidia_l4_gpus', 12],
  [{ accelerator: { type: 'NVIDIA_A100_80GB', count: 1 } }, 'custom_model_serving_nvidia_a100_80gb_gpus', 6],
  // Not …_h100_80gb_gpus, which there is not.
  [{ accelerator: { type: 'NVIDIA_H100_80GB', count: 8 } }, 'custom_model_serving_nvidia_h100_gpus', 48],
  [{ machineType: 'ct5lp-hightpu-4t' }, 'custom_model_serving_tpu_v5e', 24],
  [{ machineType: 'n2-highmem-8' }, CPU_METRIC, 48],
])('%o is counted by its own quota, %s, for the old and the new model', async (serving, metric, needed) => {
  const url = CPUS.replace(CPU_METRIC, metric);
  const findings = await found({ serving: { maxReplicas: 3, ...serving } }, { [url]: limited('5') });
  expect(findings).toContainEqual(
    expect.objectContaining({
      check: 'quota',
      state: 'missing',
      subject: `${metric} in us-central1`,
      detail: `is 5, ${needed} are needed while all services release`,
    }),
  );
});

test.each([
  [{ machineType: 'a2-highgpu-1g' }, 'breast-cancer: a2-highgpu-1g', 'a2-highgpu-1g'],
  [{ machineType: 'ct6e-standard-4t' }, 'breast-cancer: ct6e-standard-4t', 'ct6e-standard-4t'],
  [{ accelerator: { type: 'NVIDIA_B200', count: 8 } }, 'breast-cancer: 8 NVIDIA_B200', '8 NVIDIA_B200'],
])('the quota of %o is not guessed, and what to look for is said', async (serving, subject, what) => {
  expect(await found({ serving })).toContainEqual(
    expect.objectContaining({
      check: 'quota',
      state: 'unknown',
      subject,
      fix: expect.stringMatching(
        new RegExp(`iam-admin/quotas\\?project=my-project.*enough for 2 times ${what}`),
      ),
    }),
  );
});

test('a quota that Vertex AI does not tell is unknown, with the page that may', async () => {
  expect(await found({}, { [CPUS]: notFound() })).toContainEqual(
    expect.objectContaining({
      check: 'quota',
      state: 'unknown',
      detail: 'Vertex AI tells no such quota',
      fix: expect.stringContaining('iam-admin/quotas'),
    }),
  );
});

test.each(['server@other-project.iam.gserviceaccount.com', '4711-compute@developer.gserviceaccount.com'])(
  "the engine and Vertex AI's agent need grants on the serving account %s, whatever its project",
  async (serviceAccount) => {
    const policy = `iam.googleapis.com/v1/projects/-/serviceAccounts/${serviceAccount}:getIamPolicy`;
    const findings = await found({ serving: { serviceAccount } }, { [policy]: { status: 200, body: {} } });
    expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
      expect.objectContaining({
        check: 'grant',
        state: 'missing',
        detail: 'has no roles/iam.serviceAccountUser',
        fix: expect.stringContaining(`google_service_account_iam_member.serving["${serviceAccount}"]`),
      }),
      expect.objectContaining({
        check: 'grant',
        state: 'missing',
        subject: `serviceAccount:service-4711@gcp-sa-aiplatform.iam.gserviceaccount.com on account ${serviceAccount}`,
        detail: 'has no roles/iam.serviceAccountAdmin',
        fix: expect.stringContaining(`google_service_account_iam_member.serving_agent["${serviceAccount}"]`),
      }),
    ]);
  },
);

test('an image of another project has to be granted to the agent of Vertex AI', async () => {
  const repository = 'projects/shared/locations/us-central1/repositories/models';
  const digest = `sha256:${'0'.repeat(64)}`;
  const registry = `artifactregistry.googleapis.com/v1/${repository}`;
  const findings = await found(
    { image: `us-central1-docker.pkg.dev/shared/models/triton@${digest}` },
    {
      [`${registry}/dockerImages/triton@${digest}`]: { status: 200, body: { name: 'triton' } },
      [`${registry}:getIamPolicy`]: { status: 200, body: {} },
    },
  );
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
    expect.objectContaining({
      check: 'grant',
      state: 'missing',
      detail: 'has no roles/artifactregistry.reader',
      fix: 'gcloud artifacts repositories add-iam-policy-binding models --project=shared --location=us-central1 --role=roles/artifactregistry.reader --member=serviceAccount:service-4711@gcp-sa-aiplatform.iam.gserviceaccount.com',
    }),
  ]);
});

test('a bucket of another project has to be granted to the agent of Vertex AI', async () => {
  const bucket = {
    location: 'US-CENTRAL1',
    projectNumber: '4712',
    iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
  };
  const findings = await found({}, { [`${STORAGE}/my-project-models`]: { status: 200, body: bucket } });
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([
    expect.objectContaining({
      check: 'grant',
      detail: 'has no roles/storage.objectViewer',
      fix: expect.stringContaining('google_storage_bucket_iam_member.vertex_agent["my-project-models"]'),
    }),
  ]);
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
])('the image %s is told as %s', async (image, state, fix) => {
  const findings = await found({ image });
  expect(findings.find(({ check }) => check === 'image')).toMatchObject({ state, fix });
});

const NEWEST_EU =
  'artifactregistry.googleapis.com/v1/projects/my-project/locations/europe-west4/repositories/slipway/packages/predictor/versions';

test('a service of its own region needs quota, image and buckets there', async () => {
  const file = {
    project: 'my-project',
    region: 'us-central1',
    state: 'my-project-slipway-state',
    services: {
      'breast-cancer': {
        artifacts: 'gs://my-project-models/breast-cancer/*/model.onnx',
        image: IMAGE,
        endpoint: 'breast-cancer',
        serving: { maxReplicas: 2 },
      },
      'breast-cancer-eu': {
        serving: { maxReplicas: 2 },
        region: 'europe-west4',
        artifacts: 'gs://my-project-models/breast-cancer-eu/*/model.onnx',
        image: 'europe-west4-docker.pkg.dev/my-project/slipway/predictor',
        endpoint: 'breast-cancer-eu',
      },
    },
  };
  const findings = await preflight(
    parseConfig(stringify(file)),
    google({ [CPUS]: limited('5'), [NEWEST_EU]: notFound() }),
  );
  const found = findings
    .filter(({ state }) => state === 'missing')
    .map(({ subject, detail }) => [subject, detail]);
  expect(found).toContainEqual([`${CPU_METRIC} in us-central1`, expect.stringContaining('8 are needed')]);
  expect(found).toContainEqual([`${CPU_METRIC} in europe-west4`, expect.stringContaining('8 are needed')]);
  expect(found).toContainEqual([
    'europe-west4-docker.pkg.dev/my-project/slipway/predictor',
    'was never pushed',
  ]);
  expect(found).toContainEqual(['my-project-models', 'is in us-central1, expected europe-west4']);
});
