/** What outputs really look like: the shapes that runs of one instance gave win over what the file declares. */
import type { Port, Signature } from '../model/runtime.ts';
import { nameOf, rowSymbol, type Reading, type Shape } from '../serve/layout.ts';
import type { Follows } from './company.ts';
import type { Sample } from './samples.ts';

/** The reading with outputs as they were seen. `follows`: what company showed of each, if any was kept. */
export function observedOutputs(
  signature: Signature,
  reading: Reading,
  samples: readonly Sample[],
  follows: readonly Follows[],
): Reading {
  const outputs = signature.outputs.map((port, i) => {
    const shapes = samples.map(({ results }) => results[i]?.dims ?? []);
    const declared = reading.outputs[i]?.leading ?? false;
    const counts = follows[i] === undefined ? declared : counted(signature, port, follows[i], declared);
    const leading = reading.rows === 'shared' || (counts && shapes.every((shape) => shape[0] === 1));
    return { leading, shape: seenShape(port, leading, shapes) };
  });
  return { ...reading, outputs };
}

/** True if the output's first dimension counts the rows of a run that takes only one. */
function counted(signature: Signature, port: Port, follows: Follows, declared: boolean): boolean {
  if (follows === 'by the sum of each' || follows === 'not') return false;
  const name = nameOf(port, 0);
  const another = name !== null && name !== rowSymbol(signature);
  return follows === 'exactly' ? !another : declared;
}

function seenShape(port: Port, leading: boolean, shapes: readonly (readonly number[])[]): Shape | null {
  const declared = leading ? port.shape.slice(1) : port.shape;
  // The runtime says [] of a scalar, and of an output whose shape it does not know.
  if (shapes.length === 0) return port.shape.length === 0 ? null : declared;
  const seen = leading ? shapes.map((shape) => shape.slice(1)) : shapes;
  const [first = []] = seen;
  if (seen.some((shape) => shape.length !== first.length)) return null;
  const known = declared.length === first.length && port.shape.length > 0;
  return first.map((dim, at) => {
    const fixed = seen.every((shape) => shape[at] === dim) ? dim : null;
    // An open dimension stays open: what is found in made-up rows may be as much by chance.
    return known && declared[at] === null ? null : fixed;
  });
}
