/**
 * Tables whose number of columns the file leaves open: the runtime may answer a row with a column too few, by
 * reading beyond it or leaving out a weight, and nobody notices.
 */
import type { Signature } from '../model/runtime.ts';
import { elementType } from '../model/tensor-types.ts';
import type { Sample } from './samples.ts';

/** What to know about an input whose rows were taken in several widths without a difference, or null. */
export function openWidth({ inputs }: Signature, samples: readonly Sample[]): string | null {
  for (const [i, { name, type, shape, symbols }] of inputs.entries()) {
    const isTable = shape.length === 2 && shape[1] === null && elementType(type).kind === 'float';
    if (!isTable || symbols[1] !== null) continue;
    const widths = new Set(samples.map(({ row }) => row[i]?.dims[1]));
    const shapes = new Set(
      samples.map(({ results }) => JSON.stringify(results.map((tensor) => tensor.dims))),
    );
    if (widths.size < 2 || shapes.size > 1) continue;
    return `${name} takes any number of columns, and a row with one too few is answered like any other; export the number, for instance FloatTensorType([None, 3])`;
  }
  return null;
}
