/** Subscriptions as resources: what a request may say, Google's limits and defaults. */
import { Type } from 'typebox';
import type { Static } from 'typebox';

import { formatDuration, parseDuration } from './duration.ts';
import { parseFilter } from './filter.ts';
import type { Filter } from './filter.ts';
import { parseName } from './names.ts';
import { invalid, invalidArgument, tooLarge, tooSmall, unimplemented } from './refusals.ts';
import { parse } from './request.ts';
import { applyMask, checkRetention } from './topic.ts';

const closed = { additionalProperties: false };
const strings = Type.Record(Type.String(), Type.String());

/** google.pubsub.v1.PushConfig as JSON. */
export const PushConfig = Type.Object(
  {
    pushEndpoint: Type.Optional(Type.String()),
    attributes: Type.Optional(strings),
    oidcToken: Type.Optional(
      Type.Object(
        {
          serviceAccountEmail: Type.Optional(Type.String()),
          audience: Type.Optional(Type.String()),
        },
        closed,
      ),
    ),
    pubsubWrapper: Type.Optional(Type.Object({}, closed)),
    noWrapper: Type.Optional(Type.Object({ writeMetadata: Type.Optional(Type.Boolean()) }, closed)),
  },
  closed,
);
export type PushConfig = Static<typeof PushConfig>;

/** google.pubsub.v1.Subscription as JSON. */
export const SubscriptionBody = Type.Object(
  {
    name: Type.Optional(Type.String()),
    topic: Type.Optional(Type.String()),
    pushConfig: Type.Optional(PushConfig),
    bigqueryConfig: Type.Optional(Type.Unknown()),
    cloudStorageConfig: Type.Optional(Type.Unknown()),
    bigtableConfig: Type.Optional(Type.Unknown()),
    ackDeadlineSeconds: Type.Optional(Type.Integer()),
    retainAckedMessages: Type.Optional(Type.Boolean()),
    messageRetentionDuration: Type.Optional(Type.String()),
    labels: Type.Optional(strings),
    enableMessageOrdering: Type.Optional(Type.Boolean()),
    expirationPolicy: Type.Optional(Type.Object({ ttl: Type.Optional(Type.String()) }, closed)),
    filter: Type.Optional(Type.String()),
    deadLetterPolicy: Type.Optional(
      Type.Object(
        {
          deadLetterTopic: Type.Optional(Type.String()),
          maxDeliveryAttempts: Type.Optional(Type.Integer()),
        },
        closed,
      ),
    ),
    retryPolicy: Type.Optional(
      Type.Object(
        { minimumBackoff: Type.Optional(Type.String()), maximumBackoff: Type.Optional(Type.String()) },
        closed,
      ),
    ),
    detached: Type.Optional(Type.Boolean()),
    enableExactlyOnceDelivery: Type.Optional(Type.Boolean()),
    topicMessageRetentionDuration: Type.Optional(Type.String()),
    state: Type.Optional(Type.String()),
    analyticsHubSubscriptionInfo: Type.Optional(Type.Unknown()),
    messageTransforms: Type.Optional(Type.Array(Type.Unknown())),
    tags: Type.Optional(strings),
  },
  closed,
);
export type SubscriptionBody = Static<typeof SubscriptionBody>;

/** A subscription whose every setting has passed and whose defaults are filled in. */
export type Subscription = SubscriptionBody & {
  readonly name: string;
  readonly topic: string;
  readonly ackDeadlineSeconds: number;
};

/** What a subscription's settings mean for delivery; times in milliseconds. */
export interface DeliverySettings {
  readonly ackDeadline: number;
  readonly retention: number;
  readonly filter: Filter;
  readonly ordered: boolean;
  readonly backoff: Backoff | undefined;
  readonly deadLetter: DeadLetter | undefined;
}

/** The wait before the n-th redelivery is `minimum` doubled n-1 times, at most `maximum`. */
export interface Backoff {
  readonly minimum: number;
  readonly maximum: number;
}

export interface DeadLetter {
  readonly topic: string;
  readonly maxDeliveryAttempts: number;
}

const DEFAULT_RETENTION = 7 * 24 * 60 * 60_000;
const MINIMUM_TTL = 24 * 60 * 60_000;

/** Throws as Pub/Sub refuses; fields the server sets itself are dropped. */
export function subscriptionOf(name: string, body: SubscriptionBody): Subscription {
  refuseOtherDelivery(body);
  const ackDeadlineSeconds = body.ackDeadlineSeconds === 0 ? 10 : (body.ackDeadlineSeconds ?? 10);
  if (ackDeadlineSeconds < 10) throw tooSmall('ack_deadline_seconds', ackDeadlineSeconds, 10);
  if (ackDeadlineSeconds > 600) throw tooLarge('ack_deadline_seconds', ackDeadlineSeconds, 600);
  checkRetention(body.messageRetentionDuration);
  checkExpiration(body.expirationPolicy?.ttl);
  checkPush(body);
  const { detached: _, state: __, topicMessageRetentionDuration: ___, tags: ____, ...settings } = body;
  return {
    ...settings,
    name,
    state: 'ACTIVE',
    topic: body.topic ?? '',
    pushConfig: body.pushConfig ?? {},
    ackDeadlineSeconds,
    messageRetentionDuration: body.messageRetentionDuration ?? formatDuration(DEFAULT_RETENTION),
    expirationPolicy: body.expirationPolicy ?? { ttl: '2678400s' },
    ...(body.retryPolicy !== undefined && { retryPolicy: retryPolicyOf(body.retryPolicy) }),
    ...(body.deadLetterPolicy !== undefined && {
      deadLetterPolicy: deadLetterPolicyOf(body.deadLetterPolicy),
    }),
  };
}

