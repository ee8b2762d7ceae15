/**
 * How the inputs and outputs of two models differ, and whom each difference breaks. What counts as a promise is what
 * predictor/ takes and gives (docs/predictor.md), whose callers say JSON:
 *
 * - Names count even where there is only one. A bare value needs none, but `{"name": value}` is promised as well, it
 *   is the only form that can carry a `key`, and it gets a 400 once the name is another. A refused release costs
 *   one `overrideContract`; a 400 is found by the callers.
 * - Fields that a model does not know are refused, so an input that is gone breaks as much as one that is new.
 * - Inputs may be given as an array in their order, so the order of several counts; that of outputs does not.
 * - A prediction is the bare value of the only output, an object of several: going from one to several breaks.
 * - A first dimension that is 1 is like an open one: the rows then run one by one.
 */
import type { Field } from './signature.ts';

const NAME_CHARS_MAX = 40;

/** One difference between the live model and the candidate. */
export interface Change {
  /** Such as `input "age"`; together with `what` it is a sentence. */
  readonly field: string;
  /** Such as `is int64 instead of float32`. */
  readonly what: string;
  /** Whether callers of the live model break on the candidate. */
  readonly forward: boolean;
  /** Whether callers of the candidate break on the live model. */
  readonly backward: boolean;
}

export function inputChanges(live: readonly Field[], candidate: readonly Field[]): Change[] {
  const { kept, renamed, gone, added } = match(live, candidate);
  const places = new Map(candidate.map((field, i) => [field, i]));
  const order = kept.map((pair) => places.get(pair.candidate) ?? 0);
  const moved = gone.length + added.length === 0 && order.some((at, i) => at < (order[i - 1] ?? 0));
  return [
    ...gone.map((field) => change('input', field, 'is gone', true, true)),
    ...added.map((field) => change('input', field, 'is new', true, true)),
    ...renamed.map((pair) => change('input', pair.live, called(pair.candidate), true, true)),
    ...kept.flatMap((pair) => fieldChanges('input', pair)),
    ...(moved ? [{ field: 'the inputs', what: 'are in another order', forward: true, backward: true }] : []),
  ];
}

export function outputChanges(live: readonly Field[], candidate: readonly Field[]): Change[] {
  const { kept, renamed, gone, added } = match(live, candidate);
  const [before, after] = [predictionOf(live), predictionOf(candidate)];
  const what = `is ${after} instead of ${before}`;
  return [
    ...(before === after ? [] : [{ field: 'a prediction', what, forward: true, backward: true }]),
    ...gone.map((field) => change('output', field, 'is gone', true, false)),
    ...added.map((field) => change('output', field, 'is new', false, true)),
    ...renamed.map((pair) => change('output', pair.live, called(pair.candidate), true, true)),
    ...kept.flatMap((pair) => fieldChanges('output', pair)),
  ];
}

function predictionOf(outputs: readonly Field[]): string {
  return outputs.length === 1 ? 'a bare value' : 'an object by output';
}

interface Pair {
  readonly live: Field;
  readonly candidate: Field;
}

interface Matches {
  readonly kept: readonly Pair[];
  /** In the same place and alike in all but the name. */
  readonly renamed: readonly Pair[];
  readonly gone: readonly Field[];
  readonly added: readonly Field[];
}

function match(live: readonly Field[], candidate: readonly Field[]): Matches {
  const before = new Map(live.map((field) => [field.name, field]));
  const after = new Map(candidate.map((field) => [field.name, field]));
  const kept: Pair[] = [];
  const renamed: Pair[] = [];
  const gone: Field[] = [];
  for (const [i, field] of live.entries()) {
    const same = after.get(field.name);
    const inPlace = candidate[i];
    if (same !== undefined) kept.push({ live: field, candidate: same });
    else if (inPlace !== undefined && !before.has(inPlace.name) && isAlike(field, inPlace))
      renamed.push({ live: field, candidate: inPlace });
    else gone.push(field);
  }
  const found = new Set([...kept, ...renamed].map((pair) => pair.candidate));
  return { kept, renamed, gone, added: candidate.filter((field) => !found.has(field)) };
}

function isAlike(a: Field, b: Field): boolean {
  return a.type === b.type && shapeText(a.shape) === shapeText(b.shape);
}

type Side = 'input' | 'output';

/** What has changed in a field that both have. */
function fieldChanges(side: Side, { live, candidate }: Pair): Change[] {
  const what = (after: string, before: string) => `is ${after} instead of ${before}`;
  const changes: Change[] = [];
  if (live.type !== candidate.type)
    changes.push(change(side, live, what(candidate.type, live.type), true, true));
  const [before, after] = [shapeText(live.shape), shapeText(candidate.shape)];
  if (before !== after) {
    const { forward, backward } = shapeBreaks(side, live.shape, candidate.shape);
    changes.push(change(side, live, what(after, before), forward, backward));
  }
  return changes;
}

type Shape = Field['shape'];

/** Whom a change of shape breaks. */
function shapeBreaks(side: Side, live: Shape, candidate: Shape): Pick<Change, 'forward' | 'backward'> {
  if (isOpen(side, live) || isOpen(side, candidate)) return { forward: false, backward: false };
  if (live?.length !== candidate?.length) return { forward: true, backward: true };
  let forward = false;
  let backward = false;
  for (const [i, before] of (live ?? []).entries()) {
    const after = candidate?.[i] ?? null;
    if (before === after || (i === 0 && (before ?? 1) === (after ?? 1))) continue;
    // Callers may send what an input takes, and rely on what an output promises.
    const narrows = after !== null;
    const widens = before !== null;
    forward ||= side === 'input' ? narrows : widens;
    backward ||= side === 'input' ? widens : narrows;
  }
  return { forward, backward };
}

/** ONNX Runtime calls an output without dimensions what it could infer none for; an input may be a scalar. */
function isOpen(side: Side, shape: Shape): boolean {
  return shape === null || (side === 'output' && shape.length === 0);
}

function shapeText(shape: Shape): string {
  if (shape === null) return 'of any shape';
  return `[${shape.map((size) => size ?? 'any').join(', ')}]`;
}

function called(field: Field): string {
  return `is now called ${quoted(field.name)}`;
}

function change(side: Side, field: Field, what: string, forward: boolean, backward: boolean): Change {
  return { field: `${side} ${quoted(field.name)}`, what, forward, backward };
}

/** Names come from outside: no line breaks, and not too long. */
function quoted(name: string): string {
  const text = JSON.stringify(name);
  return text.length <= NAME_CHARS_MAX ? text : `${text.slice(0, NAME_CHARS_MAX)}…"`;
}
