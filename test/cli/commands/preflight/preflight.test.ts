import { expect, test } from 'vitest';
import type { Finding } from '../../../../cli/commands/preflight/finding.ts';
import type { Answer } from '../../../../cli/commands/preflight/google.ts';
import { preflight } from '../../../../cli/commands/preflight/preflight.ts';
import {
  closed,
  CONFIG,
  CPUS,
  deployed,
  DIGEST,
  FUNCTIONS,
  google,
  HEALTHY,
  notFound,
  PROJECT,
  PUBSUB,
  refused,
  REGISTRY,
  SERVICES,
  STORAGE,
  subscription,
  TOKENS,
} from './recorded.ts';

/** What is not in order when these answers are other than recorded. */
async function found(
  changed: Readonly<Record<string, Answer>>,
  denied?: readonly string[],
): Promise<Finding[]> {
  const findings = await preflight(CONFIG, google(changed, denied));
  return findings.filter(({ state }) => state !== 'ok');
}

const answer = (body: object): Answer => ({ status: 200, body });

test('finds nothing in a project in which everything is in order', async () => {
  const findings = await preflight(CONFIG, google());
  expect(findings.filter(({ state }) => state !== 'ok')).toEqual([]);
  const checks = new Set(findings.map(({ check }) => check));
  expect([...checks]).toEqual([
    'service',
    'bucket',
    'notification',
    'topic',
    'subscription',
    'image',
    'function',
    'grant',
    'permissions',
    'quota',
  ]);
  expect(findings.find(({ check }) => check === 'image')).toMatchObject({ detail: DIGEST });
});

test.each<[what: string, changed: Record<string, Answer>, expected: Partial<Finding>]>([
  [
    'a project that is not there',
    { [PROJECT]: notFound() },
    { check: 'project', fix: expect.stringContaining('gcloud projects describe my-project') },
  ],
  [
    'a service that is not enabled',
    { [SERVICES]: answer({ services: servicesWithout('run.googleapis.com') }) },
    { check: 'service', fix: 'gcloud services enable run.googleapis.com --project=my-project' },
  ],
  [
    'a bucket of another region',
    { [`${STORAGE}/my-project-models`]: answer({ location: 'EU', iamConfiguration: closed() }) },
    { check: 'bucket location', detail: 'is in eu, expected us-central1' },
  ],
  [
    'a bucket that may be opened',
    { [`${STORAGE}/my-project-slipway-state`]: answer({ location: 'US-CENTRAL1' }) },
    { check: 'bucket access', fix: expect.stringContaining('--public-access-prevention') },
  ],
  [
    'a notification for another prefix',
    { [`${STORAGE}/my-project-models/notificationConfigs`]: answer({}) },
    {
      check: 'notification',
      fix: expect.stringContaining(
        'google_storage_notification.artifacts["my-project-models/breast-cancer/"]',
      ),
    },
  ],
  [
    'a topic that is not there',
    { [`${PUBSUB}/topics/slipway-events`]: notFound() },
    { check: 'topic', fix: expect.stringContaining('google_pubsub_topic.this["events"]') },
  ],
  [
    'a subscription with the default deadline',
    {
      [`${PUBSUB}/subscriptions/slipway-on-tick`]: answer({
        ...subscription('on-tick'),
        ackDeadlineSeconds: 10,
      }),
    },
    { check: 'subscription', detail: 'ack deadline in seconds: expected 600, got 10' },
  ],
  [
    'a subscription that gives up early',
    {
      [`${PUBSUB}/subscriptions/slipway-on-tick`]: answer({
        ...subscription('on-tick'),
        deadLetterPolicy: { deadLetterTopic: 'projects/my-project/topics/slipway-dead-letters' },
      }),
    },
    { check: 'subscription', detail: 'delivery attempts: expected at least 20, got 5' },
  ],
  [
    'a subscription that ends',
    {
      [`${PUBSUB}/subscriptions/slipway-on-tick`]: answer({
        ...subscription('on-tick'),
        expirationPolicy: { ttl: '2678400s' },
      }),
    },
    { check: 'subscription', detail: expect.stringContaining('expected never') },
  ],
  [
    'a function whose build failed',
    { [`${FUNCTIONS}/slipway-on-request`]: answer(deployed('FAILED')) },
    { check: 'function', subject: 'slipway-on-request', detail: 'is FAILED Build failed' },
  ],
  [
    'a digest that is not in the registry',
    { [`${REGISTRY}/dockerImages/predictor@${DIGEST}`]: notFound() },
    { check: 'image', fix: expect.stringContaining('docker push us-central1-docker.pkg.dev/my-project') },
  ],
  [
    "a grant of Google's own agent",
    { [`${PUBSUB}/topics/slipway-artifacts:getIamPolicy`]: answer({ etag: 'ACAB' }) },
    {
      check: 'grant',
      subject:
        'serviceAccount:service-4711@gs-project-accounts.iam.gserviceaccount.com on topic slipway-artifacts',
      fix: expect.stringContaining('google_pubsub_topic_iam_member.storage_agent'),
    },
  ],
  [
    'an account that is not there',
    { [`${TOKENS}/slipway-on-tick@my-project.iam.gserviceaccount.com:generateAccessToken`]: notFound() },
    { check: 'account', fix: expect.stringContaining('google_service_account.function["on-tick"]') },
  ],
  [
    'a quota for one model only',
    { [CPUS]: answer({ consumerQuotaLimits: [{ quotaBuckets: [{ effectiveLimit: '4' }] }] }) },
    { check: 'quota', detail: 'is 4, 8 are needed while all services release' },
  ],
])('tells %s, and what mends it', async (_, changed, expected) => {
  const findings = await found(changed);
  expect(findings).toEqual([expect.objectContaining({ state: 'missing', ...expected })]);
  expect(findings[0]?.fix).not.toBe(null);
});

