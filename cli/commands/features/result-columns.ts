/** The rows of a batch's results as a view has them: key, response fields, the prediction as it is written, and time. */
import type { Interface } from '../../../common/artifact/interface.ts';
import { isOfType } from '../../../common/artifact/values.ts';
import { PREDICTION_COLUMN } from '../../../common/batch/published-view.ts';
import type { StoredRow } from '../../../common/batch/stored-row.ts';
import type { Cell, Column, Row } from './target.ts';

/** A response field that is called as a field of the key has no column: PREDICTION_COLUMN has it. */
export function resultColumns(
  { request, response }: Interface,
  key: readonly string[],
  time: string | null,
): Map<string, Column> {
  const text: Column = { type: 'string', isList: false };
  const columns = new Map<string, Column>(
    Object.entries(response).map(([name, { type, list }]) => [name, { type, isList: list !== undefined }]),
  );
  for (const name of key) columns.set(name, { type: request[name]?.type ?? 'string', isList: false });
  columns.set(PREDICTION_COLUMN, text);
  if (time !== null) columns.set(time, text);
  return columns;
}

/** A value that the column cannot hold, such as "NaN" in one of numbers, is null there. */
export function cellsOf(
  columns: ReadonlyMap<string, Column>,
  { key: values, prediction, text }: StoredRow,
  { at, key, time }: { readonly at: number; readonly key: readonly string[]; readonly time: string | null },
): Row {
  return [...columns].map(([name, column]): Cell => {
    if (name === time) return new Date(at).toISOString();
    if (name === PREDICTION_COLUMN) return text;
    const place = key.indexOf(name);
    if (place >= 0) return values[place] ?? null;
    return Object.hasOwn(prediction, name) ? cellOf(prediction[name], column) : null;
  });
}

function cellOf(value: unknown, { type, isList }: Column): Cell {
  if (type === null) return null;
  if (isList) return Array.isArray(value) && value.every((one) => isOfType(one, type)) ? value : null;
  return isOfType(value, type) ? value : null;
}
