/**
 * The rows of a numbered input, as they stand in front of their results: `{"instance":…,` with the row as it was sent, or
 * `{"key":…,` with its key.
 */
import type { Run } from '../ledger.ts';
import { parseExact } from '../rows/exact-json.ts';
import { ROW_FIELD } from '../rows/number-rows.ts';
import { csvFields, csvValue, eachRecord } from '../rows/records.ts';

const NUMBERED = new RegExp(`^\\{"${ROW_FIELD}":[0-9]+,?`);

export class InputRows {
  readonly #format: 'jsonl' | 'csv';
  readonly #key: string | null;
  /** Where the rest of what was read begins. */
  rest = 0;

  constructor({ input }: Run, key: string | null) {
    this.#format = input.format === 'csv' ? 'csv' : 'jsonl';
    this.#key = key;
  }

  read(bytes: Uint8Array, isLast: boolean, isFirst: boolean): string[] {
    const rows: string[] = [];
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let isHeader = this.#format === 'csv' && isFirst;
    this.rest = eachRecord(bytes, this.#format, isLast, (start, end) => {
      if (isHeader) isHeader = false;
      else rows.push(this.#open(buffer.toString('utf8', start, end)));
    });
    return rows;
  }

  #open(line: string): string {
    if (this.#format === 'jsonl') {
      const row = line.replace(NUMBERED, '{');
      if (this.#key === null) return `{"instance":${row},`;
      return `{"key":${JSON.stringify(Reflect.get(Object(parseExact(row)), this.#key) ?? null)},`;
    }
    const fields = csvFields(line);
    if (this.#key === null) return `{"instance":${JSON.stringify(fields.slice(1).map(csvValue))},`;
    // `17|"ann"`: the number of the row, and the key as it was written.
    const own = fields.find((field) => /^"[0-9]+\|/.test(field)) ?? '';
    const text = String(csvValue(own)).replace(/^[0-9]+\|/, '');
    return `{"key":${JSON.stringify(csvValue(text))},`;
  }
}
