/** The wiring of common/wiring.ts and that of Terraform in one form. */
import { parse } from 'yaml';
import {
  ENTRY_POINTS,
  FUNCTIONS,
  notificationsOf,
  subscriptionsOf,
  topicsOf,
  type EntryPoint,
  type Installation,
} from '../../common/wiring.ts';

/** A resource of Terraform: its arguments, blocks within as arrays of one. */
export type Values = Readonly<Record<string, unknown>>;

export interface Wiring {
  readonly topics: readonly string[];
  readonly subscriptions: ReadonlyMap<string, object>;
  readonly notifications: ReadonlyMap<string, readonly object[]>;
}

interface Watching {
  readonly artifacts: string;
  readonly batch?: { readonly inputs?: string };
}

/** The installation that Terraform makes of this slipway.yaml, which names no topics. */
export function installationOf(yaml: string, topics: Installation['topics']): Installation {
  const { project, services }: { project: string; services: Record<string, Watching> } = parse(yaml);
  const watching = Object.values(services);
  const patterns = [
    ...watching.map(({ artifacts }) => artifacts),
    ...watching.flatMap(({ batch }) => batch?.inputs ?? []),
  ];
  const artifacts = patterns.map((pattern) => {
    const [, bucket = '', prefix = ''] = /^gs:\/\/([^/]+)\/([^*]*)/.exec(pattern) ?? [];
    return { bucket, prefix };
  });
  return { project, topics, namePrefix: 'slipway', artifacts };
}

export function described(installation: Installation, urlOf: (entryPoint: EntryPoint) => string): Wiring {
  const urls = {
    onArtifact: urlOf('onArtifact'),
    onRequest: urlOf('onRequest'),
    onTick: urlOf('onTick'),
  };
  return {
    topics: topicsOf(installation).toSorted(),
    subscriptions: sorted(subscriptionsOf(installation, urls)),
    notifications: notificationsOf(installation),
  };
}

/** What Terraform's resources say, in the words of Google's APIs. */
export function planned(of: (type: string) => readonly Values[]): Wiring {
  const notifications = new Map<string, object[]>();
  for (const { bucket, topic, event_types, payload_format, object_name_prefix } of of(
    'google_storage_notification',
  )) {
    const full = { topic: `//pubsub.googleapis.com/${String(topic)}` };
    const one = { ...full, event_types, payload_format, object_name_prefix };
    notifications.set(String(bucket), [...(notifications.get(String(bucket)) ?? []), one]);
  }
  return {
    topics: of('google_pubsub_topic')
      .map(({ project, name }) => `projects/${String(project)}/topics/${String(name)}`)
      .toSorted(),
    subscriptions: sorted(
      new Map(
        of('google_pubsub_subscription').map((values) => [
          `projects/${String(values['project'])}/subscriptions/${String(values['name'])}`,
          subscription(values),
        ]),
      ),
    ),
    notifications,
  };
}

function subscription(values: Values): object {
  const [push] = blocks(values['push_config']);
  const [token] = blocks(push?.['oidc_token']);
  const [retry] = blocks(values['retry_policy']);
  const [dead] = blocks(values['dead_letter_policy']);
  const [expiration] = blocks(values['expiration_policy']);
  return {
    topic: values['topic'],
    // Of a subscription that is pulled, it is for who pulls.
    ...(push && { ackDeadlineSeconds: values['ack_deadline_seconds'] }),
    messageRetentionDuration: values['message_retention_duration'],
    // Terraform's way to say never is an empty one.
    expirationPolicy: expiration?.['ttl'] === '' ? {} : expiration,
    ...(push && {
      pushConfig: {
        pushEndpoint: push['push_endpoint'],
        oidcToken: token && {
          serviceAccountEmail: token['service_account_email'],
          audience: token['audience'],
        },
      },
    }),
    ...(retry && {
      retryPolicy: { minimumBackoff: retry['minimum_backoff'], maximumBackoff: retry['maximum_backoff'] },
    }),
    ...(dead && {
      deadLetterPolicy: {
        deadLetterTopic: dead['dead_letter_topic'],
        maxDeliveryAttempts: dead['max_delivery_attempts'],
      },
    }),
  };
}

function blocks(value: unknown): readonly Values[] {
  return Array.isArray(value) ? value : [];
}

function sorted(map: ReadonlyMap<string, object>): Map<string, object> {
  return new Map([...map].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The entry point whose function has this name. */
export function entryPointOf(functionName: string): EntryPoint {
  const found = ENTRY_POINTS.find((entryPoint) => functionName.endsWith(`-${FUNCTIONS[entryPoint].key}`));
  if (found === undefined) throw new Error(`a function that the description does not know: ${functionName}`);
  return found;
}
