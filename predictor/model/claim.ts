/**
 * What an artifact says of its model's first dimensions, which runs cannot always show: `first`, that they count rows,
 * and rows may share a run; `none`, that an instance is the tensors as they are. It says so by `rows` in
 * manifest.json or by `slipway.rows` in the model's metadata.
 */
import { ModelError } from './model-error.ts';

export type Claim = 'first' | 'none';

export const CLAIM_KEY = 'slipway.rows';

export function isClaim(value: unknown): value is Claim {
  return value === 'first' || value === 'none';
}

/** What the model's metadata say, or null. Throws a ModelError if it is nothing that can be said. */
export function claimOf(metadata: ReadonlyMap<string, string>): Claim | null {
  const value = metadata.get(CLAIM_KEY);
  if (value === undefined) return null;
  if (isClaim(value)) return value;
  throw new ModelError(
    `the model's metadata: expected ${CLAIM_KEY} to be "first" or "none", got another value`,
  );
}
