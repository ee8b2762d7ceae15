import { Type } from 'typebox';
import type { Static } from 'typebox';

import { parseDuration } from './duration.ts';
import { parse } from './request.ts';
import { invalidArgument, tooLarge, tooSmall, unimplemented } from './refusals.ts';

const strings = Type.Record(Type.String(), Type.String());

/** google.pubsub.v1.Topic as JSON. */
export const TopicBody = Type.Object(
  {
    name: Type.Optional(Type.String()),
    labels: Type.Optional(strings),
    messageStoragePolicy: Type.Optional(Type.Unknown()),
    kmsKeyName: Type.Optional(Type.String()),
    schemaSettings: Type.Optional(Type.Unknown()),
    satisfiesPzs: Type.Optional(Type.Boolean()),
    messageRetentionDuration: Type.Optional(Type.String()),
    state: Type.Optional(Type.String()),
    ingestionDataSourceSettings: Type.Optional(Type.Unknown()),
    messageTransforms: Type.Optional(Type.Array(Type.Unknown())),
    tags: Type.Optional(strings),
  },
  { additionalProperties: false },
);
export type TopicBody = Static<typeof TopicBody>;
export type Topic = TopicBody & { readonly name: string };

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Throws when Pub/Sub would refuse the settings, or when they would change what subscribers receive. */
export function topicOf(name: string, body: TopicBody): Topic {
  if (body.schemaSettings !== undefined) throw unimplemented('schemas');
  if (body.ingestionDataSourceSettings !== undefined) throw unimplemented('ingestion from a data source');
  if ((body.messageTransforms ?? []).length > 0) throw unimplemented('message transforms');
  checkRetention(body.messageRetentionDuration);
  const { satisfiesPzs: _, state: __, tags: ___, ...settings } = body;
  return { ...settings, name, state: 'ACTIVE' };
}

/** Throws INVALID_ARGUMENT unless `duration` is missing or between 10 minutes and 31 days. */
export function checkRetention(duration: string | undefined): void {
  if (duration === undefined) return;
  const ms = parseDuration(duration, 'message_retention_duration');
  if (ms < 10 * MINUTE) throw tooSmall('message_retention_duration', duration, '600s');
  if (ms > 31 * DAY) throw tooLarge('message_retention_duration', duration, '2678400s');
}

const updatable = new Set(['labels', 'messageRetentionDuration', 'messageStoragePolicy', 'kmsKeyName']);

/** `topic` with the fields of `mask` taken from `body`. Throws INVALID_ARGUMENT. */
export function updateTopic(topic: Topic, body: TopicBody, mask: readonly string[]): Topic {
  return topicOf(topic.name, parse(TopicBody, applyMask(topic, body, mask, updatable)));
}

/** `into` with the fields that `mask` names taken from `from`; one that `from` does not have is cleared. */
export function applyMask(
  into: object,
  from: object,
  mask: readonly string[],
  updatable: ReadonlySet<string>,
): Record<string, unknown> {
  if (mask.length === 0 || mask.some((field) => !updatable.has(field))) throw invalidArgument('update_mask');
  return Object.fromEntries([
    ...Object.entries(into).filter(([field]) => !mask.includes(field)),
    ...Object.entries(from).filter(([field]) => mask.includes(field)),
  ]);
}
