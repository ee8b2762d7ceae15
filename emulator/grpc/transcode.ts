/**
 * From a gRPC request to the HTTP request that means the same, by the method's google.api.http rule
 * (the rule language is described in google/api/http.proto).
 */

import { isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';

export interface HttpRule {
  readonly get?: string;
  readonly post?: string;
  readonly put?: string;
  readonly patch?: string;
  readonly delete?: string;
  readonly body?: string;
  readonly additional_bindings?: HttpRule | HttpRule[];
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query. */
  readonly url: string;
  readonly body?: Json;
}

/** The first binding of `rule` whose path fits the request, or undefined when none does. */
export function transcode(request: JsonObject, rule: HttpRule): HttpRequest | undefined {
  for (const binding of [rule, ...[rule.additional_bindings ?? []].flat()]) {
    const transcoded = applyBinding(request, binding);
    if (transcoded !== undefined) return transcoded;
  }
  return undefined;
}

const verbs = [
  ['get', 'GET'],
  ['post', 'POST'],
  ['put', 'PUT'],
  ['patch', 'PATCH'],
  ['delete', 'DELETE'],
] as const;

function applyBinding(request: JsonObject, binding: HttpRule): HttpRequest | undefined {
  const [verb, method] = verbs.find(([verb]) => binding[verb] !== undefined) ?? [];
  const template = verb === undefined ? undefined : binding[verb];
  if (method === undefined || template === undefined) return undefined;
  const rest = structuredClone(request);
  let fits = true;
  const path = template.replaceAll(
    /\{([^}=]+)(?:=([^}]+))?\}/g,
    (_, field: string, pattern: string | undefined) => {
      const value = take(rest, camelCase(field).split('.'));
      if (typeof value === 'string' && patternOf(pattern ?? '*').test(value)) {
        return value.split('/').map(encodeURIComponent).join('/');
      }
      fits = false;
      return '';
    },
  );
  if (!fits) return undefined;
  if (binding.body === '*') return { method, url: path, body: rest };
  const body = binding.body === undefined ? undefined : take(rest, [camelCase(binding.body)]);
  const query = queryOf(rest).toString();
  const url = query === '' ? path : `${path}?${query}`;
  return body === undefined ? { method, url } : { method, url, body };
}

/** Reads the field at `path` and removes it, so that what is left is what the path did not say. */
function take(from: JsonObject, path: readonly string[]): Json | undefined {
  const [head, ...tail] = path;
  if (head === undefined) return undefined;
  const value = from[head];
  if (tail.length > 0) return isObject(value) ? take(value, tail) : undefined;
  delete from[head];
  return value;
}

function queryOf(fields: JsonObject): URLSearchParams {
  const query = new URLSearchParams();
  const add = (name: string, value: Json): void => {
    if (Array.isArray(value)) for (const item of value) add(name, item);
    else if (isObject(value)) for (const [key, item] of Object.entries(value)) add(`${name}.${key}`, item);
    else if (value !== null) query.append(name, String(value));
  };
  for (const [name, value] of Object.entries(fields)) add(name, value);
  return query;
}

/** `projects/*` one segment a star, `**` any number. */
function patternOf(pattern: string): RegExp {
  const source = pattern
    .replaceAll(/[.+^$|()[\]\\]/g, '\\$&')
    .replaceAll(/\*\*|\*/g, (star) => (star === '**' ? '.+' : '[^/]+'));
  return new RegExp(`^${source}$`);
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
