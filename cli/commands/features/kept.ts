/**
 * Whether a column keeps a value as it is: databases make numbers of text, and text of numbers, where the column's type
 * says so, and the model would get another value than the file has, or none.
 */
import { EXIT, Failure } from '../../terminal/failure.ts';
import type { Cell } from './target.ts';

/** `other`: the database refuses what the column cannot have. */
export type Holds = 'numbers' | 'booleans' | 'text' | 'anything' | 'other';

export interface StoredColumn {
  readonly name: string;
  /** In the database's own words. */
  readonly type: string;
  readonly holds: Holds;
  readonly isKey: boolean;
}

/** Throws a Failure that names row (from 1) and column. */
export function assertKept(column: StoredColumn, cell: Cell, row: number): void {
  if (isKept(column, cell)) return;
  throw new Failure(
    EXIT.usage,
    `row ${row}: the column ${column.name} is of type ${column.type || 'unknown'} in the store, and would not keep ${JSON.stringify(cell)} as it is`,
  );
}

/** As lookups find it: a key of the text "42" is the number 42, and "042" is another one. */
const KEY_NUMBER = /^(?:0|-?[1-9]\d*)$/;
/** What SQLite takes for a number: https://www.sqlite.org/datatype3.html#type_affinity */
const NUMERIC = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

function isKept({ holds, isKey }: StoredColumn, cell: Cell): boolean {
  if (cell === null || holds === 'anything' || holds === 'other' || Array.isArray(cell)) return true;
  if (holds === 'text') return typeof cell !== 'boolean';
  if (holds === 'booleans') return typeof cell === 'boolean' || (isKey && typeof cell === 'string');
  if (typeof cell !== 'string') return true;
  return isKey ? KEY_NUMBER.test(cell) || !NUMERIC.test(cell) : !NUMERIC.test(cell);
}
