/** Pub/Sub's REST interface, `/v1/projects/…/topics` and `/v1/projects/…/subscriptions` (pubsub.proto). */
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import { Type } from 'typebox';

import { ApiError } from '../core/errors.ts';
import { requireJson } from '../front.ts';
import { isObject, parseJson, withoutNulls } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import type { Broker } from './broker.ts';
import { subscriptionMethods, topicMethods } from './methods.ts';
import type { Method } from './methods.ts';
import { invalid, unimplemented } from './refusals.ts';
import { parse } from './request.ts';
import { SubscriptionBody } from './subscription.ts';
import { TopicBody } from './topic.ts';

/** Ten megabytes of data are some thirteen and a half in base64. */
const BODY_LIMIT = 16 * 1024 * 1024;

const UpdateTopicRequest = Type.Object(
  { topic: Type.Optional(TopicBody), updateMask: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
const UpdateSubscriptionRequest = Type.Object(
  { subscription: Type.Optional(SubscriptionBody), updateMask: Type.Optional(Type.String()) },
  { additionalProperties: false },
);

const PageQuery = Type.Object({
  pageSize: Type.Optional(Type.String({ pattern: '^[0-9]{0,9}$' })),
  pageToken: Type.Optional(Type.String()),
});

/** What the paths of this file carry; the id is a wildcard since it may be longer than a parameter. */
interface Route {
  Params: { readonly project: string; readonly '*': string };
}

/** Register it without a prefix: the paths are Google's. */
export function pubsubRoutes(broker: Broker): FastifyPluginAsync {
  return async (app) => {
    requireJson(app);
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', { parseAs: 'string', bodyLimit: BODY_LIMIT }, (_request, body, done) => {
      try {
        done(null, body === '' ? {} : withoutNulls(objectOf(parseJson(String(body)))));
      } catch (cause) {
        done(new SyntaxError('expected JSON', { cause }));
      }
    });
    app.setErrorHandler((error, _request, reply) => {
      const refusal = error instanceof ApiError ? error : invalid(clientFault(error));
      return reply.code(refusal.httpStatus).send(refusal.toBody());
    });
    topicRoutes(app, broker);
    subscriptionRoutes(app, broker);
    otherRoutes(app);
  };
}

/** Throws a SyntaxError, as parsing does. */
function objectOf(body: Json): JsonObject {
  if (isObject(body)) return body;
  throw new SyntaxError('expected a JSON object');
}

/** What Fastify found wrong with a request. Anything else is a fault of the emulator and must be seen. */
function clientFault(error: unknown): string {
  if (error instanceof SyntaxError) return 'Invalid JSON payload received.';
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) return error.message;
  throw error;
}

function topicRoutes(app: FastifyInstance, broker: Broker): void {
  app.get<Route>('/v1/projects/:project/topics', ({ params, query }) => {
    const { shown: topics, more } = page(broker.listTopics(params.project), query);
    return { topics, ...more };
  });
  app.get<Route>('/v1/projects/:project/topics/*', ({ params, query }) => {
    const [id = '', collection] = params['*'].split('/');
    const topic = `projects/${params.project}/topics/${id}`;
    if (collection === undefined) return broker.getTopic(plain(topic));
    if (collection !== 'subscriptions') throw unimplemented(collection);
    const { shown, more } = page(broker.subscriptionsOf(topic), query);
    return { subscriptions: shown?.map(({ name }) => name), ...more };
  });
  app.put<Route>('/v1/projects/:project/topics/*', ({ params, body }) =>
    broker.createTopic(topicName(params), parse(TopicBody, body ?? {})),
  );
  app.patch<Route>('/v1/projects/:project/topics/*', ({ params, body }) => {
    const { topic = {}, updateMask = '' } = parse(UpdateTopicRequest, body ?? {});
    return broker.updateTopic(topicName(params), topic, maskOf(updateMask));
  });
  app.delete<Route>('/v1/projects/:project/topics/*', ({ params }) => {
    broker.deleteTopic(topicName(params));
    return {};
  });
  app.post<Route>('/v1/projects/:project/topics/*', ({ params, body }) =>
    call(topicMethods, broker, topicName(params), body),
  );
}

