/**
 * Examines a model of the Vertex AI registry before anything is spent on it: slipway.yaml allows it, the version is there,
 * and it can be deployed. Vertex AI has a copy of its own of the artifact; what can still be read of the folder that it
 * was made from, and is no newer than the version, tells its inputs and outputs and has its golden rows.
 */
import { readManifest, MANIFEST_BYTES_MAX, type Manifest } from '../../../common/artifact/manifest.ts';
import { parseModelName } from '../../../common/artifact/model-name.ts';
import { objectOf, uriOf } from '../../../common/artifact/uri.ts';
import { CallError, isTransient } from '../../errors.ts';
import type { ProblemCode } from '../../problems.ts';
import type { Artifacts, StoredObject } from '../../world.ts';
import { BUCKET } from '../../config/pattern.ts';
import type { TickContext } from '../context.ts';
import type { ModelFolder } from '../gates/rows.ts';
import type { Request } from '../ledger/ledger.ts';
import type { Transition } from '../ledger/transition.ts';
import { unfitModel } from '../requests/foreign-model.ts';
import { checkContract } from './check-contract.ts';
import { encodingOf } from './encoding.ts';
import type { Verified } from './verify.ts';
import { readText } from './read-text.ts';

/** What Slipway's own predictor, and `slipway land`, have in a folder. */
const MODEL_FILE = 'model.onnx';
const PREFIX_CHARS_MAX = 1_000;

/** Rejects with a CallError. */
export async function examineModel(context: TickContext, request: Request): Promise<Transition> {
  const { config, service, world } = context;
  const name = uriOf(request);
  const model = parseModelName(name);
  if (model === null) return refused('MODEL_NOT_FOUND', 'the name is none of a version');
  // What slipway.yaml allowed when it was asked for, it may allow no more.
  const unfit = unfitModel(config, service, model);
  if (unfit !== null) return refused(unfit.code, unfit.detail);
  const found = await world.vertex.getVersion(model.name, model.version);
  if (found === null) return refused('MODEL_NOT_FOUND', name);
  if (!found.isDeployable) return refused('MODEL_NOT_SERVABLE', name);
  const folder = folderOfUri(found.artifactUri, config.stateBucket, found.version.createdAt);
  const read = folder === null ? null : await readable(world.artifacts, folder);
  const checked = await checkContract(context, request, read);
  if (checked.type !== 'verified' || folder === null || read === null) return checked;
  return { ...checked, madeFrom: folder };
}

function refused(code: ProblemCode, detail: string): Transition {
  return { type: 'attemptFailed', code, detail, again: false };
}

/** The URI is whatever the model's uploader wrote: what is no folder of a bucket is not read, nor are ledgers. */
function folderOfUri(uri: string, stateBucket: string, at: number): ModelFolder | null {
  const { bucket, name } = objectOf(uri);
  const path = name.endsWith('/') ? name.slice(0, -1) : name;
  if (path === '' || path.length > PREFIX_CHARS_MAX) return null;
  if (!new RegExp(BUCKET).test(bucket) || bucket === stateBucket) return null;
  return { bucket, prefix: `${path}/`, at };
}

/** What of the folder can be read. Null: it cannot be, or none of it is as old as the version. */
async function readable(artifacts: Artifacts, folder: ModelFolder): Promise<Verified | null> {
  const [marker, manifest, golden] = await Promise.all(
    [MODEL_FILE, 'manifest.json', 'golden.jsonl'].map((name) => find(artifacts, folder, name)),
  );
  const described = manifest ? await manifestOf(artifacts, manifest) : null;
  const known = marker ?? manifest ?? golden;
  return known ? { marker: known, manifest: described } : null;
}

async function find(artifacts: Artifacts, folder: ModelFolder, name: string): Promise<StoredObject | null> {
  try {
    const object = await artifacts.head(folder.bucket, folder.prefix + name);
    if (object === null || object.createdAt > folder.at || encodingOf(object) !== null) return null;
    return object;
  } catch (error) {
    if (!(error instanceof CallError) || isTransient(error.status)) throw error;
    // It lies where this function may not look, and need not.
    return null;
  }
}

/** Of a manifest only what it says of inputs and outputs counts here: the files are Vertex AI's own copies. */
async function manifestOf(artifacts: Artifacts, object: StoredObject): Promise<Manifest | null> {
  const text = await readText(artifacts, object, MANIFEST_BYTES_MAX);
  return text === null ? null : readManifest(text).manifest;
}
