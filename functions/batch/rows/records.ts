/**
 * Records in the bytes of a file, without reading them: lines of JSONL, and of CSV, where a line break inside quotes is
 * none. Empty lines are no records.
 */
export type RowFormat = 'jsonl' | 'csv';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const SPACE = 0x20;
const TAB = 0x09;

/** Calls `take` with start and end of every record that ends in `bytes`, and returns where the rest begins. */
export function eachRecord(
  bytes: Uint8Array,
  format: RowFormat,
  isLast: boolean,
  take: (start: number, end: number) => boolean | void,
): number {
  const endOf = format === 'csv' ? csvEnds(bytes) : (from: number) => bytes.indexOf(NEWLINE, from);
  let start = 0;
  for (;;) {
    const newline = endOf(start);
    if (newline === -1) break;
    if (!isBlank(bytes, start, newline) && take(start, trimmed(bytes, start, newline)) === false)
      return start;
    start = newline + 1;
  }
  if (!isLast || start >= bytes.length) return start;
  const end = bytes.length;
  if (!isBlank(bytes, start, end) && take(start, trimmed(bytes, start, end)) === false) return start;
  return end;
}

/** Where the record ends that starts there, or -1. To be asked in the order of the records: quotes are looked for once. */
function csvEnds(bytes: Uint8Array): (start: number) => number {
  let quote = bytes.indexOf(QUOTE);
  return (start) => {
    for (let at = start; ;) {
      const newline = bytes.indexOf(NEWLINE, at);
      if (quote !== -1 && quote < at) quote = bytes.indexOf(QUOTE, at);
      if (newline === -1 || quote === -1 || quote > newline) return newline;
      const close = bytes.indexOf(QUOTE, quote + 1);
      if (close === -1) return -1;
      at = close + 1;
    }
  };
}

function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i];
    if (byte !== SPACE && byte !== TAB && byte !== RETURN) return false;
  }
  return true;
}

function trimmed(bytes: Uint8Array, start: number, end: number): number {
  return end > start && bytes[end - 1] === RETURN ? end - 1 : end;
}

/** The fields of a CSV record, quotes still around them. */
export function csvFields(record: string): string[] {
  const fields: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < record.length; i += 1) {
    const char = record[i];
    if (char === '"') isQuoted = !isQuoted;
    else if (char === ',' && !isQuoted) {
      fields.push(record.slice(start, i));
      start = i + 1;
    }
  }
  fields.push(record.slice(start));
  return fields;
}

/** As Vertex AI reads it: quoted is text, anything else a number. */
export function csvValue(field: string): string | number {
  const text = field.trim();
  if (text.startsWith('"')) return text.slice(1, -1).replaceAll('""', '"');
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? text : number;
}
