/**
 * Just enough of the protobuf wire format to look at an ONNX file before the native runtime does, and to write
 * a changed copy. Every length is checked against the bytes that are there; nothing is copied or allocated by
 * what the file claims. https://protobuf.dev/programming-guides/encoding/
 */

export class WireError extends Error {
  override readonly name = 'WireError';
}

/** One field of a message: a number for varints, a range of the bytes for what has a length. */
export interface Field {
  readonly number: number;
  /** The varint's value (inexact beyond 2^53), or 0. */
  readonly value: number;
  /** Where the content starts and ends: of a varint its bytes, of a fixed-length field its four or eight. */
  readonly start: number;
  readonly end: number;
  /** True for a length-delimited field: text, bytes, a message or packed numbers. */
  readonly delimited: boolean;
  /** Where the field itself starts, tag included. It ends where the next one starts. */
  readonly tagStart: number;
  readonly tagEnd: number;
}

const FIXED_LENGTHS: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** Walks the fields of the message in `bytes[start, end)` without an object for each: a file may have millions. */
export class Cursor {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;
  number = 0;
  value = 0;
  start = 0;
  end = 0;
  delimited = false;
  tagStart = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** Moves to the next field; false if there is none. Throws a WireError. */
  next(): boolean {
    if (this.#at >= this.#end) return false;
    this.tagStart = this.#at;
    const tag = this.#varint();
    const wireType = tag % 8;
    this.number = (tag - wireType) / 8;
    if (this.number === 0) throw new WireError('field number 0 does not exist');
    this.delimited = wireType === 2;
    if (wireType === 0) {
      this.start = this.#at;
      this.value = this.#varint();
      this.end = this.#at;
      return true;
    }
    this.value = 0;
    const length = wireType === 2 ? this.#varint() : FIXED_LENGTHS[wireType];
    if (length === undefined) throw new WireError(`wire type ${wireType} does not exist`);
    if (length > this.#end - this.#at) throw new WireError('a field is longer than what contains it');
    this.start = this.#at;
    this.#at += length;
    this.end = this.#at;
    return true;
  }

  #varint(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.#at >= this.#end) throw new WireError('the file ends inside a number');
      const byte = this.#bytes[this.#at] ?? 0;
      this.#at += 1;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    throw new WireError('a number is longer than 64 bits');
  }
}

/** The fields of the message in `bytes[start, end)`, each an object of its own. */
export function* fields(bytes: Uint8Array, start = 0, end = bytes.length): Generator<Field> {
  const cursor = new Cursor(bytes, start, end);
  while (cursor.next()) yield fieldAt(cursor);
}

/** The field a cursor is at. */
export function fieldAt(cursor: Cursor): Field {
  const { number, value, start, end, delimited, tagStart } = cursor;
  return { number, value, start, end, delimited, tagStart, tagEnd: end };
}

/** The text of a length-delimited field. Throws on bytes that are not UTF-8. */
export function text(bytes: Uint8Array, field: Field): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(field.start, field.end));
}

/** A varint field's bytes. */
export function varintField(number: number, value: number): Uint8Array {
  return Buffer.concat([varint(number * 8), varint(value)]);
}

/** A length-delimited field's bytes. */
export function delimitedField(number: number, content: Uint8Array | string): Uint8Array {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([delimitedHead(number, bytes.length), bytes]);
}

/** What comes before `length` bytes of a length-delimited field. */
export function delimitedHead(number: number, length: number): Uint8Array {
  return Buffer.concat([varint(number * 8 + 2), varint(length)]);
}

/** Negative numbers take ten bytes, as in two's complement of 64 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) + 0x80);
  return Buffer.from([...bytes, Number(rest)]);
}
