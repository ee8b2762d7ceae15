/**
 * Lines of CSV. As batch prediction reads them, the first one names the columns, what is quoted is a text and what is
 * not is a number. A line break within quotes is not supported here.
 */
import { isObject, parseJson } from '../../core/json.ts';
import type { Json } from '../../core/json.ts';

interface Cell {
  readonly text: string;
  readonly quoted: boolean;
}

/** Throws an Error for a quote that is not closed, and for a column without a name or with another's. */
export function columnsOf(header: string): string[] {
  const columns = cellsOf(header).map(({ text }) => text.trim());
  if (columns.includes('')) throw new Error('the header has a column without a name');
  if (new Set(columns).size < columns.length) throw new Error('the header has two columns of one name');
  return columns;
}

/** One value a column. Throws an Error that says what of the line is wrong. */
export function valuesOf(line: string, columns: readonly string[]): Json[] {
  const cells = cellsOf(line);
  if (cells.length !== columns.length) {
    throw new Error(`Expected ${columns.length} columns, as the header has, got ${cells.length}.`);
  }
  return cells.map(({ text, quoted }, index) => {
    if (quoted) return text;
    const number = text.trim() === '' ? Number.NaN : Number(text);
    if (Number.isFinite(number)) return number;
    throw new Error(`Could not convert string to float: column "${columns[index] ?? ''}".`);
  });
}

/** A cell and what ends it: a comma, or the end of the line. */
const cell = /\s*"((?:[^"]|"")*)"\s*(,|$)|([^,"]*)(,|$)/y;

function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  cell.lastIndex = 0;
  for (;;) {
    const [, quoted, afterQuoted, plain, afterPlain] = cell.exec(line) ?? [];
    const end = afterQuoted ?? afterPlain;
    if (end === undefined) throw new Error('A quote is not closed, or stands within a value.');
    cells.push(
      quoted === undefined
        ? { text: plain ?? '', quoted: false }
        : { text: quoted.replaceAll('""', '"'), quoted: true },
    );
    if (end === '') return cells;
  }
}

/** Lines of JSON objects as CSV with a header: texts and numbers as they are, what is neither as its JSON. */
export function csvOf(lines: string): string {
  const rows = lines.split('\n').flatMap((line) => {
    const value = line === '' ? null : parseJson(line);
    return isObject(value) ? [value] : [];
  });
  const [first] = rows;
  if (first === undefined) return '';
  const columns = Object.keys(first);
  const table = [columns.map(quoted), ...rows.map((row) => columns.map((name) => cellOf(row[name] ?? null)))];
  return table.map((cells) => `${cells.join(',')}\n`).join('');
}

function cellOf(value: Json): string {
  if (typeof value === 'number') return JSON.stringify(value);
  return quoted(typeof value === 'string' ? value : JSON.stringify(value));
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
