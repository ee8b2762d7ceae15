/** The example's artifacts, and others with something about them that only a rollout finds out. */
import { readFile } from 'node:fs/promises';
import { onnxModel, tensor } from './onnx-writer.ts';

const ARTIFACTS = new URL('../../examples/breast-cancer/artifacts/', import.meta.url);

type Files = Readonly<Record<string, Uint8Array>>;

/** The files of an example artifact. */
export async function example(
  from: 'v1' | 'v2',
): Promise<Record<'golden.jsonl' | 'manifest.json' | 'model.onnx', Buffer>> {
  const read = (name: string) => readFile(new URL(`${from}/${name}`, ARTIFACTS));
  return {
    'golden.jsonl': await read('golden.jsonl'),
    'manifest.json': await read('manifest.json'),
    'model.onnx': await read('model.onnx'),
  };
}

interface GoldenRow {
  readonly instance: number[];
  readonly prediction: { readonly label: number; readonly probabilities: readonly number[] };
}

/** The example's golden rows, with the answers of v1. */
export async function goldenRows(): Promise<GoldenRow[]> {
  const text = await readFile(new URL('v1/golden.jsonl', ARTIFACTS), 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line): GoldenRow => JSON.parse(line));
}

/** The instances of the example's golden rows. */
export async function golden(): Promise<number[][]> {
  return (await goldenRows()).map(({ instance }) => instance);
}

export function listValue(numbers: readonly number[]): object {
  return { listValue: { values: numbers.map((numberValue) => ({ numberValue })) } };
}

/** The golden rows of one training with the model of another, as a mix-up in an export leaves them. */
export async function mixedUp(): Promise<Files> {
  const [first, second] = [await example('v1'), await example('v2')];
  return { 'golden.jsonl': first['golden.jsonl'], 'model.onnx': second['model.onnx'] };
}

/** Looks its input up in a table of ten rows, which go up by ten, and by `step` from the fourth on. Golden for the first three. */
export function table(step = 10): Files {
  const values = Array.from({ length: 10 }, (_, i) => (i < 3 ? i * 10 : i * step));
  const golden = values.slice(0, 3).map((prediction, instance) => JSON.stringify({ instance, prediction }));
  return {
    'golden.jsonl': Buffer.from(`${golden.join('\n')}\n`),
    'model.onnx': onnxModel({
      inputs: [{ name: 'index', type: 'int64', shape: ['N'] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
      initializers: [tensor('table', 'float32', [values.length], values)],
      nodes: [{ op: 'Gather', inputs: ['table', 'index'], outputs: ['y'] }],
    }),
  };
}
