/**
 * The contract gate: whether those who call the live model can go on calling once the candidate answers, by what the
 * two say of their inputs and outputs; or, where the service has an interface, by that and the one of the live release.
 */
import type { Interface } from '../../../common/artifact/interface.ts';
import type { Artifacts } from '../../world.ts';
import { inputChanges, outputChanges, type Change } from './contract-changes.ts';
import { digestsOf, type SignatureDigests } from '../ledger/kept-contract.ts';
import { interfaceChanges } from './interface-changes.ts';
import { readOnnxSignature } from './onnx-header.ts';
import { toSignature, type Field, type Signature } from './signature.ts';
import type { Verified } from './verify.ts';

/** As a verdict's: outcome.ts. */
const REASON_CHARS_MAX = 400;
const CHANGE_CHARS_MAX = 120;

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
  live: Signature | SignatureDigests | null,
  candidate: Signature | null,
  sharesTraffic: boolean,
): Comparison {
  if (live === null || candidate === null) {
    const whose = live !== null ? 'the candidate' : candidate !== null ? 'the live model' : 'both models';
    return pass(`Not compared: the inputs and outputs of ${whose} are not known.`, []);
  }
  if ('inputsDigest' in live) return compareDigests(live, digestsOf(candidate));
  const changes = [
    ...inputChanges(live.inputs, candidate.inputs),
    ...outputChanges(live.outputs, candidate.outputs),
  ];
  if (changes.length === 0) return pass('The inputs and outputs are those of the live model.', []);
  return judgeChanges(changes, 'live model', sharesTraffic);
}

/** Of two interfaces of one service. */
export function compareInterfaces(live: Interface, next: Interface, sharesTraffic: boolean): Comparison {
  const changes = interfaceChanges(live, next);
  if (changes.length === 0) return pass('The interface is that of the live release.', []);
  return judgeChanges(changes, 'live release', sharesTraffic);
}

/** A service that gets an interface, or has none any more: another form of request and answer, whatever the names. */
export function adoption(next: Interface | null): Comparison {
  const reason =
    next === null
      ? 'Callers of the live release would break: it has an interface, and the service has none any more.'
      : 'Callers of the live model would break: they send its inputs, and the service has an interface now.';
  return { verdict: 'fail', reason, changes: [] };
}

/** So many fields that the ledger keeps no names: whether they are the same is all that is known. */
function compareDigests(live: SignatureDigests, candidate: SignatureDigests): Comparison {
  const others = [
    ...(live.inputsDigest === candidate.inputsDigest ? [] : ['inputs']),
    ...(live.outputsDigest === candidate.outputsDigest ? [] : ['outputs']),
  ].join(' and ');
  if (others === '') return pass('The inputs and outputs are those of the live model.', []);
  const reason = `Callers of the live model may break: its ${others} are others, too many to be named here.`;
  return { verdict: 'fail', reason, changes: [] };
}

function judgeChanges(changes: readonly Change[], whose: string, sharesTraffic: boolean): Comparison {
  const forward = changes.filter((change) => change.forward);
  const backward = changes.filter((change) => change.backward && !change.forward && sharesTraffic);
  if (forward.length === 0 && backward.length === 0)
    return pass(`Callers of the ${whose} can go on as they are: ${listed(changes, 300)}.`, changes);
  const room = forward.length > 0 && backward.length > 0 ? CHANGE_CHARS_MAX : 300;
  const sentences = [
    ...(forward.length === 0 ? [] : [`Callers of the ${whose} would break: ${listed(forward, room)}.`]),
    ...(backward.length === 0
      ? []
      : [
          `Callers of the candidate would break while the ${whose} still answers: ${listed(backward, room)}.`,
        ]),
  ];
  return { verdict: 'fail', reason: sentences.join(' ').slice(0, REASON_CHARS_MAX), changes };
}

function pass(reason: string, changes: readonly Change[]): Comparison {
  return { verdict: 'pass', reason: reason.slice(0, REASON_CHARS_MAX), changes };
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
  return text.length <= CHANGE_CHARS_MAX ? text : `${text.slice(0, CHANGE_CHARS_MAX - 1)}…`;
}
