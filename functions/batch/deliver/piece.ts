/**
 * Results to be sorted by the numbers of their rows: lines of the number, a tab, and the result without its row. They are
 * kept as bytes, since as many texts and objects would take several times their memory.
 */
export class Piece {
  #bytes: Buffer;
  #length = 0;
  readonly #rows: number[] = [];
  readonly #ends: number[] = [];

  constructor(bytes: number) {
    this.#bytes = Buffer.allocUnsafe(bytes);
  }

  get size(): number {
    return this.#rows.length;
  }

  add(row: number, text: string): void {
    const line = `${row}\t${text}\n`;
    const most = this.#length + Buffer.byteLength(line);
    if (most > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.ceil(most * 1.25));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    this.#length += this.#bytes.write(line, this.#length);
    this.#rows.push(row);
    this.#ends.push(this.#length);
  }

  /** The lines in the order of their rows, and the first of the rows. */
  sorted(): { bytes: Uint8Array; first: number } {
    const order = Uint32Array.from(this.#rows.keys()).toSorted((a, b) => this.#row(a) - this.#row(b));
    const sorted = Buffer.allocUnsafe(this.#length);
    let at = 0;
    for (const i of order) at += this.#bytes.copy(sorted, at, this.#ends[i - 1] ?? 0, this.#ends[i]);
    return { bytes: sorted, first: this.#row(order[0] ?? 0) };
  }

  #row(i: number): number {
    return this.#rows[i] ?? 0;
  }
}
