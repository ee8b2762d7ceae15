/**
 * An artifact: `model.onnx`, and if they are there `golden.jsonl` and `manifest.json`. With a manifest every
 * file must be what the manifest says; a file it does not list is not used.
 */
import { createHash } from 'node:crypto';
import { ModelError } from '../model/model-error.ts';
import { readManifest, type FileEntry } from './manifest.ts';
import type { Store } from './store.ts';

export interface Artifact {
  readonly model: Buffer;
  /** The text of golden.jsonl, or null. */
  readonly golden: string | null;
  /** True if a manifest vouches for the files. */
  readonly verified: boolean;
}

const MODEL = 'model.onnx';
const GOLDEN = 'golden.jsonl';

/** Reads and verifies an artifact. Throws a ModelError that says what is wrong with it. */
export async function readArtifact(store: Store): Promise<Artifact> {
  const manifest = await store.read('manifest.json');
  if (manifest === null) return readUnverified(store);

  const files = new Map<string, Buffer>();
  for (const entry of readManifest(manifest.toString('utf8'))) {
    const bytes = await readVerified(store, entry);
    if (entry.path === MODEL || entry.path === GOLDEN) files.set(entry.path, bytes);
  }
  const model = files.get(MODEL);
  if (model === undefined) throw new ModelError(`expected manifest.json to list ${MODEL}, got none`);
  return { model, golden: files.get(GOLDEN)?.toString('utf8') ?? null, verified: true };
}

async function readUnverified(store: Store): Promise<Artifact> {
  const [model, golden] = await Promise.all([store.read(MODEL), store.read(GOLDEN)]);
  if (model === null) throw new ModelError(`expected ${MODEL} in the artifact, got none`);
  return { model, golden: golden?.toString('utf8') ?? null, verified: false };
}

async function readVerified(store: Store, entry: FileEntry): Promise<Buffer> {
  const bytes = await store.read(entry.path);
  if (bytes === null) throw new ModelError(`expected ${entry.path}, which manifest.json lists, got none`);
  if (bytes.length !== entry.size) {
    throw new ModelError(`${entry.path}: expected ${entry.size} bytes by manifest.json, got ${bytes.length}`);
  }
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (sha256 !== entry.sha256) {
    throw new ModelError(`${entry.path}: expected SHA-256 ${entry.sha256} by manifest.json, got ${sha256}`);
  }
  return bytes;
}
