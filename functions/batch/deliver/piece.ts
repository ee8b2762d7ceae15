/**
 * Results to be sorted by the numbers of their rows: lines of the number, a tab, and the result without its row. They are
 * kept as bytes, since as many texts and objects would take several times their memory.
 */
import type { Buffers } from '../../batch-world.ts';
import { ByteWriter } from '../rows/byte-writer.ts';

export class Piece {
  readonly #buffers: Buffers;
  readonly #lines: ByteWriter;
  readonly #rows: number[] = [];
  readonly #ends: number[] = [];
  /** Of the longest line. */
  largest = 0;

  /** `bytes`: about as many results come. */
  constructor(buffers: Buffers, bytes: number) {
    this.#buffers = buffers;
    this.#lines = new ByteWriter(buffers, 'piece', bytes);
  }

  get size(): number {
    return this.#rows.length;
  }

  add(row: number, text: string): void {
    const before = this.#lines.length;
    this.#lines.text(`${row}\t${text}\n`);
    this.#rows.push(row);
    this.#ends.push(this.#lines.length);
    this.largest = Math.max(this.largest, this.#lines.length - before);
  }

  /** The lines in the order of their rows, and the first of the rows. */
  sorted(): { bytes: Uint8Array; first: number } {
    const order = Uint32Array.from(this.#rows.keys()).toSorted((a, b) => this.#row(a) - this.#row(b));
    const lines = this.#lines.bytes;
    const sorted = this.#buffers.get('output', lines.length);
    let at = 0;
    for (const i of order) at += lines.copy(sorted, at, this.#ends[i - 1] ?? 0, this.#ends[i]);
    return { bytes: sorted.subarray(0, at), first: this.#row(order[0] ?? 0) };
  }

  #row(i: number): number {
    return this.#rows[i] ?? 0;
  }
}
