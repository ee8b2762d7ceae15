/**
 * JSON text that is put together as bytes, which leaves no garbage behind, and made a string in large pieces. It never
 * becomes longer than it may be: a few rows of numbers may be gigabytes of text.
 */
import { countDigits, LONGEST_FLOAT32, writeFloat32, writeInteger } from './float32-text.ts';
import { ReplyTooLarge } from './reply-too-large.ts';

/** What a reply may still have, in bytes of UTF-8. */
export interface Budget {
  left: number;
}

/** Bytes of a piece. */
const PIECE = 65_536;
/** The longest text that goes through the piece: three bytes a character are the most that UTF-8 takes. */
const COPIED_MAX = PIECE / 8;
/** Room for any number, and a comma before it. */
const A_NUMBER = LONGEST_FLOAT32 + 2;
const MOST_INT32 = 0x7fffffff;

const COMMA = 44;
const MINUS = 45;
const ZERO = 48;

export class JsonWriter {
  readonly #bytes = Buffer.allocUnsafeSlow(PIECE);
  #at = 0;
  #text = '';
  #isAscii = true;
  #budget: Budget = { left: 0 };

  /** Forgets what was written. What is written from now on is taken from the budget. */
  begin(budget: Budget): void {
    this.#at = 0;
    this.#text = '';
    this.#isAscii = true;
    this.#budget = budget;
  }

  /** What was written. Throws a ReplyTooLarge if it is more than the budget. */
  end(): string {
    this.#flush();
    const text = this.#text;
    this.#text = '';
    return text;
  }

  /** Throws a ReplyTooLarge if so many bytes more are beyond the budget. */
  expect(bytes: number): void {
    if (this.#at + bytes > this.#budget.left) throw new ReplyTooLarge();
  }

  /** One ASCII character. */
  character(code: number): void {
    if (this.#at === PIECE) this.#flush();
    this.#bytes[this.#at] = code;
    this.#at += 1;
  }

  /** Bytes of whole characters of UTF-8. */
  label(bytes: Uint8Array, isAscii: boolean): void {
    const { length } = bytes;
    if (length > COPIED_MAX) {
      this.text(Buffer.from(bytes).toString());
      return;
    }
    if (this.#at + length > PIECE) this.#flush();
    const piece = this.#bytes;
    const at = this.#at;
    for (let i = 0; i < length; i += 1) piece[at + i] = bytes[i] ?? 0;
    this.#at = at + length;
    if (!isAscii) this.#isAscii = false;
  }

  /** Text that is JSON already. */
  text(text: string): void {
    if (text.length > COPIED_MAX) {
      this.#flush();
      this.#spend(Buffer.byteLength(text));
      this.#text += text;
      return;
    }
    if (this.#at + 3 * text.length > PIECE) this.#flush();
    const written = this.#bytes.write(text, this.#at, 'utf8');
    if (written !== text.length) this.#isAscii = false;
    this.#at += written;
  }

  /** A finite float32. */
  float32(value: number): void {
    if (this.#at + A_NUMBER > PIECE) this.#flush();
    this.#at = writeFloat32(this.#bytes, this.#at, value);
  }

  /** Finite float32 numbers from `from` to `to`, with commas between them; stops at one that is not, and says where. */
  float32s(data: Float32Array, from: number, to: number): number {
    for (let i = from; i < to; i += 1) {
      const value = data[i] ?? 0;
      if (value - value !== 0) return i;
      if (this.#at + A_NUMBER > PIECE) this.#flush();
      if (i > from) {
        this.#bytes[this.#at] = COMMA;
        this.#at += 1;
      }
      this.#at = writeFloat32(this.#bytes, this.#at, value);
    }
    return to;
  }

  /** A whole number that is exact as a double. */
  integer(value: number): void {
    if (value > MOST_INT32 || value < -MOST_INT32) {
      this.text(`${value}`);
      return;
    }
    if (this.#at + A_NUMBER > PIECE) this.#flush();
    const absolute = Math.abs(value);
    if (value < 0) {
      this.#bytes[this.#at] = MINUS;
      this.#at += 1;
    }
    if (absolute < 10) {
      this.#bytes[this.#at] = ZERO + absolute;
      this.#at += 1;
    } else this.#at = writeInteger(this.#bytes, this.#at, absolute, countDigits(absolute));
  }

  #flush(): void {
    const length = this.#at;
    this.#at = 0;
    this.#spend(length);
    const piece = this.#bytes.toString(this.#isAscii ? 'latin1' : 'utf8', 0, length);
    this.#text = this.#text === '' ? piece : this.#text + piece;
    this.#isAscii = true;
  }

  #spend(bytes: number): void {
    this.#budget.left -= bytes;
    if (this.#budget.left < 0) throw new ReplyTooLarge();
  }
}
