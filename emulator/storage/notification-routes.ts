/** Notification configurations: which topics hear of a bucket's changes. */
import type { FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';
import { Value } from 'typebox/value';

import type { JsonObject } from '../core/json.ts';
import { NotificationConfigSchema } from './bucket.ts';
import type { NotificationConfig } from './bucket.ts';
import { jsonBody, readCall, unknownPath } from './call.ts';
import { invalid } from './errors.ts';
import type { Store } from './store.ts';

const EVENT_TYPES = new Set(['OBJECT_FINALIZE', 'OBJECT_METADATA_UPDATE', 'OBJECT_DELETE', 'OBJECT_ARCHIVE']);
const TOPIC = /^\/\/pubsub\.googleapis\.com\/projects\/[^/]+\/topics\/[^/]+$/;

const RequestSchema = Type.Omit(NotificationConfigSchema, ['id']);

export function notificationRoutes(store: Store, baseUrl: () => string): FastifyPluginAsync {
  return async (app) => {
    app.post('/b/:bucket/notificationConfigs', (request) => {
      const { bucket } = readCall(request);
      return resource(bucket, store.addNotification(bucket, parseConfig(jsonBody(request.body))), baseUrl());
    });

    app.get('/b/:bucket/notificationConfigs', (request) => {
      const { bucket } = readCall(request);
      const items = store.notifications(bucket).map((config) => resource(bucket, config, baseUrl()));
      return { kind: 'storage#notifications', items };
    });

    app.get('/b/:bucket/notificationConfigs/:id', (request) => {
      const { bucket, rest } = readCall(request);
      const config = store.notifications(bucket).find(({ id }) => id === rest[1]);
      if (config === undefined) throw unknownPath();
      return resource(bucket, config, baseUrl());
    });

    app.delete('/b/:bucket/notificationConfigs/:id', (request, reply) => {
      const { bucket, rest } = readCall(request);
      store.removeNotification(bucket, rest[1] ?? '');
      return reply.code(204).send();
    });
  };
}

function resource(bucket: string, config: NotificationConfig, baseUrl: string) {
  return {
    kind: 'storage#notification',
    selfLink: `${baseUrl}/storage/v1/b/${bucket}/notificationConfigs/${config.id}`,
    ...config,
    etag: config.id,
  };
}

/** Throws a 400 StorageError. */
function parseConfig(body: JsonObject): Omit<NotificationConfig, 'id'> {
  const config = Value.Clean(RequestSchema, body);
  if (!Value.Check(RequestSchema, config)) {
    throw invalid(
      `Invalid value for: ${Value.Errors(RequestSchema, config)[0]?.instancePath.slice(1) ?? ''}`,
    );
  }
  if (!TOPIC.test(config.topic)) throw invalid(`Invalid Google Cloud Pub/Sub topic: '${config.topic}'.`);
  const unknown = config.event_types?.find((type) => !EVENT_TYPES.has(type));
  if (unknown !== undefined) throw invalid(`Invalid event type: '${unknown}'.`);
  return config;
}
