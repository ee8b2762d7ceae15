/**
 * multipart/related bodies of two parts, the object's metadata and its content (RFC 2387). gcloud writes its
 * boundary in single quotes and ends lines with LF alone; both are read.
 */
import { invalid } from './errors.ts';

export interface MultipartUpload {
  /** JSON. */
  readonly metadata: Buffer;
  readonly content: Buffer;
  /** The content type of the content's part. */
  readonly contentType: string | undefined;
}

/** Throws a 400 StorageError. */
export function parseMultipart(body: Buffer, contentType: string | undefined): MultipartUpload {
  const [, double, single, plain] =
    /^multipart\/[^;]+;.*\bboundary=(?:"([^"]+)"|'([^']+)'|([^;\s]+))/i.exec(contentType ?? '') ?? [];
  const boundary = double ?? single ?? plain;
  if (boundary === undefined) throw malformed('expected a boundary in the content type');
  const parts = splitParts(body, `--${boundary}`);
  const [metadata, content] = parts;
  if (metadata === undefined || content === undefined || parts.length > 2) {
    throw malformed(`expected 2 parts, got ${parts.length}`);
  }
  return { metadata: splitHeaders(metadata).content, ...splitHeaders(content) };
}

function splitParts(body: Buffer, delimiter: string): Buffer[] {
  const start = body.indexOf(delimiter);
  if (start === -1) throw malformed('expected the boundary in the body');
  const firstLine = body.subarray(start, body.indexOf('\n', start));
  const separator = `${firstLine.at(-1) === 0x0d ? '\r\n' : '\n'}${delimiter}`;
  const parts: Buffer[] = [];
  for (let at = start + delimiter.length; ;) {
    const partStart = body.indexOf('\n', at) + 1;
    const partEnd = indexOfLine(body, separator, partStart);
    if (partStart === 0 || partEnd === -1) throw malformed('expected a closing boundary');
    parts.push(body.subarray(partStart, partEnd));
    at = partEnd + separator.length;
    if (body.toString('latin1', at, at + 2) === '--') return parts;
  }
}

/** Where `separator` stands with the end of its line after it, so that a longer word in the content is no boundary. */
function indexOfLine(body: Buffer, separator: string, from: number): number {
  let at = body.indexOf(separator, from);
  while (
    at !== -1 &&
    !/^(?:--|[ \t\r\n])/.test(body.toString('latin1', at + separator.length, at + separator.length + 2))
  ) {
    at = body.indexOf(separator, at + 1);
  }
  return at;
}

function splitHeaders(part: Buffer): { content: Buffer; contentType: string | undefined } {
  let contentType: string | undefined;
  for (let at = 0; ;) {
    const lineEnd = part.indexOf('\n', at);
    if (lineEnd === -1) throw malformed('expected an empty line after the headers of a part');
    const line = part.toString('utf8', at, lineEnd).trim();
    at = lineEnd + 1;
    if (line === '') return { content: part.subarray(at), contentType };
    contentType = /^content-type:\s*(.*)$/i.exec(line)?.[1] ?? contentType;
  }
}

function malformed(what: string) {
  return invalid(`Malformed multipart body: ${what}.`);
}
