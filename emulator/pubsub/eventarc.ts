/**
 * Eventarc: triggers that bring a bucket's or a topic's news to an HTTP destination as CloudEvents. As on
 * Google Cloud, the transport of a trigger is a push subscription, whose settings decide about retries.
 */
import type { Store } from '../storage/store.ts';
import type { Broker, BrokerOptions } from './broker.ts';
import type { LocalOptions } from './channel.ts';
import { MESSAGE_PUBLISHED, messageEvent, objectEvent } from './cloud-event.ts';
import { announce, cloudEventTypes, objectMessage } from './object-event.ts';
import type { PushFormat } from './push.ts';
import { alreadyExists, invalid, notFound } from './refusals.ts';
import type { SubscriptionBody } from './subscription.ts';

/** What to deliver where. */
export interface TriggerSpec {
  /** `projects/{project}/locations/{location}/triggers/{trigger}` */
  readonly name: string;
  /** `type` with `bucket` (the storage.object types) or with `topic`, a full topic name (messagePublished). */
  readonly eventFilters: readonly EventFilter[];
  readonly destination: { readonly url: string };
  /** Settings of the transport; what is left out is Eventarc's: 10 s to answer, back-off 10 s to 600 s, 24 h. */
  readonly transport?: Pick<SubscriptionBody, 'ackDeadlineSeconds' | 'deadLetterPolicy' | 'retryPolicy'>;
  /** Sent with every event, such as `Bearer …`. */
  readonly authorization?: string;
}

export interface EventFilter {
  readonly attribute: string;
  readonly value: string;
}

export interface Trigger extends TriggerSpec {
  /** The subscription that carries the events: `Broker.counts` and `Broker.deadLettered` take its name. */
  readonly subscription: string;
}

export interface EventarcOptions {
  readonly store: Pick<Store, 'onChange' | 'bucket'>;
  readonly broker: Broker;
  readonly log: BrokerOptions['log'];
}

interface Active {
  readonly trigger: Trigger;
  readonly end: () => void;
}

const namePattern = /^projects\/([^/]+)\/locations\/([^/]+)\/triggers\/([a-z][a-z0-9-]{0,62})$/;

export class Eventarc {
  readonly #store: EventarcOptions['store'];
  readonly #broker: Broker;
  readonly #log: BrokerOptions['log'];
  readonly #triggers = new Map<string, Active>();

  constructor({ store, broker, log }: EventarcOptions) {
    this.#store = store;
    this.#broker = broker;
    this.#log = log;
  }

  /** Throws ALREADY_EXISTS, NOT_FOUND for a bucket or topic that is not there, INVALID_ARGUMENT otherwise. */
  createTrigger(spec: TriggerSpec): Trigger {
    const [, project, location, id] = namePattern.exec(spec.name) ?? [];
    if (project === undefined) {
      throw invalid(`expected projects/*/locations/*/triggers/*, got ${spec.name}`);
    }
    if (this.#triggers.has(spec.name)) throw alreadyExists(spec.name);
    const transport = `eventarc-${location}-${id}`;
    const trigger = { ...spec, subscription: `projects/${project}/subscriptions/${transport}-sub-000` };
    const filters = new Map(spec.eventFilters.map(({ attribute, value }) => [attribute, value]));
    const end =
      filters.get('type') === MESSAGE_PUBLISHED
        ? this.#onTopic(trigger, filters)
        : this.#onBucket(trigger, filters, `projects/${project}/topics/${transport}-000`);
    this.#triggers.set(spec.name, { trigger, end });
    return trigger;
  }

  /** All triggers, in the order of their making. */
  listTriggers(): Trigger[] {
    return [...this.#triggers.values()].map(({ trigger }) => trigger);
  }

  deleteTrigger(name: string): void {
    const active = this.#triggers.get(name);
    if (active === undefined) throw notFound(name);
    this.#triggers.delete(name);
    active.end();
  }

  #onTopic(trigger: Trigger, filters: ReadonlyMap<string, string>): () => void {
    const topic = onlyOther(filters, 'topic');
    this.#subscribe(trigger, topic, (subscription, delivery, config) =>
      messageEvent(config.pushEndpoint ?? '', topic, subscription, delivery),
    );
    return () => this.#broker.deleteSubscription(trigger.subscription);
  }

  /** The bucket's changes pass through a topic of the trigger's own, as they do on Google Cloud. */
  #onBucket(trigger: Trigger, filters: ReadonlyMap<string, string>, topic: string): () => void {
    const bucket = onlyOther(filters, 'bucket');
    const type = filters.get('type') ?? '';
    const types: readonly string[] = Object.values(cloudEventTypes);
    if (!types.includes(type)) {
      throw invalid(`expected type ${types.join(', ')} or ${MESSAGE_PUBLISHED}, got '${type}'`);
    }
    this.#store.bucket(bucket);
    this.#broker.createTopic(topic);
    try {
      this.#subscribe(trigger, topic, (_subscription, delivery, config) =>
        objectEvent(config.pushEndpoint ?? '', type, delivery),
      );
    } catch (error) {
      this.#broker.deleteTopic(topic);
      throw error;
    }
    const ignore = this.#store.onChange((change) => {
      if (change.bucket !== bucket || cloudEventTypes[change.kind] !== type) return;
      announce(this.#broker, topic, objectMessage(change, 'eventarc', 'JSON_API_V1'), this.#log);
    });
    return () => {
      ignore();
      this.#broker.deleteSubscription(trigger.subscription);
      this.#broker.deleteTopic(topic);
    };
  }

  #subscribe(
    { subscription, destination, transport, authorization }: Trigger,
    topic: string,
    pushFormat: PushFormat,
  ): void {
    const settings: SubscriptionBody = {
      topic,
      ackDeadlineSeconds: 10,
      retryPolicy: { minimumBackoff: '10s', maximumBackoff: '600s' },
      messageRetentionDuration: '86400s',
      ...transport,
      pushConfig: { pushEndpoint: destination.url },
    };
    const local: LocalOptions = { pushFormat, ...(authorization !== undefined && { authorization }) };
    this.#broker.createSubscription(subscription, settings, local);
  }
}

/** The one filter beside `type`, which must be `expected`: Eventarc matches these events on nothing else. */
function onlyOther(filters: ReadonlyMap<string, string>, expected: string): string {
  const value = filters.get(expected);
  if (value === undefined || filters.size !== 2) {
    throw invalid(`expected event filters type and ${expected}, got ${[...filters.keys()].join(', ')}`);
  }
  return value;
}
