/**
 * Where a service's artifacts land: `gs://bucket/prefix/FOLDER/marker`, written with `*` for the folder. It stands
 * for one whole folder name; the last segment is the marker, the object whose arrival completes the artifact.
 */
import type { StoredObject } from '../world.ts';
import { isSafe } from '../../common/safe-text.ts';
import { objectOf } from '../../common/artifact/uri.ts';

export interface ArtifactPattern {
  readonly text: string;
  readonly bucket: string;
  /** What every matching object's name starts with, up to the first `*`. */
  readonly prefix: string;
  readonly marker: string;
  /** The marker says that the artifact is there and is no part of it, as `_SUCCESS` does: it may be empty. */
  readonly isSignal: boolean;
  readonly segments: readonly string[];
  /** Where else the artifacts of the service land; `patternsOf` has all. */
  readonly others: readonly ArtifactPattern[];
}

const BUCKET_PART = '[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?';
/** The name of a bucket, with dots as that of a domain (https://cloud.google.com/storage/docs/buckets#naming). */
export const BUCKET = `^(?=.{3,222}$)${BUCKET_PART}(?:\\.${BUCKET_PART})*$`;
/**
 * https://cloud.google.com/resource-manager/docs/creating-managing-projects; older ones may belong to a domain, as
 * `example.com:my-project`.
 */
export const PROJECT = '^(?:[a-z0-9][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$';
const BUCKET_NAME = new RegExp(BUCKET);

/** Returns the pattern, or a sentence about what is wrong with it. `signal`: what the marker is; else its name tells. */
export function parsePattern(text: string, signal?: boolean): ArtifactPattern | string {
  const { bucket, name: path } = objectOf(text);
  if (!BUCKET_NAME.test(bucket)) return 'expected gs://BUCKET/PREFIX/*/MARKER';
  const segments = path.split('/');
  const marker = segments.at(-1) ?? '';
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return 'expected no empty, "." or ".." segment';
  }
  if (segments.some((segment) => segment.includes('*') && segment !== '*')) {
    return 'expected "*" to stand for a whole folder name';
  }
  if (marker === '*') return 'expected the last segment to be the name of the marker, such as model.onnx';
  if (!segments.includes('*'))
    return 'expected at least one "*", so that every artifact has a folder of its own';
  const wild = segments.indexOf('*');
  return {
    text,
    bucket,
    prefix: segments
      .slice(0, wild)
      .map((s) => `${s}/`)
      .join(''),
    marker,
    isSignal: signal ?? isSignal(marker),
    segments,
    others: [],
  };
}

/** Of one text or of several. Returns the first pattern with the others, or a sentence about the first that is wrong. */
export function parsePatterns(texts: string | readonly string[], signal?: boolean): ArtifactPattern | string {
  const parsed = [texts].flat().map((text) => parsePattern(text, signal));
  const wrong = parsed.find((pattern) => typeof pattern === 'string');
  if (wrong !== undefined) return wrong;
  const [first, ...others] = parsed.filter((pattern) => typeof pattern !== 'string');
  return first === undefined ? 'expected a pattern' : { ...first, others };
}

export function patternsOf(pattern: ArtifactPattern): readonly ArtifactPattern[] {
  return [pattern, ...pattern.others];
}

/** All of them, for people. */
export function textOf(pattern: ArtifactPattern): string {
  return patternsOf(pattern)
    .map(({ text }) => text)
    .join(' or ');
}

/** Whether an object may complete an artifact of both. */
export function overlap(a: ArtifactPattern, b: ArtifactPattern): boolean {
  return patternsOf(a).some((one) => patternsOf(b).some((other) => overlapOfTwo(one, other)));
}

/** Of two patterns alone, without their others. */
export function overlapOfTwo(a: ArtifactPattern, b: ArtifactPattern): boolean {
  if (a.bucket !== b.bucket || a.segments.length !== b.segments.length) return false;
  return a.segments.every(
    (segment, i) => segment === '*' || b.segments[i] === '*' || segment === b.segments[i],
  );
}

