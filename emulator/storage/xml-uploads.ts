/**
 * Uploads of the XML API in parts, and its errors. Parts live in memory until the upload is complete.
 * https://cloud.google.com/storage/docs/multipart-uploads
 */
import { ApiError } from '../core/errors.ts';
import { crc32cOf, md5Of, verifyChecksums } from './checksums.ts';
import type { Checksums } from './checksums.ts';
import { StorageError } from './errors.ts';
import { checkObjectName } from './names.ts';
import { hexOf } from './object.ts';
import type { ObjectAttributes, StoredObject } from './object.ts';
import type { Store } from './store.ts';

const PARTS_MAX = 10_000;
const MIN_PART_BYTES = 5 * 1024 * 1024;

interface Part {
  readonly content: Buffer;
  /** In quotes. */
  readonly etag: string;
  readonly crc32c: string;
  readonly md5Hash: string;
}

interface Upload {
  readonly bucket: string;
  readonly name: string;
  readonly attributes: ObjectAttributes;
  readonly parts: Map<number, Part>;
}

/** A refusal in the words of the XML API. */
export class XmlError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = 'XmlError';
    this.status = status;
    this.code = code;
  }
}

export class XmlUploads {
  readonly #store: Store;
  readonly #uploads = new Map<string, Upload>();
  #lastId = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Throws a StorageError for a bucket that is not there or a name that cannot be. */
  start(bucket: string, name: string, attributes: ObjectAttributes): string {
    this.#store.bucket(bucket);
    checkObjectName(name);
    this.#lastId = Math.max(this.#lastId + 1, this.#store.clock.now() * 1000);
    const id = this.#lastId.toString(36);
    this.#uploads.set(id, { bucket, name, attributes, parts: new Map() });
    return id;
  }

  /** A part that is sent again takes the place of the one before. Throws a 400 StorageError for a wrong checksum. */
  putPart(id: string, partNumber: string, content: Buffer, claims: readonly Checksums[]): Part {
    const upload = this.#find(id);
    const number = Number(partNumber);
    if (!Number.isInteger(number) || number < 1 || number > PARTS_MAX) {
      throw new XmlError(
        400,
        'InvalidArgument',
        `Part number must be an integer between 1 and ${PARTS_MAX}.`,
      );
    }
    const actual = { crc32c: crc32cOf(content), md5Hash: md5Of(content) };
    for (const claimed of claims) verifyChecksums(claimed, actual);
    const part = { content, etag: `"${hexOf(actual.md5Hash)}"`, ...actual };
    upload.parts.set(number, part);
    return part;
  }

  /** Writes the object. `body` lists the parts, in ascending order. */
  complete(id: string, body: string): StoredObject {
    const upload = this.#find(id);
    const listed = [...body.matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = '']) => part);
    const parts = listed.map((text) => {
      const part = upload.parts.get(Number(/<PartNumber>\s*(\d+)\s*</.exec(text)?.[1] ?? 0));
      const etag = /<ETag>(.*?)</s.exec(text)?.[1]?.replaceAll('&quot;', '"').replaceAll('"', '').trim();
      if (part === undefined || etag !== part.etag.replaceAll('"', '')) {
        throw new XmlError(400, 'InvalidPart', 'One or more of the specified parts could not be found.');
      }
      return part;
    });
    if (parts.length === 0) throw new XmlError(400, 'MalformedXML', 'The list of parts is empty.');
    if (parts.slice(0, -1).some(({ content }) => content.length < MIN_PART_BYTES)) {
      throw new XmlError(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed object size.',
      );
    }
    const content = Buffer.concat(parts.map((part) => part.content));
    const object = this.#store.putObject(upload.bucket, upload.name, content, {
      attributes: upload.attributes,
      md5: false,
    });
    this.#uploads.delete(id);
    return object;
  }

  abort(id: string): void {
    this.#find(id);
    this.#uploads.delete(id);
  }

  #find(id: string): Upload {
    const upload = this.#uploads.get(id);
    if (upload !== undefined) return upload;
    throw new XmlError(404, 'NoSuchUpload', 'The requested upload was not found.');
  }
}

/** A 4xx: clients repeat a 501 as they repeat every 5xx, Go's without an end. */
export function notServed(method: string): XmlError {
  return new XmlError(400, 'NotImplemented', `The emulator does not serve this ${method} of the XML API.`);
}

/** What each refusal of the store is called by the XML API. */
const codes = new Map<number, readonly [code: string, message: string]>([
  [400, ['InvalidArgument', 'Invalid argument.']],
  [403, ['AccessDenied', 'Access denied.']],
  [404, ['NoSuchKey', 'The specified key does not exist.']],
  [409, ['OperationAborted', 'A conflicting conditional operation is currently in progress.']],
  [412, ['PreconditionFailed', 'At least one of the pre-conditions you specified did not hold.']],
  [416, ['InvalidRange', 'The requested range cannot be satisfied.']],
  [429, ['SlowDown', 'Please reduce your request rate.']],
  [503, ['ServiceUnavailable', 'Service unavailable. Please retry.']],
]);

export function xmlError(error: unknown): { status: number; body: string } {
  if (error instanceof XmlError) return { status: error.status, body: bodyOf(error.code, error.message, '') };
  const status = statusOf(error);
  const details = status === 500 || !(error instanceof Error) ? '' : error.message;
  if (status === 404 && details.startsWith('The specified bucket')) {
    return { status, body: bodyOf('NoSuchBucket', details, '') };
  }
  const [code, message] = codes.get(status) ?? [
    'InternalError',
    'We encountered an internal error. Please try again.',
  ];
  return { status, body: bodyOf(code, message, details) };
}

function statusOf(error: unknown): number {
  if (error instanceof StorageError || error instanceof ApiError) return error.httpStatus;
  // Fastify's own refusals.
  if (error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500) return 400;
  return 500;
}

function bodyOf(code: string, message: string, details: string): string {
  const more = details === '' ? '' : `<Details>${escapeXml(details)}</Details>`;
  return `<?xml version='1.0' encoding='UTF-8'?><Error><Code>${code}</Code><Message>${escapeXml(message)}</Message>${more}</Error>`;
}

export function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
