/** `manifest.json`: what files the artifact has, with size and SHA-256. Other keys belong to the deployer. */
import { ModelError } from '../model/model-error.ts';
import { assertPath } from './store.ts';

export interface FileEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

const MAX_TEXT = 1024 * 1024;
const MAX_FILES = 1000;

/** Throws a ModelError that lists every problem. */
export function readManifest(text: string): FileEntry[] {
  if (text.length > MAX_TEXT) throw invalid([`expected at most ${MAX_TEXT} characters, got ${text.length}`]);
  const manifest = parse(text);
  const problems: string[] = [];
  if (property(manifest, 'schema') !== 1) problems.push('schema: expected 1');
  const files = property(manifest, 'files');
  if (!Array.isArray(files) || files.length === 0 || files.length > MAX_FILES) {
    throw invalid([...problems, `files: expected a list of 1 to ${MAX_FILES} files`]);
  }
  const entries = files.map((file: unknown, index) => readEntry(file, `files[${index}]`, problems));
  if (new Set(entries.map((entry) => entry.path)).size < entries.length) {
    problems.push('files: expected each path once');
  }
  if (problems.length > 0) throw invalid(problems);
  return entries;
}

function readEntry(file: unknown, where: string, problems: string[]): FileEntry {
  const path = property(file, 'path');
  const size = property(file, 'size');
  const sha256 = property(file, 'sha256');
  if (typeof path !== 'string') problems.push(`${where}.path: expected text`);
  else assertPath(path);
  if (!Number.isSafeInteger(size) || Number(size) < 0) problems.push(`${where}.size: expected bytes`);
  if (typeof sha256 !== 'string' || !/^[\da-f]{64}$/.test(sha256)) {
    problems.push(`${where}.sha256: expected 64 lower-case hex digits`);
  }
  return { path: String(path), size: Number(size), sha256: String(sha256) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ModelError('expected manifest.json to be JSON, got something else', { cause: error });
  }
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function invalid(problems: readonly string[]): ModelError {
  return new ModelError(`manifest.json: ${problems.join('; ')}`);
}