test('a bucket of the multi-region around the region will do', async () => {
  const bucket = answer({ location: 'US', iamConfiguration: closed() });
  expect(await found({ [`${STORAGE}/my-project-models`]: bucket })).toEqual([]);
});

test('an empty project lacks everything that Terraform makes', async () => {
  const nothing = Object.fromEntries(
    Object.keys(HEALTHY)
      .filter(
        (url) => url !== PROJECT && url !== SERVICES && url !== CPUS && url !== `${PROJECT}:getIamPolicy`,
      )
      .map((url) => [url, notFound()]),
  );
  const versions = { [`${REGISTRY}/packages/predictor/versions`]: notFound() };
  const findings = await found({ ...nothing, ...versions });
  expect(findings.every(({ state, fix }) => state === 'missing' && fix !== null)).toBe(true);
  expect(new Set(findings.map(({ check }) => check))).toEqual(
    new Set(['bucket', 'topic', 'subscription', 'image', 'function', 'grant', 'account']),
  );
});

test('an image without a digest is told with the newest one', async () => {
  const [finding] = await found({
    [`${FUNCTIONS}/slipway-on-tick`]: answer(deployed('ACTIVE', '{}')),
    [`${REGISTRY}/packages/predictor/versions`]: answer({
      versions: [
        {
          name: `projects/my-project/locations/us-central1/repositories/slipway/packages/predictor/versions/${DIGEST}`,
        },
      ],
    }),
  });
  expect(finding).toMatchObject({ check: 'image', detail: 'is not deployed by digest' });
  expect(finding?.fix).toContain(
    `{"us-central1-docker.pkg.dev/my-project/slipway/predictor":"us-central1-docker.pkg.dev/my-project/slipway/predictor@${DIGEST}"}`,
  );
});

test('what an account is denied is told by the permission', async () => {
  const findings = await found({}, ['aiplatform.endpoints.deploy', 'storage.objects.delete']);
  expect(findings.map(({ subject, detail }) => `${subject.split('@')[0]} ${detail}`).toSorted()).toEqual([
    'slipway-on-artifact may not storage.objects.delete',
    'slipway-on-request may not storage.objects.delete',
    'slipway-on-tick may not aiplatform.endpoints.deploy',
    'slipway-on-tick may not storage.objects.delete',
  ]);
});

test('who may not look is told so, and nothing is taken for missing', async () => {
  const hidden = Object.fromEntries(
    Object.keys(HEALTHY)
      .filter((url) => url !== PROJECT)
      .map((url) => [url, refused()]),
  );
  const findings = await found({ ...hidden, [`${REGISTRY}/packages/predictor/versions`]: refused() });
  expect(findings.filter(({ state }) => state === 'missing')).toEqual([]);
  expect(findings.filter(({ state }) => state === 'unknown').length).toBeGreaterThan(20);
});

test.each([
  ['an answer of another form', answer({ name: 7 }), 'expected an answer that is documented'],
  ["an error of Google's", { status: 500, body: { error: { message: 'Backend error' } } }, 'Backend error'],
])('stops at %s', async (_, body, message) => {
  await expect(found({ [`${PUBSUB}/topics/slipway-ticks`]: body })).rejects.toThrow(message);
});

function servicesWithout(name: string): object[] {
  const { services }: { services: { name: string; state: string }[] } = Object(HEALTHY[SERVICES]);
  return services.map((service) =>
    service.name.endsWith(`/${name}`) ? { ...service, state: 'DISABLED' } : service,
  );
}
