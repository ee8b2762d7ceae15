/** What the store knows of an object, what of it a client may set, and how it looks on the wire. */
import { Type } from 'typebox';
import type { Static } from 'typebox';
import { Value } from 'typebox/value';

import type { JsonObject } from '../core/json.ts';
import { invalid } from './errors.ts';

const text = Type.Optional(Type.String());

const AttributesSchema = Type.Object({
  contentType: text,
  contentEncoding: text,
  contentDisposition: text,
  contentLanguage: text,
  cacheControl: text,
  customTime: text,
  storageClass: text,
  metadata: Type.Optional(Type.Record(Type.String(), Type.String())),
});

/** What a client may set of an object. */
export type ObjectAttributes = Static<typeof AttributesSchema>;

/** One generation of an object. Times are milliseconds since the Unix epoch; the content is kept elsewhere. */
export const StoredObjectSchema = Type.Object({
  bucket: Type.String(),
  name: Type.String(),
  /** int64 in decimal; strictly increasing over all that one store writes. */
  generation: Type.String(),
  metageneration: Type.Integer(),
  size: Type.Integer(),
  crc32c: Type.String(),
  /** Composite objects have none. */
  md5Hash: text,
  componentCount: Type.Optional(Type.Integer()),
  timeCreated: Type.Number(),
  updated: Type.Number(),
  /** Set once the generation is noncurrent. */
  timeDeleted: Type.Optional(Type.Number()),
  attributes: AttributesSchema,
});

export type StoredObject = Static<typeof StoredObjectSchema>;

const nullable = Type.Optional(Type.Union([Type.String(), Type.Null()]));

export const AttributesPatchSchema = Type.Object({
  contentType: nullable,
  contentEncoding: nullable,
  contentDisposition: nullable,
  contentLanguage: nullable,
  cacheControl: nullable,
  customTime: nullable,
  storageClass: nullable,
  metadata: Type.Optional(
    Type.Union([Type.Record(Type.String(), Type.Union([Type.String(), Type.Null()])), Type.Null()]),
  ),
});

/** A change of the attributes: null removes, what is absent stays. */
export type AttributesPatch = Static<typeof AttributesPatchSchema>;

const plainFields = [
  'contentType',
  'contentEncoding',
  'contentDisposition',
  'contentLanguage',
  'cacheControl',
  'customTime',
  'storageClass',
] as const;

/** Takes what may be set out of a client's object resource, ignoring the rest. Throws a 400 StorageError. */
export function parsePatch(body: JsonObject): AttributesPatch {
  if (!Value.Check(AttributesPatchSchema, body)) {
    const path = Value.Errors(AttributesPatchSchema, body)[0]?.instancePath.slice(1) ?? '';
    throw invalid(`Invalid value for: ${path}`);
  }
  return body;
}

export function applyPatch(attributes: ObjectAttributes, patch: AttributesPatch): ObjectAttributes {
  const next: ObjectAttributes = {};
  for (const field of plainFields) {
    const value = patch[field] === undefined ? attributes[field] : patch[field];
    if (value !== undefined && value !== null) next[field] = value;
  }
  const metadata = new Map(patch.metadata === null ? [] : Object.entries(attributes.metadata ?? {}));
  for (const [key, value] of Object.entries(patch.metadata ?? {})) {
    if (value === null) metadata.delete(key);
    else metadata.set(key, value);
  }
  if (metadata.size > 0) next.metadata = Object.fromEntries(metadata);
  return next;
}

/** The object resource of the JSON API. https://cloud.google.com/storage/docs/json_api/v1/objects#resource */
export type ObjectResource = ReturnType<typeof objectResource>;

/** `baseUrl` is where the links of the resource lead, without a slash at the end. */
export function objectResource(object: StoredObject, baseUrl: string) {
  const { bucket, name, generation, md5Hash, componentCount, timeDeleted, attributes } = object;
  const path = `b/${bucket}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${baseUrl}/storage/v1/${path}`,
    mediaLink: `${baseUrl}/download/storage/v1/${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(object.metageneration),
    storageClass: 'STANDARD',
    ...attributes,
    size: String(object.size),
    ...(md5Hash === undefined ? {} : { md5Hash }),
    crc32c: object.crc32c,
    etag: etagOf(object),
    ...(componentCount === undefined ? {} : { componentCount }),
    timeCreated: rfc3339(object.timeCreated),
    updated: rfc3339(object.updated),
    timeStorageClassUpdated: rfc3339(object.timeCreated),
    ...(timeDeleted === undefined ? {} : { timeDeleted: rfc3339(timeDeleted) }),
  };
}

/** Cloud Storage's etags are a small protobuf message: field 1 is the generation, field 2 the metageneration. */
export function etagOf(object: StoredObject): string {
  const bytes = [0x08, ...varint(BigInt(object.generation)), 0x10, ...varint(BigInt(object.metageneration))];
  return Buffer.from(bytes).toString('base64');
}

/** The etag of the JSON API, and that of the XML API: the MD5 in hexadecimal, where there is one. */
export function etagsOf(object: StoredObject): string[] {
  const { md5Hash } = object;
  return md5Hash === undefined ? [etagOf(object)] : [etagOf(object), hexOf(md5Hash)];
}

export function hexOf(base64: string): string {
  return Buffer.from(base64, 'base64').toString('hex');
}

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return bytes;
}

export function rfc3339(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
