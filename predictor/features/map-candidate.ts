/** What a mapping changes of a model that is about to be checked: its golden rows are requests, its answers responses. */
import type { Features } from '../../common/artifact/features.ts';
import { readFeatures } from '../artifact/features.ts';
import type { Config } from '../config.ts';
import type { GoldenRow } from '../../common/artifact/golden-row.ts';
import type { OutputSpec } from '../model/onnx-outputs.ts';
import { modelRows } from './golden.ts';
import { mappedOutputs } from './outputs.ts';

export interface Mapped {
  readonly outputs: readonly OutputSpec[];
  readonly isNamed: boolean;
  /** As the model takes them. */
  readonly golden: readonly GoldenRow[] | null;
  /** What features.json says, or null where there is none. */
  readonly features: Features | null;
}

/** `bytes`: of features.json, or null. Throws a ModelError that says what does not fit. */
export function mapCandidate(
  { outputs, golden }: Pick<Mapped, 'outputs' | 'golden'>,
  bytes: Buffer | null,
  { features: settings, face }: Config,
): Mapped {
  const features = bytes === null ? null : readFeatures(bytes);
  const parts = features?.outputs ?? null;
  return {
    outputs: mappedOutputs(outputs, parts, face),
    isNamed: face !== null || parts !== null,
    golden: golden === null || features === null ? golden : modelRows(golden, features, settings, face),
    features,
  };
}
