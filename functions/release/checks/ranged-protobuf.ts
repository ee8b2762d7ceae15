/**
 * Walks a protobuf message in Cloud Storage by ranged reads: what is skipped is not read. Every length is checked
 * against what contains it, nothing is allocated by what the file claims, and the reads and the fields are
 * counted, so any bytes at all come to an end. https://protobuf.dev/programming-guides/encoding/
 */
import type { Artifacts, StoredObject } from '../../world.ts';

const CHUNK_BYTES = 65_536;
/** With the size of a chunk this also bounds the bytes: 16 MiB. */
const READS_MOST = 256;
const FIELDS_MOST = 200_000;
/** Two varints of ten bytes: a field's tag, and its value or length. */
const HEADER_BYTES = 20;
const FIXED_LENGTHS: ReadonlyMap<number, number> = new Map([
  [1, 8],
  [5, 4],
]);

/** The bytes are not what they should be, or more than is looked at. */
export class Unreadable extends Error {
  override readonly name = 'Unreadable';
}

/** One field of a message. */
export interface WireField {
  readonly number: number;
  /** The varint's value (inexact beyond 2^53); 0 for what is none. */
  readonly value: number;
  /** Where its content starts and ends in the file. */
  readonly start: number;
  readonly end: number;
  /** True for a length-delimited field: text, bytes, a message or packed numbers. */
  readonly delimited: boolean;
}

/** The fields of one generation of an object. Methods throw Unreadable, and let CallErrors through. */
export class RangedProtobuf {
  readonly #artifacts: Pick<Artifacts, 'readRange'>;
  readonly #object: StoredObject;
  #chunk: Uint8Array = new Uint8Array();
  #chunkStart = 0;
  #reads = 0;
  #fields = 0;

  constructor(artifacts: Pick<Artifacts, 'readRange'>, object: StoredObject) {
    this.#artifacts = artifacts;
    this.#object = object;
  }

  /** Walks the message between two offsets of the file. */
  async *fields(start: number, end: number): AsyncGenerator<WireField> {
    let at = start;
    while (at < end) {
      this.#fields += 1;
      if (this.#fields > FIELDS_MOST) throw new Unreadable('too many fields');
      const field = readField(await this.#bytes(at, Math.min(at + HEADER_BYTES, end)), at, end);
      yield field;
      at = field.end;
    }
  }

  /** The text of a field, or null if it has more bytes than that. */
  async text(field: WireField, maxBytes: number): Promise<string | null> {
    if (!field.delimited) throw new Unreadable('a text is a number');
    if (field.end - field.start > maxBytes) return null;
    const bytes = await this.#bytes(field.start, field.end);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new Unreadable('a text is not UTF-8', { cause });
    }
  }

  /** Never asked for more than a chunk holds. */
  async #bytes(start: number, end: number): Promise<Uint8Array> {
    if (start < this.#chunkStart || end > this.#chunkStart + this.#chunk.length) {
      this.#reads += 1;
      if (this.#reads > READS_MOST) throw new Unreadable('too many reads');
      const chunkEnd = Math.min(start + CHUNK_BYTES, this.#object.size);
      const chunk = await this.#artifacts.readRange(this.#object, start, chunkEnd);
      if (chunk === null || chunk.length < end - start)
        throw new Unreadable('the object is gone, or shorter');
      this.#chunk = chunk;
      this.#chunkStart = start;
    }
    return this.#chunk.subarray(start - this.#chunkStart, end - this.#chunkStart);
  }
}

/** Reads a field's tag, and its value or length, from the bytes at `offset` of a message that ends at `end`. */
function readField(bytes: Uint8Array, offset: number, end: number): WireField {
  const tag = readVarint(bytes, 0);
  const number = Math.floor(tag.value / 8);
  const wireType = tag.value % 8;
  if (number === 0) throw new Unreadable('field number 0');
  let start = offset + tag.length;
  if (wireType === 0) {
    const { value, length } = readVarint(bytes, tag.length);
    return { number, value, start, end: start + length, delimited: false };
  }
  let length = FIXED_LENGTHS.get(wireType);
  if (wireType === 2) {
    const told = readVarint(bytes, tag.length);
    start += told.length;
    length = told.value;
  }
  if (length === undefined) throw new Unreadable(`wire type ${wireType}`);
  if (length > end - start) throw new Unreadable('a field is longer than what contains it');
  return { number, value: 0, start, end: start + length, delimited: wireType === 2 };
}

function readVarint(bytes: Uint8Array, at: number): { value: number; length: number } {
  let value = 0;
  for (let i = 0; i < 10; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) throw new Unreadable('the message ends inside a number');
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, length: i + 1 };
  }
  throw new Unreadable('a number is longer than 64 bits');
}
