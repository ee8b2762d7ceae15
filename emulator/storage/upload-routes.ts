/** Uploads: in one request as `media` or `multipart`, or over several as `resumable`. */
import { Readable } from 'node:stream';

import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';

import { jsonBody, optional, readCall } from './call.ts';
import type { Call } from './call.ts';
import { parseHashHeader } from './checksums.ts';
import { parseContentRange } from './content-range.ts';
import { invalid, required, StorageError } from './errors.ts';
import { parseMultipart } from './multipart.ts';
import { checkObjectName } from './names.ts';
import { applyPatch, objectResource, parsePatch } from './object.ts';
import { checkPreconditions, parsePreconditions } from './preconditions.ts';
import { cancelled } from './sessions.ts';
import type { Session, Sessions, UploadTarget } from './sessions.ts';
import type { Store } from './store.ts';

/** Of a body that came as gzip; others are as large as they are. */
const UNPACKED_BYTES_MAX = 1024 ** 3;

const insert = { config: { rpc: 'storage.objects.insert' } };

export function uploadRoutes(store: Store, sessions: Sessions, baseUrl: () => string): FastifyPluginAsync {
  function upload(target: UploadTarget, content: Buffer) {
    const { bucket, name, ...options } = target;
    return objectResource(store.putObject(bucket, name, content, options), baseUrl());
  }

  /** What would be refused at the end is refused at once. */
  function start({ path }: Call, reply: FastifyReply, target: UploadTarget) {
    const { bucket, name, preconditions } = target;
    checkPreconditions(preconditions, store.bucket(bucket).live(name), 'write');
    const { id } = sessions.start(target);
    const query = new URLSearchParams({ uploadType: 'resumable', name, upload_id: id }).toString();
    return reply.headers({ location: `${baseUrl()}${path}?${query}`, 'x-guploader-uploadid': id }).send();
  }

  async function resume(request: FastifyRequest, reply: FastifyReply, { query }: Call) {
    // Read to the end whatever comes of it: a client that is still sending does not hear a refusal.
    const body = await readBody(request);
    const session = sessions.get(query.get('upload_id') ?? '');
    const range = parseContentRange(request.headers['content-range']);
    if (session.result !== undefined) return objectResource(session.result, baseUrl());
    // After a gap nothing is kept: the answer tells the client where to go on.
    const gap = (range.first ?? 0) > session.received;
    if (range.first !== undefined && !gap) receive(session, body, range.first, range.last);
    if (range.total !== undefined && session.received > range.total) {
      throw invalid(`Expected ${range.total} bytes in all, got ${session.received}.`);
    }
    const toTheEnd = range.first !== undefined && range.last === undefined && range.total === undefined;
    if (body.complete && !gap && (toTheEnd || session.received === range.total)) {
      const checksums = parseHashHeader(headerOf(request, 'x-goog-hash'));
      return objectResource(session.commit(store, checksums), baseUrl());
    }
    session.keepWholeGranules();
    if (session.received > 0) reply.header('range', `bytes=0-${session.received - 1}`);
    // Go's client takes no 308, which its HTTP library would follow (google-api-go-client, internal/gensupport).
    if (headerOf(request, 'x-guploader-no-308')?.toLowerCase() !== 'yes') return reply.code(308).send();
    return reply.header('x-http-status-code-override', '308').send();
  }

  return async (app) => {
    app.post('/b/:bucket/o', insert, async (request, reply) => {
      const call = readCall(request);
      if (call.query.has('upload_id')) return resume(request, reply, call);
      const body = await readWhole(request);
      switch (call.query.get('uploadType')) {
        case 'media':
          return upload(targetOf(call, request, Buffer.alloc(0), request.headers['content-type']), body);
        case 'multipart': {
          const parts = parseMultipart(body, request.headers['content-type']);
          return upload(targetOf(call, request, parts.metadata, parts.contentType), parts.content);
        }
        case 'resumable':
          return start(
            call,
            reply,
            targetOf(call, request, body, headerOf(request, 'x-upload-content-type')),
          );
        case null:
        default:
          throw required('uploadType');
      }
    });

    app.put('/b/:bucket/o', insert, async (request, reply) => resume(request, reply, readCall(request)));

    app.delete('/b/:bucket/o', (request) => {
      sessions.get(readCall(request).query.get('upload_id') ?? '').cancel();
      throw cancelled();
    });
  };
}

