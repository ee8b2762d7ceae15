/**
 * The XML API as far as Google's own clients use it without being asked to: Go's reader downloads by it, and Python's
 * transfer_manager uploads large files in parts by it. Every other call of it is refused with a 4xx, which no client
 * repeats. https://cloud.google.com/storage/docs/xml-api/reference-methods
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

import { decode, parametersOf, unknownPath } from './call.ts';
import { parseHashHeader } from './checksums.ts';
import { sendContent } from './download.ts';

import { checkBucketName } from './names.ts';
import { etagOf, hexOf } from './object.ts';
import type { ObjectAttributes, StoredObject } from './object.ts';
import { etagConditions, parseInt64 } from './preconditions.ts';
import type { Preconditions } from './preconditions.ts';
import type { Store } from './store.ts';
import { escapeXml, notServed, XmlUploads, xmlError } from './xml-uploads.ts';

/** First words of paths that could be names of buckets but belong to the JSON API, and those of other APIs. */
const ofJson = new Set(['b', 'batch', 'download', 'resumable', 'storage', 'upload']);
const notBuckets = new Set([...ofJson, 'emulator', 'v1beta1']);

/** What one part may have here, in memory; Google takes 5 GiB. */
const PART_BYTES_MAX = 1024 ** 3;

interface Target {
  readonly bucket: string;
  readonly name: string;
  readonly query: URLSearchParams;
}

export function xmlRoutes(store: Store): FastifyPluginAsync {
  const uploads = new XmlUploads(store);
  return async (app) => {
    app.setErrorHandler(answerError);
    app.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: PART_BYTES_MAX },
      async (_request: FastifyRequest, body: Buffer) => body,
    );

    app.get('/:bucket/*', { config: { rpc: 'storage.objects.get' } }, async (request, reply) => {
      const target = targetOf(request);
      if (target === undefined) return unknown(request, reply);
      if (target.name === '' || isSubresource(target.query)) throw notServed(request.method);
      const generation = parseInt64(target.query, 'generation');
      const object = store.getObject(target.bucket, target.name, {
        generation,
        preconditions: preconditionsOf(request),
      });
      reply.headers(metadataHeaders(object));
      return sendContent(request, reply, object, store.contentOf(object), `"${xmlEtag(object)}"`);
    });

    app.put('/:bucket/*', { config: { rpc: 'storage.objects.insert' } }, async (request, reply) => {
      const target = targetOf(request);
      if (target === undefined) return unknown(request, reply);
      const [uploadId, part] = [target.query.get('uploadId'), target.query.get('partNumber')];
      if (uploadId === null || part === null) throw notServed(request.method);
      const claims = parseHashHeader(textOf(request, 'x-goog-hash'));
      const md5Hash = textOf(request, 'content-md5');
      const stored = uploads.putPart(uploadId, part, bodyOf(request), [claims, { md5Hash }]);
      return reply
        .headers({ etag: stored.etag, 'x-goog-hash': [`crc32c=${stored.crc32c}`, `md5=${stored.md5Hash}`] })
        .send();
    });

    app.post('/:bucket/*', { config: { rpc: 'storage.objects.insert' } }, async (request, reply) => {
      const target = targetOf(request);
      if (target === undefined) return unknown(request, reply);
      const { bucket, name, query } = target;
      const uploadId = query.get('uploadId');
      reply.type('application/xml; charset=UTF-8');
      if (uploadId !== null) {
        const object = uploads.complete(uploadId, bodyOf(request).toString());
        return xml('CompleteMultipartUploadResult', { ...named(bucket, name), ETag: `"${etagOf(object)}"` });
      }
      if (!hasFlag(request, 'uploads')) throw notServed(request.method);
      const id = uploads.start(bucket, name, attributesOf(request));
      return xml('InitiateMultipartUploadResult', { ...named(bucket, name), UploadId: id });
    });

    app.delete('/:bucket/*', async (request, reply) => {
      const target = targetOf(request);
      if (target === undefined) return unknown(request, reply);
      const uploadId = target.query.get('uploadId');
      if (uploadId === null) throw notServed(request.method);
      uploads.abort(uploadId);
      return reply.code(204).send();
    });

    app.route({
      method: ['GET', 'PUT', 'POST', 'DELETE'],
      url: '/:bucket',
      handler: async (request, reply) => {
        if (targetOf(request) === undefined) return unknown(request, reply);
        throw notServed(request.method);
      },
    });
  };
}