/** Throws INVALID_ARGUMENT when the settings cannot be honoured. */
export function settingsOf(subscription: Subscription): DeliverySettings {
  const { retryPolicy, deadLetterPolicy } = subscription;
  return {
    ackDeadline: subscription.ackDeadlineSeconds * 1000,
    retention: durationOr(subscription.messageRetentionDuration, DEFAULT_RETENTION),
    filter: parseFilter(subscription.filter ?? ''),
    ordered: subscription.enableMessageOrdering === true,
    backoff: retryPolicy && {
      minimum: durationOr(retryPolicy.minimumBackoff, 10_000),
      maximum: durationOr(retryPolicy.maximumBackoff, 600_000),
    },
    deadLetter: deadLetterPolicy && {
      topic: deadLetterPolicy.deadLetterTopic ?? '',
      maxDeliveryAttempts: deadLetterPolicy.maxDeliveryAttempts ?? 5,
    },
  };
}

const updatable = new Set([
  'ackDeadlineSeconds',
  'deadLetterPolicy',
  'enableExactlyOnceDelivery',
  'expirationPolicy',
  'labels',
  'messageRetentionDuration',
  'pushConfig',
  'retainAckedMessages',
  'retryPolicy',
]);

/** `subscription` with the fields of `mask` taken from `body`; topic, filter and ordering are for life. */
export function updateSubscription(
  subscription: Subscription,
  body: SubscriptionBody,
  mask: readonly string[],
): Subscription {
  const updated = parse(SubscriptionBody, applyMask(subscription, body, mask, updatable));
  return {
    ...subscriptionOf(subscription.name, updated),
    ...(subscription.detached === true && { detached: true }),
  };
}

function refuseOtherDelivery(body: SubscriptionBody): void {
  if (body.bigqueryConfig !== undefined) throw unimplemented('delivery to BigQuery');
  if (body.cloudStorageConfig !== undefined) throw unimplemented('delivery to Cloud Storage');
  if (body.bigtableConfig !== undefined) throw unimplemented('delivery to Bigtable');
  if ((body.messageTransforms ?? []).length > 0) throw unimplemented('message transforms');
}

function checkExpiration(ttl: string | undefined): void {
  if (ttl === undefined) return;
  if (parseDuration(ttl, 'expiration_policy.ttl') < MINIMUM_TTL) {
    throw tooSmall('expiration_policy.ttl', ttl, '86400s');
  }
}

function checkPush({ pushConfig = {}, enableExactlyOnceDelivery }: SubscriptionBody): void {
  const { pushEndpoint = '', pubsubWrapper, noWrapper } = pushConfig;
  if (pubsubWrapper !== undefined && noWrapper !== undefined) throw invalidArgument('push_config');
  if (pushEndpoint === '') return;
  if (enableExactlyOnceDelivery === true) throw invalidArgument('enable_exactly_once_delivery');
  const protocol = URL.parse(pushEndpoint)?.protocol;
  if (protocol !== 'http:' && protocol !== 'https:') {
    throw invalid(
      `Invalid push endpoint given (endpoint=${pushEndpoint}). Refer to https://cloud.google.com/pubsub/docs/push for more information.`,
    );
  }
}

function retryPolicyOf(policy: NonNullable<SubscriptionBody['retryPolicy']>) {
  const { minimumBackoff = '10s', maximumBackoff = '600s' } = policy;
  for (const [field, value] of [
    ['retry_policy.minimum_backoff', minimumBackoff],
    ['retry_policy.maximum_backoff', maximumBackoff],
  ] as const) {
    const ms = parseDuration(value, field);
    if (ms < 0) throw tooSmall(field, value, '0s');
    if (ms > 600_000) throw tooLarge(field, value, '600s');
  }
  if (parseDuration(minimumBackoff, '') > parseDuration(maximumBackoff, '')) {
    throw invalidArgument('retry_policy');
  }
  return { minimumBackoff, maximumBackoff };
}

function deadLetterPolicyOf(policy: NonNullable<SubscriptionBody['deadLetterPolicy']>) {
  const { deadLetterTopic = '', maxDeliveryAttempts: asked = 0 } = policy;
  parseName('topics', deadLetterTopic);
  const maxDeliveryAttempts = asked === 0 ? 5 : asked;
  if (maxDeliveryAttempts < 5) throw tooSmall('max_delivery_attempts', maxDeliveryAttempts, 5);
  if (maxDeliveryAttempts > 100) throw tooLarge('max_delivery_attempts', maxDeliveryAttempts, 100);
  return { deadLetterTopic, maxDeliveryAttempts };
}

function durationOr(text: string | undefined, fallback: number): number {
  return text === undefined ? fallback : parseDuration(text, 'duration');
}
