/**
 * An artifact: `model.onnx`, and if they are there `golden.jsonl` and `manifest.json`. With a manifest every
 * file must be what the manifest says; a file it does not list is not used. The model stays a file, for the runtime
 * to load from there, and its bytes are lent to be looked through.
 */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { FEATURES_FILE } from '../../common/artifact/features.ts';
import type { Claim } from '../model/claim.ts';
import { ModelError } from '../model/model-error.ts';
import { readManifest, type FileEntry } from './manifest.ts';
import type { Store } from './store.ts';

export interface Artifact {
  /** Where the model lies on this machine. */
  readonly path: string;
  readonly model: LentBytes;
  /** The bytes of golden.jsonl, or null. */
  readonly golden: Buffer | null;
  /** The bytes of features.json, or null where there is none, or nobody asks for it. */
  readonly features: Buffer | null;
  /** What the manifest says of the model's first dimensions, or null. */
  readonly claim: Claim | null;
  /** True if a manifest vouches for the files. */
  readonly verified: boolean;
}

/** Bytes that are given back as soon as nobody needs them, and not when the garbage collector comes by. */
export interface LentBytes {
  readonly bytes: Uint8Array;
  giveBack(): void;
}

const MODEL = 'model.onnx';
const GOLDEN = 'golden.jsonl';
// What a protobuf message may have, and so an ONNX model in one file.
const BYTES_MAX = 2 ** 31 - 1;

/**
 * Reads and verifies an artifact. `isMapped`: also its features.json, which a service without features may have for
 * uses of its own. Throws a ModelError that says what is wrong with it.
 */
export async function readArtifact(store: Store, isMapped = false): Promise<Artifact> {
  const manifest = await store.read('manifest.json');
  if (manifest === null) {
    const [path, golden, features] = await Promise.all([
      store.locate(MODEL),
      store.read(GOLDEN),
      isMapped ? store.read(FEATURES_FILE) : null,
    ]);
    if (path === null) throw new ModelError(`expected ${MODEL} in the artifact, got none`);
    return { path, model: lend(path), golden, features, claim: null, verified: false };
  }

  const { files, rows } = readManifest(manifest.toString('utf8'));
  if (!files.some((entry) => entry.path === MODEL)) {
    throw new ModelError(`expected manifest.json to list ${MODEL}, got none`);
  }
  let golden: Buffer | null = null;
  let features: Buffer | null = null;
  let found: { path: string; model: LentBytes } | null = null;
  for (const entry of files) {
    if (entry.path === MODEL) {
      const path = await store.locate(MODEL);
      if (path === null) throw missing(entry);
      found = { path, model: lend(path) };
      verify(entry, found.model.bytes);
      continue;
    }
    const bytes = await store.read(entry.path);
    if (bytes === null) throw missing(entry);
    verify(entry, bytes);
    if (entry.path === GOLDEN) golden = bytes;
    if (entry.path === FEATURES_FILE && isMapped) features = bytes;
  }
  if (found === null) throw new ModelError(`expected ${MODEL} in the artifact, got none`);
  return { ...found, golden, features, claim: rows, verified: true };
}

function lend(path: string): LentBytes {
  let file: number | null = null;
  try {
    // A link could lead out of the folder.
    file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    const { size } = fstatSync(file);
    if (size > BYTES_MAX) {
      throw new ModelError(
        `${MODEL}: expected at most ${BYTES_MAX} bytes, greater than 2 GiB is no ONNX model, got ${size}`,
      );
    }
    const memory = new ArrayBuffer(size);
    const bytes = new Uint8Array(memory);
    for (let at = 0; at < size;) {
      const read = readSync(file, bytes, at, size - at, at);
      if (read === 0) throw new ModelError(`${MODEL}: expected ${size} bytes, got ${at}`);
      at += read;
    }
    return { bytes, giveBack: () => void memory.transfer(0) };
  } catch (error) {
    if (error instanceof ModelError) throw error;
    throw new ModelError(`the artifact's ${MODEL} cannot be read`, { cause: error });
  } finally {
    if (file !== null) closeSync(file);
  }
}

function verify(entry: FileEntry, bytes: Uint8Array): void {
  if (bytes.length !== entry.size) {
    throw new ModelError(`${entry.path}: expected ${entry.size} bytes by manifest.json, got ${bytes.length}`);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== entry.sha256) {
    throw new ModelError(`${entry.path}: expected SHA-256 ${entry.sha256} by manifest.json, got ${sha256}`);
  }
}

function missing(entry: FileEntry): ModelError {
  return new ModelError(`expected ${entry.path}, which manifest.json lists, got none`);
}
