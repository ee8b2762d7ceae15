/** What a writer of a store is asked for. */
import type { ValueType } from '../../../common/artifact/values.ts';

export type Cell = string | number | boolean | null | readonly unknown[];

/** In the order of the columns. */
export type Row = readonly Cell[];

export interface Column {
  /** Null: it may have values of any type. */
  readonly type: ValueType | null;
  readonly isList: boolean;
}

export interface Target {
  readonly table: string;
  readonly key: readonly string[];
  readonly time: string | null;
  /** In the order of a row's cells. */
  readonly columns: ReadonlyMap<string, Column>;
  /**
   * False: rows of the same keys are replaced, and others stay. True: no model reads the table yet; it is made, and what
   * an earlier attempt left of it is removed.
   */
  readonly isNew: boolean;
  /** Tables that no model reads any more: they are removed with the same write, or before it. */
  readonly drops: readonly string[];
}

/** Hears how many rows are written. */
export type Progress = (written: number) => void;

/** Writes all rows or none, and says where they are. Rejects with a Failure or a CallError. */
export type Write = (
  target: Target,
  rows: Iterable<Row> | AsyncIterable<Row>,
  progress: Progress,
) => Promise<string>;

/** As many rows at once, and fewer at the end. Nothing for no rows. */
export async function* chunksOf(
  rows: Iterable<Row> | AsyncIterable<Row>,
  size: number,
): AsyncGenerator<Row[]> {
  let chunk: Row[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < size) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
