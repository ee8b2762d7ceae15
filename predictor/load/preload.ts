/**
 * What can start before the server is even loaded: the artifact is read, and the trial's process starts
 * and loads the model. Imports nothing heavy, or it would not be ahead of anything.
 */
import { writeFileSync } from 'node:fs';
import type { Features } from '../../common/artifact/features.ts';
import { readArtifact, type Artifact } from '../artifact/artifact.ts';
import { openStore, type Store } from '../artifact/store.ts';
import { temporaryFile } from '../artifact/temporary.ts';
import type { Candidate } from '../check/check-model.ts';
import { isMapped, trialRunLimit, type Config } from '../config.ts';
import { mapCandidate } from '../features/map-candidate.ts';
import { processChannel } from '../model/channels.ts';
import { claimOf } from '../model/claim.ts';
import { readGolden } from '../model/golden.ts';
import { readHeader } from '../model/onnx-header.ts';
import { withTensorOutputs } from '../model/onnx-outputs.ts';
import { assertSafe } from '../model/onnx-safety.ts';
import { openRemoteModel, type RemoteRuntime } from '../model/remote.ts';
import type { ModelSource } from '../model/runtime.ts';

/** A model whose bytes have been looked at, but which has not been loaded. */
export interface PreparedModel {
  readonly source: ModelSource;
  readonly candidate: Candidate;
  readonly store: Store;
  /** What features.json says, or null where there is none. */
  readonly features: Features | null;
  /** Requests of the golden rows, whose keys the store should have. */
  readonly requests: readonly unknown[];
  /** True if a manifest vouches for the artifact. */
  readonly verified: boolean;
}

export interface Preload {
  /** Rejects with a ModelError if the artifact is not what it should be. */
  readonly model: Promise<PreparedModel>;
  /** The model in the trial's process; null to do without. */
  readonly trial: Promise<RemoteRuntime> | null;
}

/** Starts to read the artifact and to try the model. Their promises reject with what went wrong. */
export function begin(config: Config, trialScript: URL): Preload {
  const limits = [String(trialRunLimit(config)), String(process.pid)];
  const channel = config.trial ? processChannel(trialScript, limits, config.trialTimeoutMs) : null;
  const model = prepare(config);
  const trial = channel === null ? null : model.then(({ source }) => openRemoteModel(channel, source));
  // They may fail before anyone awaits them, which is not yet an error nobody handles.
  void Promise.allSettled([model, trial]);
  return { model, trial };
}

async function prepare(config: Config): Promise<PreparedModel> {
  const store = await openStore(config.storageUri);
  const artifact = await readArtifact(store, isMapped(config));
  try {
    return lookThrough(artifact, store, config);
  } finally {
    // From here on the model is a file. What is in memory twice does not fit the machine that it fits once.
    artifact.model.giveBack();
  }
}

function lookThrough(artifact: Artifact, store: Store, config: Config): PreparedModel {
  const { bytes } = artifact.model;
  assertSafe(bytes);
  const header = readHeader(bytes);
  const { changed, outputs } = withTensorOutputs(bytes);
  const golden = config.golden && artifact.golden !== null ? readGolden(artifact.golden) : null;
  const mapped = isMapped(config) ? mapCandidate({ outputs, golden }, artifact.features, config) : null;
  const { anyRank, texts, integers } = header;
  return {
    source: {
      model: changed === null ? artifact.path : write(changed),
      intraOpThreads: config.intraOpThreads,
      optimized: true,
      anyRank,
    },
    candidate: {
      outputs: mapped?.outputs ?? outputs,
      isNamed: mapped?.isNamed ?? false,
      golden: mapped === null ? golden : mapped.golden,
      claim: artifact.claim ?? claimOf(header.metadata),
      vocabulary: { texts, integers },
    },
    store,
    features: mapped?.features ?? null,
    requests: golden?.map(({ instance }) => instance) ?? [],
    verified: artifact.verified,
  };
}

function write(pieces: readonly Uint8Array[]): string {
  const path = temporaryFile('tensors.onnx');
  for (const [i, piece] of pieces.entries()) writeFileSync(path, piece, { flag: i === 0 ? 'wx' : 'a' });
  return path;
}
