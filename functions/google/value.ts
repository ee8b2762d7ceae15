/**
 * JSON as google.protobuf.Value and back (google/protobuf/struct.proto). Every number is a double there. Lists and
 * structs nest as deep as the JSON does.
 */
import type { protos } from '@google-cloud/aiplatform';

type Value = protos.google.protobuf.IValue;

export function toValue(json: unknown): Value {
  if (json === null || json === undefined) return { nullValue: 'NULL_VALUE' };
  if (typeof json === 'number') return { numberValue: json };
  if (typeof json === 'string') return { stringValue: json };
  if (typeof json === 'boolean') return { boolValue: json };
  if (Array.isArray(json)) return { listValue: { values: json.map((item: unknown) => toValue(item)) } };
  const fields = Object.entries(json).map(([name, value]) => [name, toValue(value)] as const);
  return { structValue: { fields: Object.fromEntries(fields) } };
}

export function fromValue(value: Value): unknown {
  if (value.listValue) return (value.listValue.values ?? []).map(fromValue);
  if (value.structValue) {
    const fields = Object.entries(value.structValue.fields ?? {});
    return Object.fromEntries(fields.map(([name, field]) => [name, fromValue(field)]));
  }
  // JSON has no NaN, which no comparison finds different: it comes as the text that JSON has for it (proto3).
  if (typeof value.numberValue === 'number' && !Number.isFinite(value.numberValue))
    return String(value.numberValue);
  return value.numberValue ?? value.stringValue ?? value.boolValue ?? null;
}
