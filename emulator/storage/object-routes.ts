/** Objects: get and download, list, patch, update, delete, compose, copy, rewrite, move. */
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';

import {
  jsonBody,
  objectOf,
  optional,
  parseCount,
  parseFlag,
  patchBody,
  readCall,
  unknownPath,
} from './call.ts';
import type { Call } from './call.ts';
import { composeObjects, copyObject } from './copy.ts';
import type { CopyRequest } from './copy.ts';
import { sendContent } from './download.ts';
import { invalid, invalidParameter } from './errors.ts';
import type { ListQuery } from './listing.ts';
import { applyPatch, objectResource, parsePatch } from './object.ts';
import { etagConditions, parseInt64, parsePreconditions } from './preconditions.ts';
import type { Selection } from './store-options.ts';
import type { Store } from './store.ts';

export function objectRoutes(store: Store, baseUrl: () => string): FastifyPluginAsync {
  return async (app) => {
    app.get('/b/:bucket/o', { config: { rpc: 'storage.objects.list' } }, (request) => {
      const { bucket, query } = readCall(request);
      const { objects, prefixes, nextPageToken } = store.listObjects(bucket, parseListQuery(query));
      return {
        kind: 'storage#objects',
        ...(nextPageToken === undefined ? {} : { nextPageToken }),
        ...(prefixes.length === 0 ? {} : { prefixes }),
        ...(objects.length === 0
          ? {}
          : { items: objects.map((object) => objectResource(object, baseUrl())) }),
      };
    });

    app.get('/b/:bucket/o/*', { config: { rpc: 'storage.objects.get' } }, (request, reply) => {
      const call = readCall(request);
      const object = store.getObject(call.bucket, objectOf(call), selectionOf(call, request));
      if (call.query.get('alt') !== 'media') return objectResource(object, baseUrl());
      return sendContent(request, reply, object, store.contentOf(object));
    });

    app.patch('/b/:bucket/o/*', { config: { rpc: 'storage.objects.patch' } }, (request) => {
      const call = readCall(request);
      const patch = parsePatch(patchBody(request.body));
      return objectResource(
        store.updateObject(
          call.bucket,
          objectOf(call),
          (attributes) => applyPatch(attributes, patch),
          selectionOf(call, request),
        ),
        baseUrl(),
      );
    });

    app.put('/b/:bucket/o/*', { config: { rpc: 'storage.objects.update' } }, (request) => {
      const call = readCall(request);
      const attributes = applyPatch({}, parsePatch(jsonBody(request.body)));
      return objectResource(
        store.updateObject(call.bucket, objectOf(call), () => attributes, selectionOf(call, request)),
        baseUrl(),
      );
    });

    app.delete('/b/:bucket/o/*', { config: { rpc: 'storage.objects.delete' } }, (request, reply) => {
      const call = readCall(request);
      store.deleteObject(call.bucket, objectOf(call), selectionOf(call, request));
      return reply.code(204).send();
    });

    app.post('/b/:bucket/o/*', (request) => {
      const call = readCall(request);
      const [, name = '', method] = call.rest;
      switch (method) {
        case 'compose': {
          const preconditions = parsePreconditions(call.query);
          const composed = composeObjects(store, call.bucket, name, jsonBody(request.body), preconditions);
          return objectResource(composed, baseUrl());
        }
        case 'copyTo':
          return objectResource(copyObject(store, copyRequest(call, request)), baseUrl());
        case 'rewriteTo': {
          const object = copyObject(store, copyRequest(call, request));
          const size = String(object.size);
          return {
            kind: 'storage#rewriteResponse',
            totalBytesRewritten: size,
            objectSize: size,
            done: true,
            resource: objectResource(object, baseUrl()),
          };
        }
        case 'moveTo': {
          const move = copyRequest(call, request);
          if (move.to.name === name) throw invalid('The source and destination of a move must differ.');
          const object = copyObject(store, move);
          store.deleteObject(call.bucket, name);
          return objectResource(object, baseUrl());
        }
        case undefined:
        default:
          throw unknownPath();
      }
    });
  };
}

function selectionOf({ query }: Call, { headers }: FastifyRequest): Selection {
  const preconditions = { ...parsePreconditions(query), ...etagConditions(headers) };
  return { generation: parseInt64(query, 'generation'), preconditions };
}

/** Reads `…/o/SOURCE/rewriteTo/b/BUCKET/o/NAME`, and `…/o/SOURCE/moveTo/o/NAME` which stays in its bucket. */
function copyRequest(call: Call, request: FastifyRequest): CopyRequest {
  const [, name = '', method, ...target] = call.rest;
  const path = method === 'moveTo' ? ['b', call.bucket, ...target] : target;
  const [b, toBucket = '', o, toName = '', ...more] = path;
  if (b !== 'b' || o !== 'o' || more.length > 0) throw unknownPath();
  return {
    from: {
      bucket: call.bucket,
      name,
      generation: parseInt64(call.query, 'sourceGeneration'),
      preconditions: parsePreconditions(call.query, 'ifSource'),
    },
    to: { bucket: toBucket, name: toName, preconditions: parsePreconditions(call.query) },
    body: jsonBody(request.body),
  };
}

function parseListQuery(query: URLSearchParams): ListQuery {
  if (query.has('filter')) throw invalidParameter('filter', 'The emulator does not know filter.');
  const matchGlob = optional(query, 'matchGlob');
  const delimiter = optional(query, 'delimiter');
  if (matchGlob !== undefined && delimiter !== undefined && delimiter !== '/') {
    throw invalidParameter('delimiter', 'The delimiter must be "/" in requests that use matchGlob.');
  }
  return {
    prefix: optional(query, 'prefix'),
    delimiter,
    matchGlob,
    includeTrailingDelimiter: parseFlag(query, 'includeTrailingDelimiter'),
    softDeleted: parseFlag(query, 'softDeleted'),
    pageToken: optional(query, 'pageToken'),
    maxResults: parseCount(query, 'maxResults'),
    startOffset: optional(query, 'startOffset'),
    endOffset: optional(query, 'endOffset'),
    versions: parseFlag(query, 'versions'),
  };
}
