/**
 * The JSON API of Cloud Storage over a Store, on every path that Google's clients use for it. No credentials
 * are asked for. https://cloud.google.com/storage/docs/json_api/v1
 */
import type { Readable } from 'node:stream';

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

import { ApiError } from '../core/errors.ts';
import { requireJson } from '../front.ts';
import { bucketRoutes } from './bucket-routes.ts';
import { readCall, unknownPath } from './call.ts';
import { invalid, StorageError } from './errors.ts';
import { selectFields } from './fields.ts';
import { notificationRoutes } from './notification-routes.ts';
import { objectRoutes } from './object-routes.ts';
import { Sessions } from './sessions.ts';
import type { Store } from './store.ts';
import { uploadRoutes } from './upload-routes.ts';
import { xmlRoutes } from './xml.ts';

export interface RoutesOptions {
  /** Where this server is reached, without a slash at the end: links that clients follow start with it. */
  readonly baseUrl: () => string;
}

/** `''` is what STORAGE_EMULATOR_HOST without a path makes the Node client ask for. */
const jsonPrefixes = ['/storage/v1', '/download/storage/v1', ''];
const uploadPrefixes = [
  '/upload/storage/v1',
  '/resumable/upload/storage/v1',
  '/storage/v1/upload/storage/v1',
];

/** For bodies that describe something; the contents of objects have no limit but memory. */
const JSON_BYTES_MAX = 10 * 1024 * 1024;

export function storageRoutes(store: Store, { baseUrl }: RoutesOptions): FastifyPluginAsync {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.setErrorHandler(answerError);
    app.addHook('onRequest', async (request) => {
      // A selector that cannot be read is refused before anything has changed.
      const fields = readCall(request).query.get('fields');
      if (fields !== null) selectFields({}, fields);
    });
    app.addHook('preSerialization', async (request, reply, payload) => {
      const fields = readCall(request).query.get('fields');
      return fields === null || reply.statusCode >= 400 ? payload : selectFields(payload, fields);
    });
    await app.register(async (json) => {
      requireJson(json);
      json.addContentTypeParser(
        '*',
        { parseAs: 'buffer', bodyLimit: JSON_BYTES_MAX },
        async (_request: FastifyRequest, body: Buffer) => body,
      );
      for (const prefix of jsonPrefixes) {
        for (const routes of [bucketRoutes, notificationRoutes, objectRoutes]) {
          await json.register(routes(store, baseUrl), { prefix });
        }
      }
    });
    for (const prefix of [...jsonPrefixes, ...uploadPrefixes].filter((prefix) => prefix !== '')) {
      await app.register(async (unknown) => unknown.setNotFoundHandler(answerUnknown), { prefix });
    }
    await app.register(xmlRoutes(store));
    const sessions = new Sessions(store);
    await app.register(async (uploads) => {
      // The handlers read the stream themselves: what has arrived of an upload that broke off counts.
      uploads.addContentTypeParser('*', async (_request: FastifyRequest, payload: Readable) => payload);
      for (const prefix of uploadPrefixes) {
        await uploads.register(uploadRoutes(store, sessions, baseUrl), { prefix });
      }
    });
  };
}

async function answerUnknown(_request: FastifyRequest, reply: FastifyReply): Promise<void> {
  return reply.code(404).send(unknownPath().toBody());
}

async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const refusal = asRefusal(error);
  if (refusal.httpStatus === 500) request.log.error({ err: error }, 'storage request failed');
  reply.code(refusal.httpStatus);
  if (refusal.httpStatus === 304) return reply.send();
  // Downloads are refused in plain words, everything else in JSON.
  if (request.method === 'GET' && readCall(request).query.get('alt') === 'media') {
    return reply.type('text/html; charset=UTF-8').send(refusal.message);
  }
  return reply.send(refusal.toBody());
}

const reasons = new Map([
  [400, 'invalid'],
  [403, 'forbidden'],
  [429, 'rateLimitExceeded'],
]);

function asRefusal(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  // From the plan of faults that stands before all services.
  if (error instanceof ApiError) {
    const reason = reasons.get(error.httpStatus) ?? 'backendError';
    return new StorageError(error.httpStatus, error.message, { reason }, { cause: error });
  }
  // Fastify's own refusals, such as a body above the limit, and bodies that cannot be unpacked.
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) {
    return invalid(error.message, { cause: error });
  }
  return new StorageError(500, 'Internal Error', { reason: 'internalError' }, { cause: error });
}
