/**
 * Rows of a view in a file, JSON Lines or CSV: read as a whole and checked before a store is touched, so that a file
 * with one wrong row loads nothing.
 */
import { readFile } from 'node:fs/promises';
import type { ViewSettings } from '../../../common/artifact/feature-settings.ts';
import type { Interface } from '../../../common/artifact/interface.ts';
import { isOfType, isRecord, shownName, type ValueType } from '../../../common/artifact/values.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { parseCsv } from './csv.ts';
import type { Cell, Column, Row } from './target.ts';

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
}

/** What the columns have to be. */
export interface Columns {
  readonly view: ViewSettings;
  /** Features with their types; null: slipway.yaml declares none. */
  readonly declared: ReadonlyMap<string, ValueType> | null;
  readonly request: Interface['request'];
}

/** Throws a Failure that names the first wrong row. */
export async function readTable(path: string, columns: Columns): Promise<Table> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new Failure(EXIT.usage, `expected a file of JSON Lines or CSV, got ${path}`, { cause });
  }
  const table = path.endsWith('.csv') ? fromCsv(text, columns) : fromJsonLines(text);
  if (table.rows.length === 0) throw new Failure(EXIT.usage, `${path}: expected rows, got none`);
  checkColumns(table, columns, path);
  checkRows(table, columns, path);
  return table;
}

function fromJsonLines(text: string): Table {
  const objects = text.split('\n').flatMap((line, i): Readonly<Record<string, unknown>>[] => {
    if (line.trim() === '') return [];
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw new Failure(EXIT.usage, `line ${i + 1}: expected JSON, one object a line`);
    }
    if (!isRecord(value)) throw new Failure(EXIT.usage, `line ${i + 1}: expected an object`);
    return [value];
  });
  const columns = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  const rows = objects.map((object, i) =>
    columns.map((name) => cellOf(Object.hasOwn(object, name) ? object[name] : null, `row ${i + 1}, ${name}`)),
  );
  return { columns, rows };
}

function cellOf(value: unknown, where: string): Cell {
  if (value === null || Array.isArray(value)) return value;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  throw new Failure(EXIT.usage, `${where}: expected a value or a list`);
}

/** CSV has no types: those of slipway.yaml hold, and what reads as a number is one elsewhere. Nothing is null. */
function fromCsv(text: string, columns: Columns): Table {
  const [names = [], ...lines] = parseCsv(text);
  const rows = lines.map((cells, i) => {
    if (cells.length !== names.length)
      throw new Failure(EXIT.usage, `row ${i + 1}: expected ${names.length} cells, got ${cells.length}`);
    return cells.map((cell, at) => fromText(cell, typeOf(names[at] ?? '', columns)));
  });
  return { columns: names, rows };
}

function fromText(cell: string, type: ValueType | null): Cell {
  if (cell === '') return null;
  if (type === 'string') return cell;
  if (type === 'boolean') return cell === 'true' ? true : cell === 'false' ? false : cell;
  const number = Number(cell);
  return Number.isFinite(number) && cell.trim() === cell ? number : cell;
}

function typeOf(name: string, { view, declared, request }: Columns): ValueType | null {
  if (view.key.includes(name)) return request[name]?.type ?? null;
  // Times are text or numbers.
  return name === view.time ? null : (declared?.get(name) ?? null);
}

function checkColumns({ columns }: Table, { view, declared }: Columns, path: string): void {
  const needed = [...view.key, ...(view.time === null ? [] : [view.time])];
  const missing = needed.filter((name) => !columns.includes(name));
  if (missing.length > 0)
    throw new Failure(EXIT.usage, `${path}: expected the columns ${missing.join(', ')}`);
  if (new Set(columns).size < columns.length)
    throw new Failure(EXIT.usage, `${path}: expected each column once`);
  if (declared === null) return;
  const unknown = columns.find((name) => !needed.includes(name) && !declared.has(name));
  if (unknown !== undefined)
    throw new Failure(EXIT.usage, `${path}: the view has no feature ${shownName(unknown)} in slipway.yaml`);
}

function checkRows({ columns, rows }: Table, expected: Columns, path: string): void {
  const places = expected.view.key.map((name) => columns.indexOf(name));
  const types = columns.map((name) => typeOf(name, expected));
  const seen = new Set<string>();
  for (const [i, row] of rows.entries()) {
    const at = `${path}, row ${i + 1}`;
    for (const [j, cell] of row.entries()) {
      const [name = '', type] = [columns[j], types[j] ?? null];
      const isKey = expected.view.key.includes(name);
      if (cell === null && !isKey) continue;
      const values = Array.isArray(cell) && !isKey ? cell : [cell];
      if (type !== null && !values.every((value) => isOfType(value, type)))
        throw new Failure(EXIT.usage, `${at}: expected ${shownName(name)} to be of type ${type}`);
    }
    const key = JSON.stringify(places.map((place) => row[place]));
    if (seen.has(key)) throw new Failure(EXIT.usage, `${at}: the key ${key} is there twice`);
    seen.add(key);
  }
}

/** What slipway.yaml says of each column; where it says nothing, a later file may have values of another type. */
export function columnsOf({ columns, rows }: Table, expected: Columns): Map<string, Column> {
  return new Map(
    columns.map((name, i) => [
      name,
      { type: typeOf(name, expected), isList: rows.some((row) => Array.isArray(row[i])) },
    ]),
  );
}
