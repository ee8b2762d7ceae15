/**
 * Numbers the rows of an input, so that results in any order find their place again: a field `slipway_row` in front of
 * each object or line, which Vertex AI takes as the key and does not send to the model. The row itself stays as it is, to
 * the byte. In a CSV file whose rows have a key of their own, that column carries both: `17|"ann"`.
 */
import type { ByteWriter } from './byte-writer.ts';
import { csvFields, eachRecord, type RowFormat } from './records.ts';

export const ROW_FIELD = 'slipway_row';

/** A row cannot be answered. The message names it. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
}

export interface Numbering {
  readonly format: RowFormat;
  readonly key: string | null;
  /** The header of a CSV file; null: it is the first record of these bytes. */
  readonly header: readonly string[] | null;
  /** The number of the first row, from 0. */
  readonly first: number;
}

/** Appends the numbered rows to `out`. Throws a RowFault. */
export function numberRows(
  bytes: Uint8Array,
  { format, key, header, first }: Numbering,
  out: ByteWriter,
): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let row = first;
  let names = header;
  const text = new TextDecoder('utf-8', { fatal: true });
  eachRecord(bytes, format, true, (start, end) => {
    if (format === 'jsonl') {
      numberObject(out, buffer, start, end, row);
      row += 1;
      return;
    }
    const line = text.decode(bytes.subarray(start, end));
    if (names === null) {
      names = csvFields(line).map(plain);
      if (key !== null && !names.includes(key)) throw new RowFault(`the header has no column ${key}`);
      out.text(key === null ? `${ROW_FIELD},${line}\n` : `${line}\n`);
    } else {
      out.text(numberedLine(line, names, key, row));
      row += 1;
    }
  });
}

function numberObject(out: ByteWriter, bytes: Buffer, start: number, end: number, row: number): void {
  const at = afterSpace(bytes, start);
  if (bytes[at] !== 0x7b)
    throw new RowFault(`row ${row + 1}: expected a JSON object, which ordered results are found again by`);
  const isEmpty = bytes[afterSpace(bytes, at + 1)] === 0x7d;
  out.text(`{"${ROW_FIELD}":${row}${isEmpty ? '' : ','}`);
  out.copy(bytes, at + 1, end);
  out.text('\n');
}

function afterSpace(bytes: Uint8Array, start: number): number {
  let at = start;
  while (bytes[at] === 0x20 || bytes[at] === 0x09) at += 1;
  return at;
}

function numberedLine(line: string, names: readonly string[], key: string | null, row: number): string {
  if (key === null) return `${row},${line}\n`;
  const fields = csvFields(line);
  const at = names.indexOf(key);
  const own = fields[at];
  if (own === undefined)
    throw new RowFault(`row ${row + 1}: expected ${names.length} fields, got ${fields.length}`);
  fields[at] = `"${row}|${own.trim().replaceAll('"', '""')}"`;
  return `${fields.join(',')}\n`;
}

export function plain(name: string): string {
  const text = name.trim();
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
