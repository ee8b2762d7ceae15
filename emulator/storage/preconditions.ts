/**
 * Compare-and-swap: what a request may demand of the generation that it finds.
 * https://cloud.google.com/storage/docs/request-preconditions
 */
import type { IncomingHttpHeaders } from 'node:http';

import { conditionNotMet, invalidParameter, notModified } from './errors.ts';
import { etagsOf } from './object.ts';
import type { StoredObject } from './object.ts';

/** int64 in decimal. For generations, 0 means that there is no live object. */
export interface Preconditions {
  readonly generationMatch?: string | undefined;
  readonly generationNotMatch?: string | undefined;
  readonly metagenerationMatch?: string | undefined;
  readonly metagenerationNotMatch?: string | undefined;
  /** Values of If-Match and If-None-Match: etags in quotes or without, separated by commas, or `*`. */
  readonly etagMatch?: string | undefined;
  readonly etagNotMatch?: string | undefined;
}

/** What is known of the resource that a request finds. */
export interface Found {
  /** Buckets have none. */
  readonly generation?: string;
  readonly metageneration: number;
  /** The JSON API's, and for an object the XML API's. */
  readonly etags: readonly string[];
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

/** The conditions that HTTP itself has for a resource (RFC 9110, section 13.1). */
export function etagConditions(headers: IncomingHttpHeaders): Preconditions {
  return { etagMatch: headers['if-match'], etagNotMatch: headers['if-none-match'] };
}

/** Whether `header` names one of `etags`; `*` names any that there is. */
function names(header: string, etags: readonly string[]): boolean {
  if (header.trim() === '*') return etags.length > 0;
  const named = header.split(',').map((etag) => etag.trim().replace(/^W\//, '').replaceAll('"', ''));
  return named.some((etag) => etags.includes(etag));
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
  object: StoredObject | undefined,
  use: 'read' | 'write',
): void {
  check(preconditions, object && { ...object, etags: etagsOf(object) }, use);
}

/** The same for a bucket, which has no generations. */
export function checkBucketPreconditions(
  preconditions: Preconditions,
  bucket: Omit<Found, 'generation'>,
  use: 'read' | 'write',
): void {
  const { generationMatch: _, generationNotMatch: __, ...conditions } = preconditions;
  check(conditions, bucket, use);
}

function check(preconditions: Preconditions, found: Found | undefined, use: 'read' | 'write'): void {
  const generation = found?.generation ?? '0';
  const metageneration = found === undefined ? undefined : String(found.metageneration);
  const { generationMatch, generationNotMatch, metagenerationMatch, metagenerationNotMatch } = preconditions;
  const { etagMatch, etagNotMatch } = preconditions;
  const etags = found?.etags ?? [];
  if (etagMatch !== undefined && !names(etagMatch, etags)) throw conditionNotMet();
  if (generationMatch !== undefined && generationMatch !== generation) throw conditionNotMet();
  if (metagenerationMatch !== undefined && metagenerationMatch !== metageneration) throw conditionNotMet();
  if (
    generationNotMatch === generation ||
    (etagNotMatch !== undefined && names(etagNotMatch, etags)) ||
    (found !== undefined && metagenerationNotMatch === metageneration)
  ) {
    throw use === 'read' ? notModified() : conditionNotMet();
  }
}
