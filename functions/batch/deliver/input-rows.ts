/**
 * The rows of a numbered input, as they stand in front of their results: `{"instance":…,` with the row as it was sent, or
 * `{"key":…,` with its key.
 */
import type { Run } from '../ledger.ts';
import type { ByteWriter } from '../rows/byte-writer.ts';
import { parseExact } from '../rows/exact-json.ts';
import { ROW_FIELD } from '../rows/number-rows.ts';
import { csvFields, csvValue, eachRecord } from '../rows/records.ts';

/** What numberRows has put in front of a row. */
const NUMBERED_LENGTH = `{"${ROW_FIELD}":`.length;
const COMMA = 0x2c;

export class InputRows {
  readonly #bytes: Buffer;
  readonly #format: 'jsonl' | 'csv';
  readonly #key: string | null;
  /** Start and end of each row, one after the other. */
  readonly #places: number[] = [];
  /** Where the rest of the bytes begins. */
  readonly rest: number;

  /** As many rows at most. */
  constructor(
    { input }: Run,
    key: string | null,
    bytes: Uint8Array,
    { isFirst, isLast, most }: { isFirst: boolean; isLast: boolean; most: number },
  ) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#format = input.format === 'csv' ? 'csv' : 'jsonl';
    this.#key = key;
    let isHeader = this.#format === 'csv' && isFirst;
    this.rest = eachRecord(bytes, this.#format, isLast, (start, end) => {
      if (!isHeader && this.count >= most) return false;
      if (!isHeader) this.#places.push(start, end);
      isHeader = false;
      return true;
    });
  }

  get count(): number {
    return this.#places.length / 2;
  }

  /** Appends what stands in front of the result of a row. */
  open(index: number, out: ByteWriter): void {
    const start = this.#places[2 * index] ?? 0;
    const end = this.#places[2 * index + 1] ?? 0;
    if (this.#format === 'jsonl' && this.#key === null) {
      out.text('{"instance":{');
      out.copy(this.#bytes, this.#afterNumber(start), end);
      out.text(',');
      return;
    }
    const line = this.#bytes.toString('utf8', start, end);
    out.text(this.#format === 'csv' ? this.#ofCsv(line) : this.#keyOf(line));
  }

  #afterNumber(start: number): number {
    let at = start + NUMBERED_LENGTH;
    while (isDigit(this.#bytes[at])) at += 1;
    return this.#bytes[at] === COMMA ? at + 1 : at;
  }

  #keyOf(line: string): string {
    const key: unknown = Reflect.get(Object(parseExact(line)), this.#key ?? '');
    return `{"key":${JSON.stringify(key ?? null)},`;
  }

  #ofCsv(line: string): string {
    const fields = csvFields(line);
    if (this.#key === null) return `{"instance":${JSON.stringify(fields.slice(1).map(csvValue))},`;
    // `17|"ann"`: the number of the row, and the key as it was written.
    const own = fields.find((field) => /^"[0-9]+\|/.test(field)) ?? '';
    const text = String(csvValue(own)).replace(/^[0-9]+\|/, '');
    return `{"key":${JSON.stringify(csvValue(text))},`;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}
