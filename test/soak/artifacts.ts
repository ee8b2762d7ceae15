/** Artifacts that a soak lands: a table that is looked up, good, or wrong in one of the ways that a release notices. */
import { createHash } from 'node:crypto';
import { onnxModel, tensor } from '../support/onnx-writer.ts';

export const KINDS = [
  'good',
  /** Its manifest states another digest. */
  'broken-manifest',
  /** Half of the model is missing. */
  'broken-model',
  /** Its golden rows are those of another training. */
  'wrong-golden',
  /** It fails on one of its golden rows. */
  'failing-model',
  /** It answers on another scale than the live model. */
  'other-scale',
  /** Its input has another name. */
  'other-contract',
] as const;
export type Kind = (typeof KINDS)[number];

/** In the order in which they land: the marker is the last one. */
export type Files = readonly (readonly [name: string, bytes: Uint8Array])[];

/** Callers ask for indexes below it. */
export const ROWS = 16;

/** `number` makes the content of each artifact its own; answers to the same index differ by less than 1. */
export function artifact(kind: Kind, number: number): Files {
  const scale = kind === 'other-scale' ? 30 : 10;
  const values = Array.from({ length: ROWS }, (_, row) => row * scale + (number % 1_000) / 1_000);
  const model = table(values, kind === 'other-contract' ? 'position' : 'index');
  const shown = kind === 'broken-model' ? model.subarray(0, model.length / 2) : model;
  const golden = Buffer.from(goldenRows(kind, values).join('\n'));
  const listed = { 'golden.jsonl': golden, 'model.onnx': shown };
  const files = Object.entries(listed).map(([path, bytes]) => ({
    path,
    size: bytes.length,
    sha256: sha256(kind === 'broken-manifest' ? Buffer.from('something else') : bytes),
  }));
  return [
    ['golden.jsonl', golden],
    ['manifest.json', Buffer.from(JSON.stringify({ schema: 1, files }))],
    ['model.onnx', shown],
  ];
}

function goldenRows(kind: Kind, values: readonly number[]): string[] {
  const wrong = kind === 'wrong-golden' ? 5 : 0;
  const rows = values
    .slice(0, 3)
    .map((value, instance) => ({ instance, prediction: Math.fround(value) + wrong }));
  if (kind === 'failing-model') rows.push({ instance: ROWS + 1, prediction: 0 });
  return rows.map((row) => JSON.stringify(row));
}

/** Looks its input up, and fails for an index beyond the table. */
function table(values: readonly number[], input: string): Uint8Array {
  return onnxModel({
    inputs: [{ name: input, type: 'int64', shape: ['N'] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
    initializers: [tensor('table', 'float32', [values.length], values)],
    nodes: [{ op: 'Gather', inputs: ['table', input], outputs: ['y'] }],
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
