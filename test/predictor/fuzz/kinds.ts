/** All kinds of models that are fuzzed. */
import * as labelled from './labelled-kinds.ts';
import * as numeric from './numeric-kinds.ts';
import type { Kind } from './subject.ts';

export const KINDS: readonly Kind[] = [
  numeric.linear,
  numeric.embedding,
  labelled.categories,
  numeric.openLength,
  numeric.oneByOne,
  labelled.handler,
  numeric.mixing,
  numeric.boxes,
  labelled.zipMap,
  labelled.lists,
  numeric.wide,
  labelled.stringLabels,
  labelled.texts,
  labelled.lookupByText,
  labelled.columns,
  numeric.integers,
  numeric.truth,
  numeric.doubles,
];
