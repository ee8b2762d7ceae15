/** The results of a stretch of rows, taken from the sorted pieces and kept as bytes. */
import { CallError } from '../../errors.ts';
import type { Buffers } from '../../batch-world.ts';
import type { StoredObject } from '../../world.ts';
import type { BatchContext } from '../context.ts';
import { ByteWriter } from '../rows/byte-writer.ts';

/** Of a piece that is read to its end. */
const NOTHING_MORE = Number.MAX_SAFE_INTEGER;
const WINDOW_BYTES = 256 * 1024;

const PREDICTION = Buffer.from('{"prediction"');
const NEWLINE = 0x0a;
const TAB = 0x09;

/** Where the rest of a piece begins, and with which row. */
export interface PieceAt {
  readonly offset: number;
  readonly next: number;
}

export class Stretch {
  readonly #buffers: Buffers;
  readonly #first: number;
  readonly #results: ByteWriter;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;

  /** Of so many rows from `first`. */
  constructor(buffers: Buffers, first: number, rows: number) {
    this.#buffers = buffers;
    this.#first = first;
    this.#results = new ByteWriter(buffers, 'results', WINDOW_BYTES);
    this.#starts = new Uint32Array(rows);
    this.#ends = new Uint32Array(rows);
  }

  /** Takes the results of the stretch from a piece. Rejects with a CallError. */
  async take({ world }: BatchContext, piece: StoredObject, from: PieceAt): Promise<PieceAt> {
    // Shards follow the input more or less: most pieces have no row of a stretch.
    if (from.next >= this.#first + this.#starts.length) return from;
    let at = from.offset;
    let size = WINDOW_BYTES;
    while (at < piece.size) {
      const end = Math.min(at + size, piece.size);
      const into = this.#buffers.get('piece', end - at);
      const bytes = await world.artifacts.readRange(piece, at, end, into);
      if (bytes === null)
        throw new CallError('artifacts.readRange', 'NOT_FOUND', `${piece.name} was removed`);
      const taken = this.#fill(bytes);
      at += taken.bytes;
      if (taken.next !== null) return { offset: at, next: taken.next };
      // A line may be longer than the window.
      size = taken.bytes === 0 ? size * 2 : WINDOW_BYTES;
    }
    return { offset: at, next: NOTHING_MORE };
  }

  /** Appends the result of a row without its opening brace. False: there is none. */
  writeTo(out: ByteWriter, row: number): boolean {
    const end = this.#ends[row] ?? 0;
    if (end === 0) return false;
    out.copy(this.#results.bytes, (this.#starts[row] ?? 0) + 1, end);
    return true;
  }

  /** `next`: the first row beyond the stretch; null: the bytes end before it. */
  #fill(bytes: Uint8Array): { bytes: number; next: number | null } {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let start = 0;
    for (;;) {
      const newline = buffer.indexOf(NEWLINE, start);
      if (newline === -1) return { bytes: start, next: null };
      const tab = buffer.indexOf(TAB, start);
      const row = Number(buffer.toString('latin1', start, tab));
      const at = row - this.#first;
      if (at >= this.#starts.length) return { bytes: start, next: row };
      if (at >= 0) this.#keep(at, buffer, tab + 1, newline);
      start = newline + 1;
    }
  }

  /** A shard that was answered twice has a row twice: a prediction goes before an error. */
  #keep(at: number, bytes: Buffer, start: number, end: number): void {
    if (this.#ends[at] !== 0 && !isPrediction(bytes, start, end)) return;
    this.#starts[at] = this.#results.length;
    this.#results.copy(bytes, start, end);
    this.#ends[at] = this.#results.length;
  }
}

function isPrediction(bytes: Buffer, start: number, end: number): boolean {
  const to = Math.min(end, start + PREDICTION.length);
  return bytes.compare(PREDICTION, 0, PREDICTION.length, start, to) === 0;
}
