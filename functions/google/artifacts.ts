/** Artifacts in Cloud Storage. */
import { createHash } from 'node:crypto';
import type { Storage } from '@google-cloud/storage';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { CallError } from '../errors.ts';
import type { Artifacts, Digest, StoredObject } from '../world.ts';
import { calling, orElse } from './call-error.ts';
import { download, type Bounds } from './download.ts';

/** `silenceMs`: how long a download may bring no byte. */
export function storedArtifacts(storage: Storage, silenceMs?: number): Artifacts {
  const silence = silenceMs === undefined ? {} : { silenceMs };
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
        const bytes = await all('artifacts.read', storage, object, {
          mostBytes: maxBytes,
          ...silence,
        });
        return bytes?.toString('utf8') ?? null;
      }),

    readRange: (object, start, end, into) =>
      orElse(null, 'artifacts.readRange', async () => {
        // What is beyond the end cannot be asked for (416), and an inclusive end is what the client takes.
        const last = Math.min(end, object.size) - 1;
        if (start > last) return new Uint8Array();
        const mostBytes = last - start + 1;
        const whole =
          into !== undefined && into.length >= mostBytes ? into : Buffer.allocUnsafeSlow(mostBytes);
        let length = 0;
        const bounds = { range: { start, end: last }, mostBytes, mostMs: READ_MS, ...silence };
        const ended = await download('artifacts.readRange', storage, object, bounds, (chunk) => {
          whole.set(chunk, length);
          length += chunk.length;
        });
        if (ended === 'late') throw tooLate('artifacts.readRange');
        if (ended === 'read' && length === mostBytes) return whole.subarray(0, length);
        const got = ended === 'long' ? 'more' : `only ${length}`;
        throw new CallError('artifacts.readRange', 'UNAVAILABLE', `expected ${mostBytes} bytes, got ${got}`);
      }),

    sha256: (object, until) =>
      orElse<Digest>({ ended: 'gone' }, 'artifacts.sha256', async () => {
        const hash = createHash('sha256');
        const mostMs = until - Date.now();
        const bounds = { mostBytes: object.size, mostMs, ...silence };
        const end = await download('artifacts.sha256', storage, object, bounds, (chunk) =>
          hash.update(chunk),
        );
        if (end === 'late') return { ended: 'late' };
        if (end === 'read') return { ended: 'read', sha256: hash.digest('hex') };
        throw new CallError(
          'artifacts.sha256',
          'UNKNOWN',
          `more than the ${object.size} bytes of the object`,
        );
      }),
  };
}

/** Of small things: a text, a part of a file. */
const READ_MS = 60_000;

/** Null: there is more than that. */
async function all(
  method: string,
  storage: Storage,
  object: StoredObject,
  bounds: Omit<Bounds, 'mostMs'>,
): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  const end = await download(method, storage, object, { ...bounds, mostMs: READ_MS }, (chunk) => {
    chunks.push(chunk);
  });
  if (end === 'late') throw tooLate(method);
  return end === 'read' ? Buffer.concat(chunks) : null;
}

function tooLate(method: string): CallError {
  return new CallError(method, 'DEADLINE_EXCEEDED', `not read within ${READ_MS} ms`);
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

/** What Cloud Storage says of an object. Throws a CallError if it is not as documented. */
export function toObject(method: string, bucket: string, resource: unknown): StoredObject {
  const createdAt = Date.parse(String(Reflect.get(Object(resource), 'timeCreated')));
  if (!Resource.Check(resource) || Number.isNaN(createdAt))
    throw new CallError(method, 'UNKNOWN', 'the answer is not an object of Cloud Storage as documented');
  const { contentEncoding = '' } = resource;
  const size = Number(resource.size);
  return {
    bucket,
    name: resource.name,
    generation: String(resource.generation),
    createdAt,
    size,
    checksum: size === 0 ? null : checksumIn(resource),
    contentEncoding: contentEncoding === '' || contentEncoding === 'identity' ? null : contentEncoding,
  };
}

/** Objects that were composed have no MD5. */
function checksumIn({ crc32c = '', md5Hash = '' }: { crc32c?: string; md5Hash?: string }): string | null {
  if (crc32c !== '') return `crc32c:${crc32c}`;
  return md5Hash === '' ? null : `md5:${md5Hash}`;
}
