/**
 * What carries messages to the functions: topics, push subscriptions with dead letters, notifications of buckets. The
 * local stack makes it of this description, the preflight looks for it, and on Google Cloud Terraform makes it
 * (terraform/modules/slipway/topics.tf, subscriptions.tf): test/terraform/wiring.test.ts compares the two.
 */

/** Names of the topics by their use, unless slipway.yaml gives others. */
export const DEFAULT_TOPICS = {
  requests: 'slipway-requests',
  ticks: 'slipway-ticks',
  events: 'slipway-events',
  artifacts: 'slipway-artifacts',
} as const;

export type TopicUse = keyof typeof DEFAULT_TOPICS;
export type Topics = Readonly<Record<TopicUse, string>>;

/** The functions, by the names that they register with the Functions Framework. */
export const FUNCTIONS = {
  onArtifact: { key: 'on-artifact', topic: 'artifacts' },
  onRequest: { key: 'on-request', topic: 'requests' },
  onTick: { key: 'on-tick', topic: 'ticks' },
} as const satisfies Record<string, FunctionWiring>;

export type EntryPoint = keyof typeof FUNCTIONS;
export const ENTRY_POINTS = ['onArtifact', 'onRequest', 'onTick'] as const satisfies readonly EntryPoint[];

export interface FunctionWiring {
  /** In Terraform; behind the name prefix it names the function, its Cloud Run service and its subscription. */
  readonly key: string;
  /** The topic whose messages are pushed to it. */
  readonly topic: TopicUse;
}

/** Settings of each push subscription, in the words of https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.subscriptions */
export const PUSH_SETTINGS = {
  /** The most that Pub/Sub allows: a tick works for 450 s by default. */
  ackDeadlineSeconds: 600,
  messageRetentionDuration: '604800s',
  retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
  /** Six hours of attempts with that back-off: longer than a release may take. */
  maxDeliveryAttempts: 50,
  /** Without a time to live, never: a quiet month must not end the deliveries. */
  expirationPolicy: {},
} as const;

/** What could not be delivered stays to be read for a month. */
const DEAD_LETTER_RETENTION = '2678400s';

/** What a notification of a bucket tells: the attributes name the object, and nothing else is needed. */
const NOTIFICATION = { event_types: ['OBJECT_FINALIZE'], payload_format: 'NONE' } as const;

export interface Installation {
  readonly project: string;
  /** Usually `slipway`. */
  readonly namePrefix: string;
  readonly topics: Topics;
  /** Where services watch for artifacts, and for inputs of batches: the bucket, and how the names of its objects begin. */
  readonly artifacts: readonly { readonly bucket: string; readonly prefix: string }[];
}

export interface Subscription {
  readonly topic: string;
  readonly ackDeadlineSeconds?: number;
  readonly messageRetentionDuration: string;
  readonly expirationPolicy: object;
  readonly pushConfig?: {
    readonly pushEndpoint: string;
    readonly oidcToken: { readonly serviceAccountEmail: string; readonly audience: string };
  };
  readonly retryPolicy?: { readonly minimumBackoff: string; readonly maximumBackoff: string };
  readonly deadLetterPolicy?: { readonly deadLetterTopic: string; readonly maxDeliveryAttempts: number };
}

/** https://cloud.google.com/storage/docs/json_api/v1/notifications */
export interface Notification {
  readonly topic: string;
  readonly event_types: readonly 'OBJECT_FINALIZE'[];
  readonly payload_format: 'NONE';
  readonly object_name_prefix: string;
}

type Named = Pick<Installation, 'project' | 'namePrefix'>;

/** Full name of the subscription of a function, by its key. It has the function's name. */
export function subscriptionName({ project, namePrefix }: Named, key: string): string {
  return `projects/${project}/subscriptions/${namePrefix}-${key}`;
}

/** Name of the topic of the dead letters, and of the subscription that keeps them. */
export function deadLettersOf(namePrefix: string): string {
  return `${namePrefix}-dead-letters`;
}

/** The account as which Pub/Sub calls a function, and which alone may call it. */
export function pushAccount({ project, namePrefix }: Named, key: string): string {
  return accountOf(project, `${namePrefix}-push-${key}`);
}

/** Address of a service account. A project of a domain, example.com:my-project, is my-project.example.com in it. */
export function accountOf(project: string, id: string): string {
  return `${id}@${project.split(':').toReversed().join('.')}.iam.gserviceaccount.com`;
}

/** All topics by their full names, that of the dead letters last. */
export function topicsOf({ project, namePrefix, topics }: Installation): string[] {
  return [...Object.values(topics), deadLettersOf(namePrefix)].map(
    (name) => `projects/${project}/topics/${name}`,
  );
}

/** Full name → settings. `urls`: where each function answers, which is the audience of its pushes too. */
export function subscriptionsOf(
  installation: Installation,
  urls: Readonly<Record<EntryPoint, string>>,
): Map<string, Subscription> {
  const { project, namePrefix, topics } = installation;
  const { maxDeliveryAttempts, ...settings } = PUSH_SETTINGS;
  const dead = deadLettersOf(namePrefix);
  const deadLetterTopic = `projects/${project}/topics/${dead}`;
  const pushing = ENTRY_POINTS.map((entryPoint): [string, Subscription] => {
    const { key, topic } = FUNCTIONS[entryPoint];
    const audience = urls[entryPoint];
    const oidcToken = { serviceAccountEmail: pushAccount(installation, key), audience };
    return [
      subscriptionName(installation, key),
      {
        ...settings,
        topic: `projects/${project}/topics/${topics[topic]}`,
        pushConfig: { pushEndpoint: audience, oidcToken },
        deadLetterPolicy: { deadLetterTopic, maxDeliveryAttempts },
      },
    ];
  });
  const kept: Subscription = {
    topic: deadLetterTopic,
    messageRetentionDuration: DEAD_LETTER_RETENTION,
    expirationPolicy: {},
  };
  return new Map([...pushing, [`projects/${project}/subscriptions/${dead}`, kept]]);
}

/** Bucket → its notifications: one for each prefix that a service watches. */
export function notificationsOf({ project, topics, artifacts }: Installation): Map<string, Notification[]> {
  const topic = `//pubsub.googleapis.com/projects/${project}/topics/${topics.artifacts}`;
  const prefixes = new Map<string, Set<string>>();
  for (const { bucket, prefix } of artifacts)
    prefixes.set(bucket, new Set([...(prefixes.get(bucket) ?? []), prefix]));
  return new Map(
    [...prefixes].map(([bucket, watched]) => [
      bucket,
      [...watched].map((prefix) => ({ topic, ...NOTIFICATION, object_name_prefix: prefix })),
    ]),
  );
}
