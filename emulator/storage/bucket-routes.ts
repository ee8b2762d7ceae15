/** Buckets: create, get, list, patch, update, delete, and what gcloud asks about them. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { Value } from 'typebox/value';

import type { JsonObject } from '../core/json.ts';
import { bucketResource, BucketSettingsSchema } from './bucket.ts';
import type { BucketSettings } from './bucket.ts';
import { jsonBody, parseCount, patchBody, readCall } from './call.ts';
import { invalid, required } from './errors.ts';
import { etagConditions, parsePreconditions } from './preconditions.ts';
import type { Preconditions } from './preconditions.ts';
import type { Store } from './store.ts';

export function bucketRoutes(store: Store, baseUrl: () => string): FastifyPluginAsync {
  return async (app) => {
    app.post('/b', { config: { rpc: 'storage.buckets.insert' } }, (request) => {
      const project = readCall(request).query.get('project');
      if (project === null) throw required('project');
      const body = jsonBody(request.body);
      if (typeof body.name !== 'string') throw required('name');
      const { location } = body;
      // Google writes locations in capitals, however they were given.
      const settings = typeof location === 'string' ? { ...body, location: location.toUpperCase() } : body;
      return bucketResource(store.createBucket(body.name, parseSettings(settings), project), baseUrl());
    });

    app.get('/b', { config: { rpc: 'storage.buckets.list' } }, (request) => {
      const { query } = readCall(request);
      const project = query.get('project');
      if (project === null) throw required('project');
      const after = query.get('pageToken') ?? '';
      const limit = parseCount(query, 'maxResults') ?? 1000;
      const buckets = store
        .listBuckets(project, query.get('prefix') ?? '')
        .filter(({ record }) => record.name > after);
      const page = buckets.slice(0, limit);
      const items = page.map((bucket) => bucketResource(bucket, baseUrl()));
      const nextPageToken = buckets.length > limit ? page.at(-1)?.record.name : undefined;
      return { kind: 'storage#buckets', items, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
    });

    app.get('/b/:bucket', { config: { rpc: 'storage.buckets.get' } }, (request) => {
      const { bucket } = readCall(request);
      return bucketResource(store.getBucket(bucket, conditionsOf(request)), baseUrl());
    });

    app.patch('/b/:bucket', { config: { rpc: 'storage.buckets.patch' } }, (request) => {
      const { bucket } = readCall(request);
      const patch = patchBody(request.body);
      const change = (settings: BucketSettings) => parseSettings(mergePatch(settings, patch));
      return bucketResource(store.updateBucket(bucket, change, conditionsOf(request)), baseUrl());
    });

    app.put('/b/:bucket', { config: { rpc: 'storage.buckets.update' } }, (request) => {
      const settings = parseSettings(jsonBody(request.body));
      const { bucket } = readCall(request);
      return bucketResource(
        store.updateBucket(bucket, () => settings, conditionsOf(request)),
        baseUrl(),
      );
    });

    app.delete('/b/:bucket', { config: { rpc: 'storage.buckets.delete' } }, (request, reply) => {
      store.deleteBucket(readCall(request).bucket, conditionsOf(request));
      return reply.code(204).send();
    });

    app.get('/b/:bucket/storageLayout', (request) => {
      const { bucket } = readCall(request);
      const { location, locationType } = bucketResource(store.bucket(bucket), baseUrl());
      return {
        kind: 'storage#storageLayout',
        bucket,
        location,
        locationType,
        hierarchicalNamespace: { enabled: false },
      };
    });

    // What gcloud looks for before it deletes a bucket.
    app.get('/b/:bucket/managedFolders', (request) => {
      store.bucket(readCall(request).bucket);
      return { kind: 'storage#managedFolders', items: [] };
    });

    // What gcloud asks for before it makes a notification configuration.
    app.get('/projects/:project/serviceAccount', () => ({
      kind: 'storage#serviceAccount',
      email_address: 'service-0@gs-project-accounts.iam.gserviceaccount.com',
    }));
  };
}

function conditionsOf(request: FastifyRequest): Preconditions {
  return { ...parsePreconditions(readCall(request).query), ...etagConditions(request.headers) };
}

/** Takes what may be set out of a bucket resource. Throws a 400 StorageError. */
function parseSettings(body: unknown): BucketSettings {
  const settings = Value.Clean(BucketSettingsSchema, structuredClone(body));
  if (Value.Check(BucketSettingsSchema, settings)) return settings;
  const path = Value.Errors(BucketSettingsSchema, settings)[0]?.instancePath.slice(1) ?? '';
  throw invalid(`Invalid value for: ${path}`);
}

/** RFC 7396, one level below the top, as far as bucket settings nest: null removes, objects merge. */
function mergePatch(settings: BucketSettings, patch: JsonObject): unknown {
  const merged = new Map<string, unknown>(Object.entries(settings));
  for (const [key, value] of Object.entries(patch)) {
    const before = merged.get(key);
    if (value === null) merged.delete(key);
    else if (isRecord(value) && isRecord(before)) {
      const inner = [...Object.entries(before), ...Object.entries(value)];
      merged.set(key, Object.fromEntries(new Map(inner).entries().filter(([, item]) => item !== null)));
    } else merged.set(key, value);
  }
  return Object.fromEntries(merged);
}

function isRecord(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
