/**
 * What stands before every service of the emulator: who may ask, and how bodies and methods are wrapped. Google's
 * front end unpacks gzip bodies and honours X-HTTP-Method-Override for all of its APIs.
 */
import type { IncomingMessage } from 'node:http';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import type { FastifyInstance, FastifyRequest } from 'fastify';

import { ApiError } from './core/errors.ts';
import { refusalOf } from './core/loopback.ts';

const overridable = new Set(['GET', 'PUT', 'PATCH', 'DELETE', 'HEAD']);

/** Gives a POST the method that X-HTTP-Method-Override names: Java's clients have no other way to send a PATCH. */
export function overrideMethod(request: IncomingMessage): void {
  const method = String(request.headers['x-http-method-override'] ?? '').toUpperCase();
  if (request.method === 'POST' && overridable.has(method)) request.method = method;
}

/** Refuses what does not come from a program of this machine, and unpacks bodies; for routes added afterwards. */
export function guard(app: FastifyInstance, hostNames: ReadonlySet<string>): void {
  app.addHook('onRequest', async (request) => {
    const refusal = refusalOf(request.headers, hostNames);
    if (refusal !== undefined) throw new ApiError('PERMISSION_DENIED', refusal);
  });
  app.addHook('preParsing', async (request, _reply, payload) => {
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding === 'identity' || encoding === '') return payload;
    if (encoding !== 'gzip' && encoding !== 'x-gzip') {
      throw new ApiError(
        'INVALID_ARGUMENT',
        `The content encoding "${encoding}" of a request is not served.`,
      );
    }
    return unpacked(payload);
  });
}

/** Fastify counts what comes out against the limit of the body, and what went in against Content-Length. */
function unpacked(packed: Readable): Readable & { receivedEncodedLength: number } {
  const gunzip = Object.assign(createGunzip(), { receivedEncodedLength: 0 });
  packed.on('data', (chunk: Buffer) => {
    gunzip.receivedEncodedLength += chunk.length;
  });
  // An error ends the unpacked stream too, and its reader hears of it.
  pipeline(packed, gunzip, () => {});
  return gunzip;
}

/**
 * Routes added afterwards take JSON bodies only: the types that a web page may post without asking first – text,
 * forms, none at all – are refused. An empty body needs no type.
 */
export function requireJson(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    if (!hasBody(request)) return;
    const type = request.headers['content-type'] ?? '';
    if (/^application\/(?:[a-z0-9.+-]*\+)?json\b/i.test(type)) return;
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Expected a body of the content type application/json, got "${type}".`,
    );
  });
}

function hasBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}
