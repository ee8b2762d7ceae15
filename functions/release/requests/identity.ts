/**
 * Which artifact it is: the same name with the same checksum is the same artifact, whatever generation and creation
 * time a copy, a key rotation, a change of storage class, a restore or a synchronisation gives its marker (Cloud
 * Storage sends OBJECT_FINALIZE for each of them: cloud.google.com/storage/docs/pubsub-notifications). The ledger
 * remembers each artifact that was accepted with its order, so that an old one never passes for a new one. Pure.
 */
import { hash } from 'node:crypto';
import type { Instant, StoredObject } from '../../world.ts';
import { markerNameOf } from '../checks/folder-checksum.ts';
import { ARTIFACTS_MAX, type Ledger, type Request } from '../ledger/ledger.ts';
import { isSignal } from '../../config/pattern.ts';

const KEY_LENGTH = 12;

/** What identifies the content of a marker. Without a checksum nothing is known of it but its generation. */
type Marker = Pick<Request, 'marker'> & { readonly checksum?: string };

export interface Remembered {
  /** When it was first wanted. */
  readonly at: Instant;
  /** It could not be released, so that landing it again asks for another try. */
  readonly hasFailed: boolean;
}

/** What the ledger remembers of the artifact, or null. */
export function remembered(ledger: Ledger, marker: Marker): Remembered | null {
  const key = keyOf(marker);
  const entry = key === null ? undefined : ledger.artifacts?.find((text) => text.startsWith(key));
  if (key === null || entry === undefined) return null;
  return { hasFailed: entry.at(KEY_LENGTH) === '!', at: orderIn(entry) };
}

function orderIn(entry: string): Instant {
  return Number.parseInt(entry.slice(KEY_LENGTH + 1), 36);
}

/** When an artifact was first wanted; null: it is not remembered. */
export type FirstWanted = (marker: Marker) => Instant | null;

/** As the ledger remembers it, for finding the newest artifact among many. */
export function firstWanted(ledger: Ledger | null): FirstWanted {
  const known = new Map(ledger?.artifacts?.map((text) => [text.slice(0, KEY_LENGTH), orderIn(text)]));
  if (known.size === 0) return () => null;
  return (marker) => known.get(keyOf(marker) ?? '') ?? null;
}

/** The ledger that remembers the artifact from now on; the order of one that it knows stays. */
export function withArtifact(ledger: Ledger, marker: Marker, at: Instant): Ledger {
  return written(ledger, marker, remembered(ledger, marker)?.at ?? at, false);
}

/** The ledger after a release of the artifact has failed. The same ledger if it does not know the artifact. */
export function withFailedArtifact(ledger: Ledger, marker: Marker): Ledger {
  const known = remembered(ledger, marker);
  return known === null ? ledger : written(ledger, marker, known.at, true);
}

function written(ledger: Ledger, marker: Marker, at: Instant, hasFailed: boolean): Ledger {
  const key = keyOf(marker);
  if (key === null) return ledger;
  const others = (ledger.artifacts ?? []).filter((text) => !text.startsWith(key));
  const entry = `${key}${hasFailed ? '!' : '.'}${at.toString(36)}`;
  return { ...ledger, artifacts: [...others, entry].slice(-ARTIFACTS_MAX) };
}

/** The checksum by which a request knows its marker again: of the content, and its size. */
export function checksumOf(
  { name, checksum, size }: StoredObject,
  signal = isSignal(markerNameOf(name)),
): { checksum?: string } {
  // Of a signal it says nothing: see folder-checksum.ts.
  return checksum === null || signal ? {} : { checksum: `${checksum}/${size}` };
}

type Found = Pick<Request, 'bucket' | 'marker' | 'generation'> & { readonly checksum?: string };

/** `signal`: what the marker is, where slipway.yaml says it. */
export function foundAt(object: StoredObject, signal?: boolean): Found {
  const { bucket, name: marker, generation } = object;
  return { bucket, marker, generation, ...checksumOf(object, signal) };
}

/** Without both checksums the generation alone tells. */
export function isSameArtifact(a: Found, b: Found): boolean {
  if (a.checksum !== undefined && a.checksum === b.checksum) return a.marker === b.marker;
  return a.bucket === b.bucket && a.marker === b.marker && a.generation === b.generation;
}

/** Twelve hex digits: two of a thousand artifacts have the same about once in 500 million ledgers. */
function keyOf({ marker, checksum }: Marker): string | null {
  if (checksum === undefined) return null;
  return hash('sha256', JSON.stringify([marker, checksum])).slice(0, KEY_LENGTH);
}
