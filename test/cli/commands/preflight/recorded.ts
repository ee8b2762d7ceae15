/**
 * Answers of Google's APIs for a project in which everything is in order, in the forms that Google documents; the
 * configuration is the repository's slipway.yaml. Tests change single answers. Calls without an answer fail.
 */
import { fileURLToPath } from 'node:url';
import type { Answer, Send } from '../../../../cli/commands/preflight/google.ts';
import { loadConfig, type Config } from '../../../../functions/config/config.ts';

export const DIGEST = `sha256:${'a1'.repeat(32)}`;
const IMAGE = 'us-central1-docker.pkg.dev/my-project/slipway/predictor';

export const CONFIG: Config = loadConfig({
  SLIPWAY_CONFIG: fileURLToPath(new URL('../../../../slipway.yaml', import.meta.url)),
});

const SERVICE_NAMES = [
  'aiplatform',
  'artifactregistry',
  'cloudbuild',
  'cloudfunctions',
  'cloudresourcemanager',
  'cloudscheduler',
  'containeranalysis',
  'iam',
  'iamcredentials',
  'logging',
  'monitoring',
  'pubsub',
  'run',
  'storage',
];
const KEYS = ['on-artifact', 'on-request', 'on-tick'] as const;
const TOPIC_OF = { 'on-artifact': 'artifacts', 'on-request': 'requests', 'on-tick': 'ticks' };

const account = (id: string) => `${id}@my-project.iam.gserviceaccount.com`;
const agent = (domain: string) => `serviceAccount:service-4711@${domain}.iam.gserviceaccount.com`;
const functionAccounts = KEYS.map((key) => `serviceAccount:${account(`slipway-${key}`)}`);
const policy = (...bindings: [role: string, ...members: string[]][]) => ({
  version: 1,
  etag: 'BwYAAA',
  bindings: bindings.map(([role, ...members]) => ({ role, members })),
});

export const PROJECT = 'cloudresourcemanager.googleapis.com/v3/projects/my-project';
export const STORAGE = 'storage.googleapis.com/storage/v1/b';
export const PUBSUB = 'pubsub.googleapis.com/v1/projects/my-project';
export const FUNCTIONS =
  'cloudfunctions.googleapis.com/v2/projects/my-project/locations/us-central1/functions';
export const REGISTRY =
  'artifactregistry.googleapis.com/v1/projects/my-project/locations/us-central1/repositories/slipway';
export const SERVICES = 'serviceusage.googleapis.com/v1/projects/my-project/services:batchGet';
export const CPUS =
  'serviceusage.googleapis.com/v1beta1/projects/my-project/services/aiplatform.googleapis.com/consumerQuotaMetrics/aiplatform.googleapis.com%2Fcustom_model_serving_cpus';
export const TOKENS = 'iamcredentials.googleapis.com/v1/projects/-/serviceAccounts';

const bucket = { location: 'US-CENTRAL1', iamConfiguration: closed() };

