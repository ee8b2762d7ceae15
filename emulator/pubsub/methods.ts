/** The methods that are called as `POST {name}:{method}`. */
import { Type } from 'typebox';

import type { Broker } from './broker.ts';
import type { Delivery } from './consumer.ts';
import { MessageBody, messageJson, messageOf } from './message.ts';
import { parse } from './request.ts';
import { unimplemented } from './refusals.ts';
import { PushConfig } from './subscription.ts';

export type Method = (broker: Broker, name: string, body: unknown) => unknown;

const PublishRequest = Type.Object(
  { messages: Type.Optional(Type.Array(MessageBody)) },
  { additionalProperties: false },
);
const AckRequest = Type.Object(
  { ackIds: Type.Optional(Type.Array(Type.String())) },
  { additionalProperties: false },
);
const ModifyAckRequest = Type.Object(
  { ackIds: Type.Optional(Type.Array(Type.String())), ackDeadlineSeconds: Type.Optional(Type.Integer()) },
  { additionalProperties: false },
);
const PullRequest = Type.Object(
  { maxMessages: Type.Optional(Type.Integer()), returnImmediately: Type.Optional(Type.Boolean()) },
  { additionalProperties: false },
);
const ModifyPushRequest = Type.Object(
  { pushConfig: Type.Optional(PushConfig) },
  { additionalProperties: false },
);
export const topicMethods = new Map<string, Method>([
  [
    'publish',
    (broker, topic, body) => {
      const { messages = [] } = parse(PublishRequest, body);
      return { messageIds: broker.publish(topic, messages.map(messageOf)) };
    },
  ],
]);

export const subscriptionMethods = new Map<string, Method>([
  [
    'pull',
    async (broker, subscription, body) => {
      const { maxMessages = 0, returnImmediately = false } = parse(PullRequest, body);
      const deliveries = await broker.pull(subscription, maxMessages, returnImmediately);
      return deliveries.length === 0 ? {} : { receivedMessages: deliveries.map(receivedMessage) };
    },
  ],
  [
    'acknowledge',
    (broker, subscription, body) => {
      broker.acknowledge(subscription, parse(AckRequest, body).ackIds ?? []);
      return {};
    },
  ],
  [
    'modifyAckDeadline',
    (broker, subscription, body) => {
      const { ackIds = [], ackDeadlineSeconds = 0 } = parse(ModifyAckRequest, body);
      broker.modifyAckDeadline(subscription, ackIds, ackDeadlineSeconds);
      return {};
    },
  ],
  [
    'modifyPushConfig',
    (broker, subscription, body) => {
      broker.modifyPushConfig(subscription, parse(ModifyPushRequest, body).pushConfig ?? {});
      return {};
    },
  ],
  [
    'detach',
    (broker, subscription) => {
      broker.detachSubscription(subscription);
      return {};
    },
  ],
  [
    'seek',
    () => {
      throw unimplemented('seek');
    },
  ],
]);

function receivedMessage({ ackId, message, deliveryAttempt }: Delivery): object {
  const received = { ackId, message: messageJson(message) };
  return deliveryAttempt > 0 ? { ...received, deliveryAttempt } : received;
}
