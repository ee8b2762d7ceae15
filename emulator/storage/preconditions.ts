/**
 * Compare-and-swap: what a request may demand of the generation that it finds.
 * https://cloud.google.com/storage/docs/request-preconditions
 */
import { conditionNotMet, invalidParameter, notModified } from './errors.ts';
import type { StoredObject } from './object.ts';

/** int64 in decimal. For generations, 0 means that there is no live object. */
export interface Preconditions {
  readonly generationMatch?: string | undefined;
  readonly generationNotMatch?: string | undefined;
  readonly metagenerationMatch?: string | undefined;
  readonly metagenerationNotMatch?: string | undefined;
}

/** Reads `ifGenerationMatch` and its kin, or with `ifSource` those of a copy's source. Throws a 400 StorageError. */
export function parsePreconditions(query: URLSearchParams, prefix: 'if' | 'ifSource' = 'if'): Preconditions {
  return {
    generationMatch: parseInt64(query, `${prefix}GenerationMatch`),
    generationNotMatch: parseInt64(query, `${prefix}GenerationNotMatch`),
    metagenerationMatch: parseInt64(query, `${prefix}MetagenerationMatch`),
    metagenerationNotMatch: parseInt64(query, `${prefix}MetagenerationNotMatch`),
  };
}

/** Throws a 400 StorageError when the parameter is there and not an int64. */
export function parseInt64(query: URLSearchParams, parameter: string): string | undefined {
  const value = query.get(parameter);
  if (value === null) return undefined;
  if (!/^\d{1,19}$/.test(value)) throw invalidParameter(parameter, `Invalid long value: '${value}'.`);
  return String(BigInt(value));
}

/**
 * Throws a 412 StorageError when `found` is not what was demanded; for a read that asks for something
 * newer than what it has, a 304.
 */
export function checkPreconditions(
  preconditions: Preconditions,
  found: StoredObject | undefined,
  use: 'read' | 'write',
): void {
  const generation = found?.generation ?? '0';
  const metageneration = found === undefined ? undefined : String(found.metageneration);
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } = preconditions;
  if (generationMatch !== undefined && generationMatch !== generation) throw conditionNotMet();
  if (metagenerationMatch !== undefined && metagenerationMatch !== metageneration) throw conditionNotMet();
  if (
    generationNotMatch === generation ||
    (found !== undefined && metagenerationNotMatch === metageneration)
  ) {
    throw use === 'read' ? notModified() : conditionNotMet();
  }
}