/** URL without its scheme and query → body of the answer. */
export const HEALTHY: Readonly<Record<string, object>> = {
  [PROJECT]: { name: 'projects/4711', projectId: 'my-project', state: 'ACTIVE' },
  [SERVICES]: {
    services: SERVICE_NAMES.map((name) => ({
      name: `projects/4711/services/${name}.googleapis.com`,
      state: 'ENABLED',
    })),
  },
  [`${STORAGE}/my-project-slipway-state`]: bucket,
  [`${STORAGE}/my-project-models`]: bucket,
  [`${STORAGE}/my-project-models/notificationConfigs`]: {
    items: [
      {
        id: '1',
        topic: '//pubsub.googleapis.com/projects/my-project/topics/slipway-artifacts',
        event_types: ['OBJECT_FINALIZE'],
        object_name_prefix: 'breast-cancer/',
        payload_format: 'NONE',
      },
    ],
  },
  ...Object.fromEntries(
    ['requests', 'ticks', 'events', 'artifacts', 'dead-letters'].map((name) => [
      `${PUBSUB}/topics/slipway-${name}`,
      { name: `projects/my-project/topics/slipway-${name}` },
    ]),
  ),
  ...Object.fromEntries(KEYS.map((key) => [`${PUBSUB}/subscriptions/slipway-${key}`, subscription(key)])),
  ...Object.fromEntries(KEYS.map((key) => [`${FUNCTIONS}/slipway-${key}`, deployed()])),
  [`${REGISTRY}/dockerImages/predictor@${DIGEST}`]: { name: `dockerImages/predictor@${DIGEST}` },

  [`${PROJECT}:getIamPolicy`]: policy(
    ['roles/aiplatform.serviceAgent', agent('gcp-sa-aiplatform')],
    ['roles/pubsub.serviceAgent', agent('gcp-sa-pubsub')],
    ['projects/my-project/roles/slipwayEngine', `serviceAccount:${account('slipway-on-tick')}`],
    ['projects/my-project/roles/slipwayPipelines', `serviceAccount:${account('slipway-on-request')}`],
  ),
  [`${STORAGE}/my-project-slipway-state/iam`]: policy([
    'projects/my-project/roles/slipwayLedger',
    ...functionAccounts,
  ]),
  [`${STORAGE}/my-project-models/iam`]: policy(['roles/storage.objectViewer', ...functionAccounts]),
  [`${PUBSUB}/topics/slipway-artifacts:getIamPolicy`]: policy([
    'roles/pubsub.publisher',
    agent('gs-project-accounts'),
  ]),
  [`${PUBSUB}/topics/slipway-ticks:getIamPolicy`]: policy(['roles/pubsub.publisher', ...functionAccounts]),
  [`${PUBSUB}/topics/slipway-events:getIamPolicy`]: policy([
    'roles/pubsub.publisher',
    `serviceAccount:${account('slipway-on-tick')}`,
  ]),
  [`${PUBSUB}/topics/slipway-dead-letters:getIamPolicy`]: policy([
    'roles/pubsub.publisher',
    agent('gcp-sa-pubsub'),
  ]),
  ...Object.fromEntries(
    KEYS.flatMap((key) => [
      [
        `${PUBSUB}/subscriptions/slipway-${key}:getIamPolicy`,
        policy(['roles/pubsub.subscriber', agent('gcp-sa-pubsub')]),
      ],
      [
        `run.googleapis.com/v2/projects/my-project/locations/us-central1/services/slipway-${key}:getIamPolicy`,
        policy(['roles/run.invoker', `serviceAccount:${account(`slipway-push-${key}`)}`]),
      ],
      [
        `iam.googleapis.com/v1/projects/my-project/serviceAccounts/${account(`slipway-push-${key}`)}:getIamPolicy`,
        policy(['roles/iam.serviceAccountTokenCreator', agent('gcp-sa-pubsub')]),
      ],
    ]),
  ),

  ...Object.fromEntries(
    KEYS.map((key) => [
      `${TOKENS}/${account(`slipway-${key}`)}:generateAccessToken`,
      { accessToken: `token-of-${key}`, expireTime: '2026-11-23T12:00:00Z' },
    ]),
  ),
  [CPUS]: {
    metric: 'aiplatform.googleapis.com/custom_model_serving_cpus',
    consumerQuotaLimits: [
      {
        unit: '1/{project}/{region}',
        quotaBuckets: [
          { effectiveLimit: '0', defaultLimit: '0' },
          { effectiveLimit: '30', dimensions: { region: 'us-central1' } },
        ],
      },
    ],
  },
};

export function closed(): object {
  return { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } };
}

export function subscription(key: (typeof KEYS)[number]): object {
  return {
    name: `projects/my-project/subscriptions/slipway-${key}`,
    topic: `projects/my-project/topics/slipway-${TOPIC_OF[key]}`,
    ackDeadlineSeconds: 600,
    pushConfig: {
      pushEndpoint: `https://slipway-${key}-x.a.run.app/projects/my-project/topics/slipway-${TOPIC_OF[key]}`,
      oidcToken: { serviceAccountEmail: account(`slipway-push-${key}`) },
    },
    deadLetterPolicy: {
      deadLetterTopic: 'projects/my-project/topics/slipway-dead-letters',
      maxDeliveryAttempts: 50,
    },
    expirationPolicy: {},
  };
}

export function deployed(
  state = 'ACTIVE',
  images: string = JSON.stringify({ [IMAGE]: `${IMAGE}@${DIGEST}` }),
): object {
  return {
    state,
    stateMessages: state === 'ACTIVE' ? [] : [{ message: 'Build failed' }],
    serviceConfig: { environmentVariables: { SLIPWAY_IMAGES: images } },
  };
}

export function refused(message = 'Permission denied'): Answer {
  return { status: 403, body: { error: { code: 403, message, status: 'PERMISSION_DENIED' } } };
}

export function notFound(): Answer {
  return { status: 404, body: { error: { code: 404, message: 'Not found', status: 'NOT_FOUND' } } };
}

/** Google as recorded, but for `changed`. Who asks what they hold is told: what they ask for, less `denied`. */
export function google(changed: Readonly<Record<string, Answer>> = {}, denied: readonly string[] = []): Send {
  return ({ url, body, token }) => {
    const { host, pathname, searchParams } = new URL(url);
    const key = `${host}${pathname}`;
    const answer = changed[key];
    if (answer !== undefined) return Promise.resolve(answer);
    if (/testIamPermissions$|\/testPermissions$/.test(pathname)) {
      if (token === undefined) throw new Error(`${url}: expected the token of an account`);
      const asked: string[] = searchParams
        .getAll('permissions')
        .concat(Reflect.get(body ?? {}, 'permissions') ?? []);
      const permissions = asked.filter((permission) => !denied.includes(permission));
      return Promise.resolve({ status: 200, body: { permissions } });
    }
    const healthy = HEALTHY[key];
    if (healthy === undefined) throw new Error(`no answer was recorded for ${url}`);
    return Promise.resolve({ status: 200, body: healthy });
  };
}
