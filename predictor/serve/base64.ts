/**
 * Bytes in base64, `{"b64": "…"}`, as Vertex AI's prediction services take them: of a uint8 tensor, row by row, or of
 * a text in UTF-8. https://cloud.google.com/vertex-ai/docs/predictions/get-online-predictions#encode-binary-data
 */
import { isUtf8 } from 'node:buffer';

export const B64 = 'b64';

export interface Base64 {
  readonly b64: unknown;
}

export function isBase64(value: unknown): value is Base64 {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, B64)) return false;
  return Object.keys(value).length === 1;
}

/** How many bytes it is of, or null if that is no whole base64. */
export function byteLength({ b64 }: Base64): number | null {
  if (typeof b64 !== 'string' || b64.length % 4 !== 0) return null;
  const padding = b64.endsWith('==') ? 2 : b64.endsWith('=') ? 1 : 0;
  return (b64.length / 4) * 3 - padding;
}

/** Writes its bytes at `data[at…]`, where there is room for them; false if some of it is no base64. */
export function writeBytes({ b64 }: Base64, data: Uint8Array, at: number, length: number): boolean {
  // What is no base64 is left out, and then the bytes are fewer.
  const place = Buffer.from(data.buffer, data.byteOffset + at, length);
  return typeof b64 === 'string' && place.write(b64, 'base64') === length;
}

/** The text it is of, or null if it is no base64, or its bytes are no UTF-8. */
export function textOf(value: Base64): string | null {
  const length = byteLength(value);
  if (length === null) return null;
  const bytes = Buffer.alloc(length);
  return writeBytes(value, bytes, 0, length) && isUtf8(bytes) ? bytes.toString('utf8') : null;
}