/** Keeps what is new of a body. Throws a 400 StorageError, keeping nothing, when it is not as long as it says. */
function receive(session: Session, body: Body, first: number, last: number | undefined): void {
  const { content, complete } = body;
  if (complete && last !== undefined && content.length !== last - first + 1) {
    throw invalid(
      `Invalid request.  There were ${content.length} byte(s) in the request body.  There should have been ` +
        `${last - first + 1} byte(s) (starting at offset ${first} and ending at offset ${last}) according to ` +
        'the Content-Range header.',
    );
  }
  session.append(content, first);
}

/** `metadata` is the object resource that came along, as JSON. */
function targetOf(
  call: Call,
  request: FastifyRequest,
  metadata: Buffer,
  contentType: string | undefined,
): UploadTarget {
  const { bucket, query } = call;
  const resource = jsonBody(metadata);
  if (resource.name !== undefined && typeof resource.name !== 'string')
    throw invalid('Invalid value for: name');
  const name = optional(query, 'name') ?? resource.name;
  if (name === undefined) throw required('name');
  if (resource.name !== undefined && resource.name !== name) {
    throw invalid(`Value '${resource.name}' in content does not agree with value '${name}'.`);
  }
  checkObjectName(name);
  const contentEncoding = optional(query, 'contentEncoding');
  const claims = parseHashHeader(headerOf(request, 'x-goog-hash'));
  const { crc32c, md5Hash } = resource;
  return {
    bucket,
    name,
    attributes: {
      contentType: contentType ?? 'application/octet-stream',
      ...(contentEncoding === undefined ? {} : { contentEncoding }),
      ...applyPatch({}, parsePatch(resource)),
    },
    preconditions: parsePreconditions(query),
    checksums: [
      {
        ...(typeof crc32c === 'string' && { crc32c }),
        ...(typeof md5Hash === 'string' && { md5Hash }),
      },
      // Sent with a resumable upload's start, a hash of the content counts too, but Content-MD5 is of this body.
      claims,
      ...(query.get('uploadType') === 'media' ? [{ md5Hash: headerOf(request, 'content-md5') }] : []),
    ],
  };
}

interface Body {
  readonly content: Buffer;
  /** False when the connection broke off. */
  readonly complete: boolean;
}

/** The body is a stream of what has arrived, unpacked. Throws a 400 StorageError when it unpacks to too much. */
async function readBody({ body, headers }: FastifyRequest): Promise<Body> {
  const chunks: Buffer[] = [];
  if (!(body instanceof Readable)) return { content: Buffer.alloc(0), complete: true };
  let unpacked = 0;
  const packed = headers['content-encoding'] !== undefined;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      if (packed) unpacked += chunk.length;
      if (unpacked > UNPACKED_BYTES_MAX) break;
    }
    if (unpacked <= UNPACKED_BYTES_MAX) return { content: Buffer.concat(chunks), complete: true };
  } catch (error) {
    if (isZlibError(error))
      throw invalid('The body is not what its content encoding says.', { cause: error });
    return { content: Buffer.concat(chunks), complete: false };
  }
  throw invalid(`The body unpacks to more than ${UNPACKED_BYTES_MAX} bytes.`);
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

async function readWhole(request: FastifyRequest): Promise<Buffer> {
  const { content, complete } = await readBody(request);
  if (complete) return content;
  throw new StorageError(499, 'Client Closed Request', { reason: 'clientClosedRequest' });
}

function headerOf({ headers }: FastifyRequest, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(',') : value;
}
