/**
 * Walks a protobuf message in Cloud Storage by ranged reads: what is skipped is not read. Every length is checked
 * against what contains it, nothing is allocated by what the file claims, and the reads and the fields are
 * counted, so any bytes at all come to an end. https://protobuf.dev/programming-guides/encoding/
 */
import { Cursor, WireError, type Field } from '../../../common/artifact/protobuf.ts';
import type { Artifacts, StoredObject } from '../../world.ts';

const CHUNK_BYTES = 65_536;
/** With the size of a chunk this also bounds the bytes: 16 MiB. */
const READS_MAX = 256;
const FIELDS_MAX = 200_000;
/** Two varints of ten bytes: a field's tag, and its value or length. */
const HEADER_BYTES = 20;

/** One field of a message; its content is where `start` and `end` say in the file. */
export type RangedField = Pick<Field, 'number' | 'value' | 'start' | 'end' | 'delimited'>;

/** The fields of one generation of an object. Methods throw WireError, and let CallErrors through. */
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
  async *fields(start: number, end: number): AsyncGenerator<RangedField> {
    let at = start;
    while (at < end) {
      this.#fields += 1;
      if (this.#fields > FIELDS_MAX) throw new WireError('too many fields');
      // Its length is checked against the message, of which only the field's header is here.
      const cursor = new Cursor(await this.#bytes(at, Math.min(at + HEADER_BYTES, end)), 0, end - at);
      cursor.next();
      const { number, value, delimited } = cursor;
      yield { number, value, start: at + cursor.start, end: at + cursor.end, delimited };
      at += cursor.end;
    }
  }

  /** The text of a field, or null if it has more bytes than that. */
  async text(field: RangedField, maxBytes: number): Promise<string | null> {
    if (!field.delimited) throw new WireError('a text is a number');
    if (field.end - field.start > maxBytes) return null;
    const bytes = await this.#bytes(field.start, field.end);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (cause) {
      throw new WireError('a text is not UTF-8', { cause });
    }
  }

  /** Never asked for more than a chunk holds. */
  async #bytes(start: number, end: number): Promise<Uint8Array> {
    if (start < this.#chunkStart || end > this.#chunkStart + this.#chunk.length) {
      this.#reads += 1;
      if (this.#reads > READS_MAX) throw new WireError('too many reads');
      const chunkEnd = Math.min(start + CHUNK_BYTES, this.#object.size);
      const chunk = await this.#artifacts.readRange(this.#object, start, chunkEnd);
      if (chunk === null || chunk.length < end - start) throw new WireError('the object is gone, or shorter');
      this.#chunk = chunk;
      this.#chunkStart = start;
    }
    return this.#chunk.subarray(start - this.#chunkStart, end - this.#chunkStart);
  }
}
