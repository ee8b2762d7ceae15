/** Appends to a buffer of the workspace, which grows where it must. */
import type { Buffers, Purpose } from '../../batch-world.ts';

export class ByteWriter {
  readonly #buffers: Buffers;
  readonly #purpose: Purpose;
  #buffer: Buffer;
  length = 0;

  /** `bytes`: about as many come. */
  constructor(buffers: Buffers, purpose: Purpose, bytes: number) {
    this.#buffers = buffers;
    this.#purpose = purpose;
    this.#buffer = buffers.get(purpose, bytes);
  }

  /** What was appended; valid until more is. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.length);
  }

  text(text: string): void {
    this.#grow(3 * text.length);
    this.length += this.#buffer.write(text, this.length);
  }

  copy(bytes: Buffer, start: number, end: number): void {
    this.#grow(end - start);
    this.length += bytes.copy(this.#buffer, this.length, start, end);
  }

  #grow(more: number): void {
    const needed = this.length + more;
    if (needed > this.#buffer.length)
      this.#buffer = this.#buffers.get(this.#purpose, Math.ceil(needed * 1.25));
  }
}
