/**
 * `manifest.json`: which files an artifact has, with size and SHA-256. The deployer reads it before anything is spent
 * and the predictor when it starts, ten minutes later: what the one takes must not be refused by the other.
 */
import { parseJson, property } from './values.ts';

export interface ManifestFile {
  /** Relative, inside the artifact's folder. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** Nothing in it chooses what is deployed, or how: that is in slipway.yaml alone. */
export interface Manifest {
  readonly schema: 1;
  readonly files: readonly ManifestFile[];
  /** The model's inputs and outputs, for its readers; undefined where it has none. */
  readonly signature: unknown;
  /**
   * What the first dimensions of the model's inputs and outputs are: `first`, they count instances, which may share a
   * run; `none`, an instance is the tensors as they are. Null: it does not say.
   */
  readonly rows: 'first' | 'none' | null;
}

export type ManifestRead =
  | {
      readonly manifest: Manifest;
      /**
       * Fields that are not known. The deployer refuses them, so that a mistyped one is noticed; the predictor must
       * not, since its image may be older than the deployer that has let them pass.
       */
      readonly unknown: readonly string[];
    }
  | { readonly manifest: null; readonly problems: readonly string[]; readonly cause?: unknown };

export const MANIFEST_BYTES_MAX = 262_144;
const FILES_MAX = 1000;
const PATH_MAX = 512;

/** Whatever the text is: a manifest, or everything that is wrong with it. */
export function readManifest(text: string): ManifestRead {
  const parsed = parseJson(text, MANIFEST_BYTES_MAX);
  if ('problem' in parsed) return refused([parsed.problem], parsed.cause);
  const { value } = parsed;
  const problems: string[] = [];
  if (property(value, 'schema') !== 1) problems.push('schema: expected 1');
  const listed = property(value, 'files');
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > FILES_MAX)
    return refused([...problems, `files: expected a list of 1 to ${FILES_MAX} files`]);
  const unknown = strangers(value, ['schema', 'files', 'signature', 'rows'], '');
  const files = listed.map((file: unknown, i): ManifestFile => {
    unknown.push(...strangers(file, ['path', 'size', 'sha256'], `files[${i}].`));
    return readFile(file, `files[${i}]`, problems);
  });
  if (new Set(files.map(({ path }) => path)).size < files.length)
    problems.push('files: expected each path once');
  const rows = readRows(property(value, 'rows'), problems);
  if (problems.length > 0) return refused(problems);
  return { manifest: { schema: 1, files, signature: property(value, 'signature'), rows }, unknown };
}

function readRows(value: unknown, problems: string[]): Manifest['rows'] {
  if (value === 'first' || value === 'none') return value;
  if (value !== undefined) problems.push('rows: expected "first" or "none"');
  return null;
}

function readFile(file: unknown, where: string, problems: string[]): ManifestFile {
  const path = property(file, 'path');
  const size = property(file, 'size');
  const sha256 = property(file, 'sha256');
  if (typeof path !== 'string') problems.push(`${where}.path: expected text`);
  else if (path.length > PATH_MAX) problems.push(`${where}.path: expected at most ${PATH_MAX} characters`);
  else if (!isInside(path)) problems.push(`${where}.path: expected a file path inside the artifact`);
  if (!Number.isSafeInteger(size) || Number(size) < 0) problems.push(`${where}.size: expected bytes`);
  if (typeof sha256 !== 'string' || !/^[\da-f]{64}$/.test(sha256))
    problems.push(`${where}.sha256: expected 64 lower-case hex digits`);
  return { path: String(path), size: Number(size), sha256: String(sha256) };
}

/** Whether the path names a file below the folder, on every system. */
function isInside(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\\\u0000-\u001f]|^[a-z]:/i.test(path)) return false;
  return path.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

/** Names of fields come from outside: they are shown as JSON and cut. */
function strangers(value: unknown, known: readonly string[], where: string): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => where + JSON.stringify(name.slice(0, 40)).slice(1, -1));
}

function refused(problems: readonly string[], cause?: unknown): ManifestRead {
  return { manifest: null, problems, cause };
}
