/**
 * The contract gate: whether those who call the live model can go on calling once the candidate answers, by what the
 * two say of their inputs and outputs.
 */
import type { Artifacts } from '../../world.ts';
import { inputChanges, outputChanges, type Change } from './contract-changes.ts';
import { readOnnxSignature } from './onnx-header.ts';
import { toSignature, type Field, type Signature } from './signature.ts';
import type { Verified } from './verify.ts';

/** As a verdict's: outcome.ts. */
const REASON_MAX_CHARS = 400;
const CHANGE_MAX_CHARS = 120;

/**
 * What the artifact says of its inputs and outputs: its manifest if that has a signature, else the ONNX file. Null:
 * neither says it. Throws CallErrors and nothing else.
 */
export async function readSignature(
  artifacts: Pick<Artifacts, 'readRange'>,
  { marker, manifest }: Verified,
): Promise<Signature | null> {
  const told = toSignature(manifest?.signature);
  const ours = told && { inputs: told.inputs.map(inOurWords), outputs: told.outputs.map(inOurWords) };
  const signature = toSignature(ours);
  if (signature !== null) return signature;
  return marker.name.endsWith('.onnx') ? readOnnxSignature(artifacts, marker) : null;
}

/** Trainers may well write what ONNX Runtime tells them: `tensor(float)`, `seq(map(int64,tensor(float)))`. */
function inOurWords(field: Field): Field {
  const type = field.type
    .replaceAll(/tensor\((\w+)\)/g, '$1')
    .replaceAll('(', '<')
    .replaceAll(')', '>')
    .replaceAll(/\bfloat\b/g, 'float32')
    .replaceAll(/\bdouble\b/g, 'float64');
  return { ...field, type };
}

export interface Comparison {
  readonly verdict: 'pass' | 'fail';
  /** For people, 400 characters at most. */
  readonly reason: string;
  /** Those that break nobody are among them. */
  readonly changes: readonly Change[];
}

/**
 * Compares what the two models promise. `sharesTraffic`: both answer for a while, so that those who call for what
 * is new may get the live model. What is not known breaks nothing.
 */
export function compareContract(
  live: Signature | null,
  candidate: Signature | null,
  sharesTraffic: boolean,
): Comparison {
  if (live === null || candidate === null) {
    const whose = live !== null ? 'the candidate' : candidate !== null ? 'the live model' : 'both models';
    return pass(`Not compared: the inputs and outputs of ${whose} are not known.`, []);
  }
  const changes = [
    ...inputChanges(live.inputs, candidate.inputs),
    ...outputChanges(live.outputs, candidate.outputs),
  ];
  if (changes.length === 0) return pass('The inputs and outputs are those of the live model.', []);

  const forward = changes.filter((change) => change.forward);
  const backward = changes.filter((change) => change.backward && !change.forward && sharesTraffic);
  if (forward.length === 0 && backward.length === 0)
    return pass(`Callers of the live model can go on as they are: ${listed(changes, 300)}.`, changes);
  const room = forward.length > 0 && backward.length > 0 ? CHANGE_MAX_CHARS : 300;
  const sentences = [
    ...(forward.length === 0 ? [] : [`Callers of the live model would break: ${listed(forward, room)}.`]),
    ...(backward.length === 0
      ? []
      : [
          `Callers of the candidate would break while the live model still answers: ${listed(backward, room)}.`,
        ]),
  ];
  return { verdict: 'fail', reason: sentences.join(' ').slice(0, REASON_MAX_CHARS), changes };
}

function pass(reason: string, changes: readonly Change[]): Comparison {
  return { verdict: 'pass', reason: reason.slice(0, REASON_MAX_CHARS), changes };
}

/** The first change, and more as long as they fit into so many characters. */
function listed(changes: readonly Change[], room: number): string {
  let text = '';
  for (const [i, { field, what }] of changes.entries()) {
    const sentence = cut(`${field} ${what}`);
    const more = i === 0 ? sentence : `${text}; ${sentence}`;
    if (i > 0 && more.length > room) return `${text}; and ${changes.length - i} more`;
    text = more;
  }
  return text;
}

function cut(text: string): string {
  return text.length <= CHANGE_MAX_CHARS ? text : `${text.slice(0, CHANGE_MAX_CHARS - 1)}…`;
}
