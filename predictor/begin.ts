/**
 * What can be under way before the server is even loaded: the artifact is read, and the trial's process starts
 * and loads the model. Imports nothing heavy, or it would not be ahead of anything.
 */
import { readArtifact } from './artifact/artifact.ts';
import { openStore, type Store } from './artifact/store.ts';
import type { Config } from './config.ts';
import { processChannel } from './model/channels.ts';
import { readGolden, type GoldenRow } from './model/golden.ts';
import { withTensorOutputs, type OutputSpec } from './model/onnx-outputs.ts';
import { assertSafe } from './model/onnx-safety.ts';
import { openRemoteModel } from './model/remote.ts';
import type { Runtime } from './model/runtime.ts';

/** A model whose bytes have been looked at, but which has not been loaded. */
export interface PreparedModel {
  readonly bytes: Uint8Array;
  readonly outputs: readonly OutputSpec[];
  readonly golden: readonly GoldenRow[] | null;
  readonly store: Store;
  /** True if a manifest vouches for the artifact. */
  readonly verified: boolean;
}

export interface Beginning {
  /** Rejects with a ModelError if the artifact is not what it should be. */
  readonly model: Promise<PreparedModel>;
  /** The model in the trial's process; null to do without. */
  readonly trial: Promise<Runtime> | null;
}

/** Starts to read the artifact and to try the model. Whoever awaits the promises learns what went wrong. */
export function begin(config: Config, trialScript: URL): Beginning {
  const channel = config.trial ? processChannel(trialScript, config.trialTimeoutMs) : null;
  const model = prepare(config);
  const trial =
    channel === null
      ? null
      : model.then(({ bytes }) => openRemoteModel(channel, bytes, config.intraOpThreads));
  // They may fail before anyone awaits them, which is not yet an error nobody handles.
  void Promise.allSettled([model, trial]);
  return { model, trial };
}

async function prepare(config: Config): Promise<PreparedModel> {
  const store = await openStore(config.storageUri);
  const artifact = await readArtifact(store);
  assertSafe(artifact.model);
  const { model, outputs } = withTensorOutputs(artifact.model);
  const golden = config.golden && artifact.golden !== null ? readGolden(artifact.golden) : null;
  return { bytes: model, outputs, golden, store, verified: artifact.verified };
}
