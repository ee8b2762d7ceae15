/** JSON values, as they come off the wire: nothing is known about them until it has been checked. */
export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** Throws a SyntaxError when `text` is not JSON. */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `object` without the fields that are null, at every depth: in Google's JSON, null means that a field is absent. */
export function withoutNulls(object: JsonObject): JsonObject {
  const present = Object.entries(object).filter(([, value]) => value !== null);
  return Object.fromEntries(present.map(([key, value]) => [key, presentOf(value)]));
}

function presentOf(value: Json): Json {
  if (Array.isArray(value)) return value.map(presentOf);
  return isObject(value) ? withoutNulls(value) : value;
}
