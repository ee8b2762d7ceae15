/**
 * The object that makes rows of a store answers by key: `slipway features publish` has loaded a batch's results into a
 * table of its own, and names that here once it is whole. Each model version has its own object, as in published.ts.
 */
import { isRecord, jsonOf, property } from '../artifact/values.ts';
import type { Published } from './published.ts';

export interface PublishedView extends Omit<Published, 'files'> {
  /** Of `features.views`. */
  readonly view: string;
  /** Its table with the version of the data in the place of `{version}`. */
  readonly table: string;
  readonly rows: number;
  /** The table of the batch before, which predictors may still read; null: there was none. */
  readonly previous: string | null;
}

/** The column with the prediction as the batch wrote it: numbers that no column holds stay as they are. */
export const PREDICTION_COLUMN = 'prediction_json';

export function publishedViewName(prefix: string, release: string): string {
  return `${prefix}_published/${release}.view.json`;
}

/** What stands for `{version}`: each batch of a version has its own table. */
export function viewVersionOf({ version, batch }: Pick<Published, 'version' | 'batch'>): string {
  return `${version}_${batch.replaceAll(/[^A-Za-z0-9]/g, '')}`;
}

/** Throws an Error that says what was expected. */
export function readPublishedView(text: string): PublishedView {
  const value = jsonOf(text);
  const isKnown =
    isRecord(value) &&
    value['schema'] === 1 &&
    ['service', 'release', 'version', 'batch', 'view', 'table'].every(
      (name) => typeof value[name] === 'string',
    ) &&
    ['acceptedAt', 'at', 'rows'].every((name) => typeof value[name] === 'number') &&
    Array.isArray(property(value, 'key')) &&
    (value['previous'] === null || typeof value['previous'] === 'string');
  if (!isKnown) throw new Error('expected the published view of a batch, schema 1');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as checked, and written by the command line
  return value as unknown as PublishedView;
}
