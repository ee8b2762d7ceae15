/**
 * Numbers the rows of an input, so that results in any order find their place again: a field `slipway_row` in front of
 * each object or line, which Vertex AI takes as the key and does not send to the model. The row itself stays as it is, to
 * the byte. In a CSV file whose rows have a key of their own, that column carries both: `17|"ann"`.
 */
import { csvFields, eachRecord, type RowFormat } from './records.ts';

export const ROW_FIELD = 'slipway_row';

/** A row cannot be answered. The message names it. */
export class RowFault extends Error {
  override readonly name = 'RowFault';
}

export interface Numbered {
  readonly bytes: Uint8Array;
  readonly rows: number;
}

export interface Numbering {
  readonly format: RowFormat;
  readonly key: string | null;
  /** The header of a CSV file; null: it is the first record of these bytes. */
  readonly header: readonly string[] | null;
  /** The number of the first row, from 0. */
  readonly first: number;
}

/** Throws a RowFault. */
export function numberRows(bytes: Uint8Array, { format, key, header, first }: Numbering): Numbered {
  const out: Uint8Array[] = [];
  let row = first;
  let names = header;
  const text = new TextDecoder('utf-8', { fatal: true });
  eachRecord(bytes, format, true, (start, end) => {
    const record = bytes.subarray(start, end);
    if (format === 'jsonl') {
      out.push(numberedObject(record, row));
      row += 1;
    } else if (names === null) {
      names = csvFields(text.decode(record)).map(plain);
      const line = text.decode(record);
      if (key === null) out.push(Buffer.from(`${ROW_FIELD},${line}\n`));
      else if (names.includes(key)) out.push(Buffer.from(`${line}\n`));
      else throw new RowFault(`the header has no column ${key}`);
    } else {
      out.push(numberedLine(text.decode(record), names, key, row));
      row += 1;
    }
  });
  return { bytes: Buffer.concat(out), rows: row - first };
}

function numberedObject(record: Uint8Array, row: number): Uint8Array {
  let at = 0;
  while (record[at] === 0x20 || record[at] === 0x09) at += 1;
  if (record[at] !== 0x7b)
    throw new RowFault(`row ${row + 1}: expected a JSON object, which ordered results are found again by`);
  let next = at + 1;
  while (record[next] === 0x20 || record[next] === 0x09) next += 1;
  const comma = record[next] === 0x7d ? '' : ',';
  return Buffer.concat([
    Buffer.from(`{"${ROW_FIELD}":${row}${comma}`),
    record.subarray(at + 1),
    Buffer.from('\n'),
  ]);
}

function numberedLine(line: string, names: readonly string[], key: string | null, row: number): Uint8Array {
  if (key === null) return Buffer.from(`${row},${line}\n`);
  const fields = csvFields(line);
  const at = names.indexOf(key);
  const own = fields[at];
  if (own === undefined)
    throw new RowFault(`row ${row + 1}: expected ${names.length} fields, got ${fields.length}`);
  fields[at] = `"${row}|${own.trim().replaceAll('"', '""')}"`;
  return Buffer.from(`${fields.join(',')}\n`);
}

export function plain(name: string): string {
  const text = name.trim();
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text;
}
