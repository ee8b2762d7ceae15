/** Request bodies: proto JSON in, a checked message out, or INVALID_ARGUMENT in Google's words. */
import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { ApiError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';

/** Fields whose keys are the user's own. */
const free = new Set([
  'labels',
  'trafficSplit',
  'systemLabels',
  'metadata',
  'modelParameters',
  'reservedIpRanges',
]);

/** Parses `body` as the message that `schema` describes; both spellings of field names are accepted. */
export function parseMessage<Schema extends TSchema>(schema: Schema, body: Json | undefined): Static<Schema> {
  const message = normalise(body ?? {});
  if (Value.Check(schema, message)) return message;
  const problems = Value.Errors(schema, message);
  const unknown = problems.find((problem) => problem.keyword === 'additionalProperties');
  if (unknown !== undefined) {
    const [name = ''] = unknown.params.additionalProperties;
    const place = unknown.instancePath === '' ? '' : ` at '${protoPath(unknown.instancePath)}'`;
    throw new ApiError(
      'INVALID_ARGUMENT',
      `Invalid JSON payload received. Unknown name "${name}"${place}: Cannot find field.`,
    );
  }
  const [problem] = problems;
  const what = `${protoPath(problem?.instancePath ?? '')}': ${problem?.message ?? 'wrong type'}`;
  throw new ApiError('INVALID_ARGUMENT', `Invalid value at '${what}`);
}

/** `/model/displayName` → `model.display_name`. */
function protoPath(pointer: string): string {
  return pointer
    .slice(1)
    .replaceAll('/', '.')
    .replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** lowerCamelCase names, and no nulls: in proto JSON null means that the field is absent. */
function normalise(value: Json): Json {
  if (Array.isArray(value)) return value.map(normalise);
  if (!isObject(value)) return value;
  const fields: JsonObject = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === null) continue;
    const name = key.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    fields[name] = free.has(name) ? field : normalise(field);
  }
  return fields;
}

/** The fields of an update mask, in lowerCamelCase: `traffic_split,labels` or `trafficSplit,labels`. */
export function parseMask(mask: string | undefined): string[] {
  const fields = (mask ?? '')
    .split(',')
    .map((field) => field.trim())
    .filter((field) => field !== '');
  return fields.map((field) => field.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()));
}

/** Vertex AI's way to report what is wrong with the fields of a request, all at once. */
export function invalidFields(problems: readonly { field: string; message: string }[]): ApiError {
  const list = problems.map(
    ({ field, message }, index) => `${index + 1}.Field: ${field}; Message: ${message}\t`,
  );
  return new ApiError('INVALID_ARGUMENT', `List of found errors:\t${list.join('')}`);
}

export function required(field: string): ApiError {
  return invalidFields([{ field, message: 'Required field is not set.' }]);
}

/** Label rules of Google Cloud: at most 64 entries of at most 63 characters, in lower case (model.proto, `labels`). */
export function checkLabels(field: string, labels: Readonly<Record<string, string>>): void {
  const entries = Object.entries(labels);
  const wrong = entries.find(
    ([key, value]) =>
      !/^[\p{Ll}\p{Lo}][\p{Ll}\p{Lo}\p{N}_-]{0,62}$/u.test(key) ||
      !/^[\p{Ll}\p{Lo}\p{N}_-]{0,63}$/u.test(value),
  );
  if (entries.length <= 64 && wrong === undefined) return;
  const message =
    wrong === undefined
      ? 'No more than 64 user labels can be associated with one resource.'
      : 'Label keys and values can only contain lowercase letters, numbers, dashes and underscores.';
  throw invalidFields([{ field, message }]);
}
