/** Contents on their way out: whole, in ranges, and unpacked for those who do not take gzip. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

import type { FastifyReply, FastifyRequest } from 'fastify';

import { StorageError } from './errors.ts';
import { etagOf } from './object.ts';
import type { StoredObject } from './object.ts';

export async function sendContent(
  request: FastifyRequest,
  reply: FastifyReply,
  object: StoredObject,
  content: Buffer,
  etag = etagOf(object),
): Promise<FastifyReply> {
  const { attributes } = object;
  const stored = attributes.contentEncoding ?? 'identity';
  reply.headers({
    'content-type': attributes.contentType ?? 'application/octet-stream',
    etag,
    'last-modified': new Date(object.updated).toUTCString(),
    'accept-ranges': 'bytes',
    'x-goog-generation': object.generation,
    'x-goog-metageneration': String(object.metageneration),
    'x-goog-stored-content-encoding': stored,
    'x-goog-stored-content-length': String(object.size),
    'x-goog-storage-class': attributes.storageClass ?? 'STANDARD',
    'cache-control': attributes.cacheControl ?? 'no-cache, no-store, max-age=0, must-revalidate',
  });
  // One line for each, as Google sends them: Go's client looks for a line that begins with `crc32c=`.
  reply.header('x-goog-hash', hashesOf(object));
  if (attributes.contentDisposition !== undefined) {
    reply.header('content-disposition', attributes.contentDisposition);
  }
  if (attributes.contentLanguage !== undefined) reply.header('content-language', attributes.contentLanguage);
  if (stored === 'gzip') {
    reply.header('vary', 'Accept-Encoding');
    if (isTranscoded(request, object, content)) {
      reply.header('warning', '214 UploadServer gunzipped');
      return reply.send(Readable.from([content]).pipe(createGunzip()));
    }
  }
  if (stored !== 'identity') reply.header('content-encoding', stored);
  const range = parseRange(request.headers.range, content.length);
  if (range === undefined) return reply.send(content);
  if (range.first > range.last) {
    reply.header('content-range', `bytes */${content.length}`);
    throw new StorageError(416, 'Request range not satisfiable', {
      reason: 'requestedRangeNotSatisfiable',
      locationType: 'header',
      location: 'Range',
    });
  }
  const { first, last } = range;
  reply.code(206).header('content-range', `bytes ${first}-${last}/${content.length}`);
  return reply.send(content.subarray(first, last + 1));
}

/**
 * Decompressive transcoding: what is stored as gzip goes out unpacked, whole, whatever the range, to a client that does not
 * take gzip, unless its Cache-Control forbids that (https://cloud.google.com/storage/docs/transcoding).
 */
function isTranscoded(request: FastifyRequest, object: StoredObject, content: Buffer): boolean {
  if (/\bno-transform\b/i.test(object.attributes.cacheControl ?? '')) return false;
  const accepted = (request.headers['accept-encoding'] ?? '').split(',').map((coding) => coding.trim());
  if (accepted.some((coding) => /^(?:gzip|\*)(?:\s*;\s*q=(?!0(?:\.0*)?$).*)?$/i.test(coding))) return false;
  // What only says that it is gzip cannot be unpacked.
  return content[0] === 0x1f && content[1] === 0x8b;
}

function hashesOf({ crc32c, md5Hash }: StoredObject): string[] {
  return [`crc32c=${crc32c}`, ...(md5Hash === undefined ? [] : [`md5=${md5Hash}`])];
}

/** Positions of the first and last byte; first above last when nothing of the content is in the range. */
interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/** One range of bytes (RFC 9110, section 14.2); what is anything else is ignored, as HTTP asks. */
function parseRange(header: string | undefined, size: number): ByteRange | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return undefined;
  if (from === '')
    return Number(to) === 0
      ? { first: size, last: -1 }
      : { first: Math.max(0, size - Number(to)), last: size - 1 };
  const first = Number(from);
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (to !== '' && Number(to) < first) return undefined;
  return { first, last };
}
