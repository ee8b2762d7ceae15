/** Topics, and the subscriptions that push to the functions: time to answer, dead letters, no end. */
import { Type, type Static } from 'typebox';
import { PUSH_SETTINGS } from '../../../common/wiring.ts';
import type { Blueprint, DeployedFunction } from './blueprint.ts';
import { missing, ok, terraform, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';

const Topic = Type.Object({ name: Type.String() });

/** https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
const Subscription = Type.Object({
  topic: Type.String(),
  ackDeadlineSeconds: Type.Optional(Type.Integer()),
  pushConfig: Type.Optional(
    Type.Object({
      pushEndpoint: Type.Optional(Type.String()),
      oidcToken: Type.Optional(Type.Object({ serviceAccountEmail: Type.Optional(Type.String()) })),
    }),
  ),
  deadLetterPolicy: Type.Optional(
    Type.Object({
      deadLetterTopic: Type.Optional(Type.String()),
      maxDeliveryAttempts: Type.Optional(Type.Integer()),
    }),
  ),
  expirationPolicy: Type.Optional(Type.Object({ ttl: Type.Optional(Type.String()) })),
});

const PUBSUB = 'https://pubsub.googleapis.com/v1';

const ATTEMPTS_LEAST = 20;

export async function checkPubsub(send: Send, plan: Blueprint): Promise<Finding[]> {
  const { config, functions } = plan;
  const topics = Object.entries(config.topics).map(
    ([use, name]) => [name, `google_pubsub_topic.this["${use}"]`] as const,
  );
  const all = await Promise.all([
    ...[...topics, [plan.deadLetters, 'google_pubsub_topic.dead_letters'] as const].map(([name, address]) =>
      checkTopic(send, config.project, name, address),
    ),
    ...Object.values(functions).map((deployed) => checkSubscription(send, plan, deployed)),
  ]);
  return all.flat();
}

async function checkTopic(send: Send, project: string, name: string, address: string): Promise<Finding[]> {
  const found = await fetchResource(send, Topic, { url: `${PUBSUB}/projects/${project}/topics/${name}` });
  if (found.is === 'absent') return [missing('topic', name, 'is not there', terraform(address))];
  return [found.is === 'hidden' ? unknown('topic', name, found.why) : ok('topic', name)];
}

async function checkSubscription(
  send: Send,
  plan: Blueprint,
  deployed: DeployedFunction,
): Promise<Finding[]> {
  const { name, key } = deployed;
  const found = await fetchResource(send, Subscription, {
    url: `${PUBSUB}/projects/${plan.config.project}/subscriptions/${name}`,
  });
  const fix = terraform(`google_pubsub_subscription.push["${key}"]`);
  if (found.is === 'absent') return [missing('subscription', name, 'is not there', fix)];
  if (found.is === 'hidden') return [unknown('subscription', name, found.why)];
  const faults = faultsOf(found.value, plan, deployed);
  if (faults.length === 0) return [ok('subscription', name)];
  return faults.map((fault) => missing('subscription', name, fault, fix));
}

function faultsOf(
  { topic, ackDeadlineSeconds, pushConfig, deadLetterPolicy, expirationPolicy }: Static<typeof Subscription>,
  { config, deadLetters }: Blueprint,
  deployed: DeployedFunction,
): string[] {
  const faults: string[] = [];
  const expect = (what: string, expected: string | number, got: string | number | undefined) => {
    if (got !== expected) faults.push(`${what}: expected ${expected}, got ${got ?? 'none'}`);
  };
  expect('topic', `projects/${config.project}/topics/${config.topics[deployed.topic]}`, topic);
  // Left out, it is Pub/Sub's default.
  expect('ack deadline in seconds', PUSH_SETTINGS.ackDeadlineSeconds, ackDeadlineSeconds ?? 10);
  expect('pushes as', deployed.pushAccount, pushConfig?.oidcToken?.serviceAccountEmail);
  expect(
    'dead letters go to',
    `projects/${config.project}/topics/${deadLetters}`,
    deadLetterPolicy?.deadLetterTopic,
  );
  const attempts = deadLetterPolicy?.maxDeliveryAttempts ?? 5;
  if (deadLetterPolicy !== undefined && attempts < ATTEMPTS_LEAST) {
    faults.push(`delivery attempts: expected at least ${ATTEMPTS_LEAST}, got ${attempts}`);
  }
  if (expirationPolicy?.ttl !== undefined || expirationPolicy === undefined) {
    faults.push(`expires after ${expirationPolicy?.ttl ?? '31 days'} without a message, expected never`);
  }
  return faults;
}
