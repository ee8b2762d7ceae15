/**
 * Predictions by key: where a model version finds the results of its own batches, and when it answers by them. The
 * engine writes the settings into the environment of the version at its upload, as JSON in SLIPWAY_STORED.
 */
import { isRecord, jsonOf, property } from './values.ts';

export const STORED_VARIABLE = 'SLIPWAY_STORED';

/** `computed`: the model answers. `fresh`: a stored prediction answers while it is fresh. `stored`: always. */
export const ANSWERS = ['computed', 'fresh', 'stored'] as const;
export type Answers = (typeof ANSWERS)[number];

/** The request's parameter that asks for the origin of each prediction, and the field that has it. */
export const SOURCE = 'source';

export interface StoredSettings {
  /** The object that names the published results of this version: `gs://BUCKET/OBJECT`, in tests `file:///PATH`. */
  readonly uri: string;
  /** The release that uploaded this version: results of another one are not read. */
  readonly release: string;
  /** Request fields, in the order of the key. */
  readonly key: readonly string[];
  readonly answers: Answers;
  /** How old a stored prediction may be in `fresh`, in ms. */
  readonly maxAgeMs: number;
  /** How often that object is looked at, in ms. */
  readonly refreshMs: number;
  /** The view of the feature store whose rows answer; without it the files of results do. */
  readonly view?: string;
}

/** Reads SLIPWAY_STORED, which the engine has checked. Throws an Error that says what was expected. */
export function readStoredSettings(text: string): StoredSettings {
  const value = jsonOf(text);
  const key = property(value, 'key');
  const answers = property(value, 'answers');
  const isKnown =
    isRecord(value) &&
    ['uri', 'release'].every((name) => typeof value[name] === 'string') &&
    ['maxAgeMs', 'refreshMs'].every((name) => typeof value[name] === 'number') &&
    Array.isArray(key) &&
    ANSWERS.some((one) => one === answers);
  if (!isKnown) throw new Error('expected uri, release, key, answers, maxAgeMs and refreshMs');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as checked, and written by the engine's schema
  return value as unknown as StoredSettings;
}
