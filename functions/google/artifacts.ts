/** Artifacts in Cloud Storage. */
import { createHash } from 'node:crypto';
import type { File, Storage } from '@google-cloud/storage';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { CallError } from '../errors.ts';
import type { Artifacts, Digest, StoredObject } from '../world.ts';
import { calling, orElse } from './call-error.ts';

export function storedArtifacts(storage: Storage): Artifacts {
  return {
    head: (bucket, name) =>
      orElse(null, 'artifacts.head', async () => {
        const file = storage.bucket(bucket).file(name);
        const [metadata] = await file.getMetadata();
        return toObject('artifacts.head', bucket, metadata);
      }),

    list: (bucket, prefix, glob) => pages(storage, bucket, { prefix, matchGlob: glob }),

    read: (object, maxBytes) =>
      orElse(null, 'artifacts.read', async () => {
        if (object.size > maxBytes) return null;
        const [text] = await generationOf(storage, object).download();
        return text.toString('utf8');
      }),

    readRange: (object, start, end) =>
      orElse(null, 'artifacts.readRange', async () => {
        // What is beyond the end cannot be asked for (416), and an inclusive end is what the client takes.
        const last = Math.min(end, object.size) - 1;
        if (start > last) return new Uint8Array();
        const [bytes] = await generationOf(storage, object).download({ start, end: last });
        return bytes;
      }),

    sha256: (object) =>
      orElse<Digest>({ ended: 'gone' }, 'artifacts.sha256', async () => {
        const hash = createHash('sha256');
        for await (const chunk of generationOf(storage, object).createReadStream()) {
          hash.update(chunk);
        }
        return { ended: 'read', sha256: hash.digest('hex') };
      }),
  };
}

function generationOf(storage: Storage, object: StoredObject): File {
  return storage.bucket(object.bucket).file(object.name, { generation: object.generation });
}

/** What is used of an object, and nothing more: its metadata can be many times larger. */
const FIELDS = 'name,generation,timeCreated,size,crc32c,md5Hash,contentEncoding';

async function* pages(
  storage: Storage,
  bucket: string,
  which: { prefix: string; matchGlob: string },
): AsyncGenerator<readonly StoredObject[]> {
  const fields = `items(${FIELDS}),nextPageToken`;
  let pageToken: string | undefined;
  do {
    const query = { ...which, fields, autoPaginate: false, ...(pageToken !== undefined && { pageToken }) };
    const [files, next] = await calling('artifacts.list', () => storage.bucket(bucket).getFiles(query));
    // With `fields` the client gives the resources as they are (storage 8.4.0, bucket.ts).
    yield files.map((resource: unknown) => toObject('artifacts.list', bucket, resource));
    pageToken = tokenOf(next);
  } while (pageToken !== undefined);
}

function tokenOf(query: unknown): string | undefined {
  const token: unknown = Reflect.get(Object(query), 'pageToken');
  return typeof token === 'string' && token !== '' ? token : undefined;
}

const INT64 = Type.Union([Type.String({ pattern: '^\\d{1,19}$' }), Type.Integer({ minimum: 0 })]);

/** https://cloud.google.com/storage/docs/json_api/v1/objects#resource: an int64 is a string in JSON. */
const Resource = Compile(
  Type.Object({
    name: Type.String({ minLength: 1 }),
    generation: INT64,
    size: INT64,
    timeCreated: Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}T' }),
    crc32c: Type.Optional(Type.String()),
    md5Hash: Type.Optional(Type.String()),
    contentEncoding: Type.Optional(Type.String()),
  }),
);

function toObject(method: string, bucket: string, resource: unknown): StoredObject {
  const createdAt = Date.parse(String(Reflect.get(Object(resource), 'timeCreated')));
  if (!Resource.Check(resource) || Number.isNaN(createdAt))
    throw new CallError(method, 'UNKNOWN', 'the answer is not an object of Cloud Storage as documented');
  const { crc32c, md5Hash, contentEncoding = '' } = resource;
  return {
    bucket,
    name: resource.name,
    generation: String(resource.generation),
    createdAt,
    size: Number(resource.size),
    checksum: crc32c ? `crc32c:${crc32c}` : md5Hash ? `md5:${md5Hash}` : null,
    contentEncoding: contentEncoding === '' || contentEncoding === 'identity' ? null : contentEncoding,
  };
}
