/**
 * Open dimensions that the model's signature calls by one name have one length. The runtime does not insist: it
 * stretches a mask of one element over a whole text, and the answer is wrong without a word.
 */
import type { RowShapes } from './batch.ts';
import { BadInput } from './bad-input.ts';
import type { InputLayout } from './layout.ts';

interface Dimension {
  readonly input: number;
  readonly depth: number;
}

/** Two dimensions of one name, of the same input or of two. */
export interface Tie {
  readonly symbol: string;
  readonly first: Dimension;
  readonly other: Dimension;
}

/** Every dimension that has the name of an earlier one, with that one. */
export function tiesOf(inputs: readonly InputLayout[]): Tie[] {
  const firsts = new Map<string, Dimension>();
  const ties: Tie[] = [];
  for (const [input, { symbols }] of inputs.entries()) {
    for (const [depth, symbol] of symbols.entries()) {
      if (symbol === null) continue;
      const first = firsts.get(symbol);
      if (first === undefined) firsts.set(symbol, { input, depth });
      else ties.push({ symbol, first, other: { input, depth } });
    }
  }
  return ties;
}

/** Throws a BadInput if an instance's shapes have different lengths under one name. */
export function assertTies(
  ties: readonly Tie[],
  shapes: RowShapes,
  inputs: readonly InputLayout[],
  instance: number,
): void {
  for (const { symbol, first, other } of ties) {
    const wanted = shapes[first.input]?.[first.depth];
    const found = shapes[other.input]?.[other.depth];
    if (wanted === found) continue;
    const place = placeOf(inputs, first);
    const expected = `an array of ${wanted}, as ${place} is: both have the length ${symbol}`;
    throw new BadInput({ instance, field: placeOf(inputs, other) }, expected, `an array of ${found}`);
  }
}

function placeOf(inputs: readonly InputLayout[], { input, depth }: Dimension): string {
  return `${inputs[input]?.name}${'[0]'.repeat(depth)}`;
}