function subscriptionRoutes(app: FastifyInstance, broker: Broker): void {
  app.get<Route>('/v1/projects/:project/subscriptions', ({ params, query }) => {
    const { shown: subscriptions, more } = page(broker.listSubscriptions(params.project), query);
    return { subscriptions, ...more };
  });
  app.get<Route>('/v1/projects/:project/subscriptions/*', ({ params }) =>
    broker.getSubscription(plain(subscriptionName(params))),
  );
  app.put<Route>('/v1/projects/:project/subscriptions/*', ({ params, body }) =>
    broker.createSubscription(subscriptionName(params), parse(SubscriptionBody, body ?? {})),
  );
  app.patch<Route>('/v1/projects/:project/subscriptions/*', ({ params, body }) => {
    const { subscription = {}, updateMask = '' } = parse(UpdateSubscriptionRequest, body ?? {});
    return broker.updateSubscription(subscriptionName(params), subscription, maskOf(updateMask));
  });
  app.delete<Route>('/v1/projects/:project/subscriptions/*', ({ params }) => {
    broker.deleteSubscription(subscriptionName(params));
    return {};
  });
  app.post<Route>('/v1/projects/:project/subscriptions/*', ({ params, body }) =>
    call(subscriptionMethods, broker, subscriptionName(params), body),
  );
}

/** Parts of Pub/Sub that nobody here needs say so, rather than that they were not found. */
function otherRoutes(app: FastifyInstance): void {
  for (const collection of ['snapshots', 'schemas']) {
    const refuse = (): never => {
      throw unimplemented(collection);
    };
    app.all(`/v1/projects/:project/${collection}`, refuse);
    app.all(`/v1/projects/:project/${collection}/*`, refuse);
  }
}

function topicName({ project, '*': rest }: Route['Params']): string {
  return `projects/${project}/topics/${rest}`;
}

function subscriptionName({ project, '*': rest }: Route['Params']): string {
  return `projects/${project}/subscriptions/${rest}`;
}

/** `target` when it is a name: the methods that are read with GET belong to IAM. */
function plain(target: string): string {
  const [name = '', method] = target.split(':');
  if (method !== undefined) throw unimplemented(`the method ${method}`);
  return name;
}

/** `target` is `{name}:{method}`; a name holds no colon. */
function call(methods: ReadonlyMap<string, Method>, broker: Broker, target: string, body: unknown): unknown {
  const colon = target.lastIndexOf(':');
  const method = target.slice(colon + 1);
  const run = methods.get(method);
  if (colon === -1 || run === undefined) throw unimplemented(`the method ${method}`);
  return run(broker, target.slice(0, colon), body ?? {});
}

/** A field mask, in the JSON spelling or the proto's. */
function maskOf(mask: string): string[] {
  const fields = mask.split(',').filter((field) => field !== '');
  return fields.map((field) => field.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()));
}

/** One page of `items`, as a field only when there are any, and the token of the next: the last one's name. */
function page<T extends { readonly name: string }>(
  items: readonly T[],
  query: unknown,
): { shown: T[] | undefined; more: { nextPageToken?: string } } {
  const { pageSize = '0', pageToken = '' } = parse(PageQuery, query);
  const after = Buffer.from(pageToken, 'base64url').toString();
  const rest = items.filter((item) => item.name > after);
  const shown = rest.slice(0, Math.min(Number(pageSize) || 100, 1000));
  const last = shown.at(-1)?.name ?? '';
  return {
    shown: shown.length === 0 ? undefined : shown,
    more: shown.length < rest.length ? { nextPageToken: Buffer.from(last).toString('base64url') } : {},
  };
}