/** Formats of models (and of what stands beside one): a file of such a name is content, and empty it is unfinished. */
const CONTENT =
  /\.(onnx|ort|pb|pbtxt|pkl|pickle|joblib|pt|pth|pt2|ckpt|bst|ubj|cbm|h5|hdf5|keras|tflite|safetensors|gguf|mar|mlmodel|pmml|model|npz|npy|bin|zip|tar|gz|tgz|engine|plan)$/i;
/** What Spark, Beam, TFX and people call the object that is written last. */
const SIGNAL_WORD =
  /(^|[._ -])(success|succeeded|done|complete|completed|finished|ready|ok|commit|committed|marker|sentinel|signal|trigger|stamp|flag)([._ -]|$)/i;

/** By its name alone: content is not to be taken for a signal, since a model that is being written is empty at first. */
export function isSignal(marker: string): boolean {
  if (CONTENT.test(marker)) return false;
  if (SIGNAL_WORD.test(marker) || marker.startsWith('_')) return true;
  return !marker.slice(1).includes('.') && !/model/i.test(marker);
}

/** True if the object is a marker of this pattern. Names are compared exactly, byte by byte. */
export function matches(pattern: ArtifactPattern, bucket: string, name: string): boolean {
  return patternsOf(pattern).some((each) => matchesOne(each, bucket, name));
}

function matchesOne(pattern: ArtifactPattern, bucket: string, name: string): boolean {
  if (bucket !== pattern.bucket || !name.startsWith(pattern.prefix)) return false;
  const segments = name.split('/');
  if (segments.length !== pattern.segments.length) return false;
  return segments.every((segment, i) => {
    const expected = pattern.segments[i];
    if (expected !== '*') return segment === expected;
    return segment !== '' && segment !== '.' && segment !== '..' && isSafe(segment);
  });
}

/** The pattern as a glob of Cloud Storage. It may match more than the pattern does: `matches` decides. */
export function globOf({ segments }: ArtifactPattern): string {
  return segments.map((segment) => (segment === '*' ? segment : segment.replaceAll(SPECIAL, '?'))).join('/');
}

/**
 * What means something in a glob (https://cloud.google.com/storage/docs/json_api/v1/objects/list, matchGlob). How it is
 * escaped is not documented; `?` matches it without.
 */
const SPECIAL = /[*?[\]{}\\]/g;

/** True if the object completes an artifact of this pattern. */
export function completes(pattern: ArtifactPattern, { bucket, name, size }: StoredObject): boolean {
  return patternsOf(pattern).some((each) => (size > 0 || each.isSignal) && matchesOne(each, bucket, name));
}

/** Whether slipway.yaml says of this marker what its name does not; undefined: its name tells. */
export function declaredSignal(pattern: ArtifactPattern, { bucket, name }: Place): boolean | undefined {
  const found = patternsOf(pattern).find((each) => matchesOne(each, bucket, name));
  return found === undefined || found.isSignal === isSignal(found.marker) ? undefined : found.isSignal;
}

/** Where an artifact's marker is. */
export interface Place {
  readonly bucket: string;
  readonly name: string;
}

/**
 * The marker for what a person or a pipeline calls the artifact: the marker's own URI, or the folder it
 * lies in, with or without the closing slash. Null if that is not one of this pattern's.
 */
export function markerOf(pattern: ArtifactPattern, uri: string): Place | null {
  for (const each of patternsOf(pattern)) {
    const name = markerOfOne(each, uri);
    if (name !== null) return { bucket: each.bucket, name };
  }
  return null;
}

function markerOfOne(pattern: ArtifactPattern, uri: string): string | null {
  const start = `gs://${pattern.bucket}/`;
  if (!uri.startsWith(start)) return null;
  const path = uri.slice(start.length).replace(/\/$/, '');
  for (const name of [path, `${path}/${pattern.marker}`]) {
    if (matchesOne(pattern, pattern.bucket, name)) return name;
  }
  return null;
}