/** Undefined when the path is not that of a bucket. */
function targetOf(request: FastifyRequest): Target | undefined {
  const url = request.raw.url ?? '';
  const cut = url.indexOf('?');
  const [, bucket = '', ...rest] = (cut === -1 ? url : url.slice(0, cut)).split('/');
  if (notBuckets.has(bucket)) return undefined;
  try {
    checkBucketName(bucket);
  } catch {
    return undefined;
  }
  return { bucket, name: decode(rest.join('/')), query: parametersOf(cut === -1 ? '' : url.slice(cut + 1)) };
}

/** What begins like the JSON API's paths is not there; the rest is for others to answer. */
function unknown(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const [, first = ''] = (request.raw.url ?? '').split(/[/?]/);
  if (!ofJson.has(first)) {
    reply.callNotFound();
    return reply;
  }
  return reply.code(404).send(unknownPath().toBody());
}

/** Of `?uploads`, whose value is empty, and of what asks for an ACL, a policy, … of an object. */
function hasFlag(request: FastifyRequest, flag: string): boolean {
  return new URL(request.raw.url ?? '', 'http://localhost').searchParams.has(flag);
}

function isSubresource(query: URLSearchParams): boolean {
  return ['uploadId', 'acl', 'retention', 'tagging'].some((name) => query.has(name));
}

/** Of this API, conditions on generations are headers. */
function preconditionsOf(request: FastifyRequest): Preconditions {
  return {
    ...etagConditions(request.headers),
    generationMatch: textOf(request, 'x-goog-if-generation-match'),
    generationNotMatch: textOf(request, 'x-goog-if-generation-not-match'),
    metagenerationMatch: textOf(request, 'x-goog-if-metageneration-match'),
    metagenerationNotMatch: textOf(request, 'x-goog-if-metageneration-not-match'),
  };
}

/** Of this API, an etag is the MD5 in hexadecimal, where the object has one. */
function xmlEtag(object: StoredObject): string {
  return object.md5Hash === undefined ? etagOf(object) : hexOf(object.md5Hash);
}

function metadataHeaders({ componentCount, attributes }: StoredObject): Record<string, string> {
  const custom = Object.entries(attributes.metadata ?? {}).map(([key, value]) => [
    `x-goog-meta-${key}`,
    value,
  ]);
  const count = componentCount === undefined ? [] : [['x-goog-component-count', String(componentCount)]];
  const time = attributes.customTime === undefined ? [] : [['x-goog-custom-time', attributes.customTime]];
  return Object.fromEntries([...custom, ...count, ...time]);
}

function attributesOf(request: FastifyRequest): ObjectAttributes {
  const given: ObjectAttributes = {
    contentType: textOf(request, 'content-type') ?? 'application/octet-stream',
  };
  const fields = [
    ['contentEncoding', 'content-encoding'],
    ['contentDisposition', 'content-disposition'],
    ['contentLanguage', 'content-language'],
    ['cacheControl', 'cache-control'],
    ['customTime', 'x-goog-custom-time'],
    ['storageClass', 'x-goog-storage-class'],
  ] as const;
  for (const [field, header] of fields) {
    const value = textOf(request, header);
    if (value !== undefined) given[field] = value;
  }
  const metadata = Object.entries(request.headers).flatMap(([header, value]) =>
    header.startsWith('x-goog-meta-') ? [[header.slice('x-goog-meta-'.length), String(value)]] : [],
  );
  return metadata.length === 0 ? given : { ...given, metadata: Object.fromEntries(metadata) };
}

function bodyOf({ body }: FastifyRequest): Buffer {
  return Buffer.isBuffer(body) ? body : Buffer.alloc(0);
}

function textOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}

function named(bucket: string, name: string) {
  return { Bucket: bucket, Key: name };
}

function xml(root: string, fields: Readonly<Record<string, string>>): string {
  const inner = Object.entries(fields).map(([field, value]) => `<${field}>${escapeXml(value)}</${field}>`);
  return `<?xml version='1.0' encoding='UTF-8'?><${root} xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>${inner.join('')}</${root}>`;
}

async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<void> {
  const { status, body } = xmlError(error);
  if (status === 500) request.log.error({ err: error }, 'storage request failed');
  reply.code(status);
  if (status === 304) return reply.send();
  return reply.type('application/xml; charset=UTF-8').send(body);
}
