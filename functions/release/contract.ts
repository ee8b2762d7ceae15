/**
 * The contract gate: whether those who call the live model can go on calling once the candidate answers, by what the
 * two say of their inputs and outputs.
 */
import { Compile } from 'typebox/compile';
import type { Artifacts } from '../world.ts';
import { inputChanges, outputChanges, type Change } from './contract-changes.ts';
import { readOnnxSignature } from './onnx-header.ts';
import { toSignature, type Field, type Signature } from './signature.ts';
import { ManifestSchema } from './verify.ts';

const MANIFEST_MAX_BYTES = 262_144;

/** As a verdict's: outcome.ts. */
const REASON_MAX_CHARS = 400;
const CHANGE_MAX_CHARS = 120;

const manifestText = Compile(ManifestSchema);

/**
 * What the artifact says of its inputs and outputs: its manifest.json if that has a signature, else the ONNX file.
 * Null: neither says it, or the marker is not of this generation any more. Throws CallErrors and nothing else.
 */
export async function readSignature(
  artifacts: Artifacts,
  bucket: string,
  marker: string,
  generation: string,
): Promise<Signature | null> {
  const object = await artifacts.head(bucket, marker);
  // Another generation may have come with another manifest.
  if (object?.generation !== generation) return null;
  const told = await manifestSignature(artifacts, bucket, marker.slice(0, marker.lastIndexOf('/') + 1));
  if (told !== null) return told;
  return marker.endsWith('.onnx') ? readOnnxSignature(artifacts, object) : null;
}

async function manifestSignature(
  artifacts: Artifacts,
  bucket: string,
  folder: string,
): Promise<Signature | null> {
  const object = await artifacts.head(bucket, `${folder}manifest.json`);
  const text = object === null ? null : await artifacts.read(object, MANIFEST_MAX_BYTES);
  if (text === null) return null;
  const told = parseManifestSignature(text);
  if (told === null) return null;
  return toSignature({ inputs: told.inputs.map(inOurWords), outputs: told.outputs.map(inOurWords) });
}

/** A manifest that is wrong is not this gate's business: verify.ts refuses its artifact. */
function parseManifestSignature(text: string): Signature | null {
  try {
    const value: unknown = JSON.parse(text);
    return manifestText.Check(value) ? toSignature(value.signature) : null;
  } catch {
    return null;
  }
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
