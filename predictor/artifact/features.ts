/** `features.json`: where the values of the model's inputs come from. */
import { readFeatures as read, type Features } from '../../common/artifact/features.ts';
import { ModelError } from '../model/model-error.ts';

/** Throws a ModelError that lists every problem. */
export function readFeatures(bytes: Buffer): Features {
  const found = read(bytes.toString('utf8'));
  if (found.features !== null) return found.features;
  throw new ModelError(`features.json: ${found.problems.join('; ')}`, { cause: found.cause });
}
