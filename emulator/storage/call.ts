/** One request to the JSON API: which bucket and object it names, and what its query says. */
import type { FastifyRequest } from 'fastify';

import { isObject, parseJson, withoutNulls } from '../core/json.ts';
import type { JsonObject } from '../core/json.ts';
import { invalid, invalidParameter, StorageError } from './errors.ts';

export interface Call {
  /** Path without the query. */
  readonly path: string;
  /** Decoded; empty where the path names no bucket. */
  readonly bucket: string;
  /** What follows the bucket, each part decoded by itself: `o`, the object's name, a method… */
  readonly rest: readonly string[];
  readonly query: URLSearchParams;
}

/**
 * Reads the path as it came. Names are decoded part by part, so that a `%2F` in a name stays part of it.
 * Throws a 400 StorageError.
 */
export function readCall(request: FastifyRequest): Call {
  const url = request.raw.url ?? '';
  const cut = url.indexOf('?');
  const path = cut === -1 ? url : url.slice(0, cut);
  const parts = path.split('/');
  const [bucket = '', ...rest] = parts.slice(parts.indexOf('b') + 1).map(decode);
  return { path, bucket, rest, query: parametersOf(cut === -1 ? '' : url.slice(cut + 1)) };
}

/** A parameter without a value is as good as none: Go's client sends `matchGlob=&pageToken=` with every list. */
export function parametersOf(query: string): URLSearchParams {
  return new URLSearchParams([...new URLSearchParams(query)].filter(([, value]) => value !== ''));
}

/** Throws a 400 StorageError. */
export function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    throw invalid(`Invalid percent-encoding in '${part}'`, { cause: error });
  }
}

/** The object that the path names. Throws a 404 StorageError for a path that says more than that. */
export function objectOf(call: Call): string {
  const [, name = '', ...more] = call.rest;
  if (more.length > 0) throw unknownPath();
  return name;
}

export function unknownPath(): StorageError {
  return new StorageError(404, 'Not Found', { reason: 'notFound' });
}

/**
 * The body of a patch as a JSON object, where null removes a field; none at all counts as an empty one. Throws a
 * 400 StorageError.
 */
export function patchBody(body: unknown): JsonObject {
  const text = Buffer.isBuffer(body) ? body.toString() : '';
  if (text.trim() === '') return {};
  const value = parseBody(text);
  if (!isObject(value)) throw new StorageError(400, 'Parse Error', { reason: 'parseError' });
  return value;
}

/** The body as a JSON object in which null means that a field is absent. Throws a 400 StorageError. */
export function jsonBody(body: unknown): JsonObject {
  return withoutNulls(patchBody(body));
}

function parseBody(text: string) {
  try {
    return parseJson(text);
  } catch (error) {
    throw new StorageError(400, 'Parse Error', { reason: 'parseError' }, { cause: error });
  }
}

export function optional(query: URLSearchParams, parameter: string): string | undefined {
  return query.get(parameter) ?? undefined;
}

/** Throws a 400 StorageError when the parameter is there and not a positive integer. */
export function parseCount(query: URLSearchParams, parameter: string): number | undefined {
  const value = query.get(parameter);
  if (value === null) return undefined;
  if (!/^\d{1,9}$/.test(value) || Number(value) === 0) {
    throw invalidParameter(parameter, `Invalid value for ${parameter}: '${value}'.`);
  }
  return Number(value);
}

/** Google's clients write booleans as `true` and as `True`. */
export function parseFlag(query: URLSearchParams, parameter: string): boolean {
  return query.get(parameter)?.toLowerCase() === 'true';
}
