import { describe, expect, it } from 'vitest';
import { folderOfModel, readRows } from '../../../../functions/release/gates/rows.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';
import { requestOf } from '../../../support/samples.ts';

const ROW = '{"instance": [1, 2], "prediction": 0.5}';

function withGolden(text: string | null): MemoryWorld {
  const world = memoryWorld();
  if (text !== null) world.objects.put('models', 'churn/v1/golden.jsonl', text);
  return world;
}

const read = (text: string | null, most = 32) =>
  readRows(withGolden(text), folderOfModel({ request: requestOf(1) }), most);

describe('readRows', () => {
  it('reads the rows beside the marker, with their lines', async () => {
    await expect(read(`${ROW}\n\n{"prediction":null,"instance":{"a":"x"},"more":1}\r\n`)).resolves.toEqual([
      { line: 1, instance: [1, 2], prediction: 0.5 },
      { line: 3, instance: { a: 'x' }, prediction: null },
    ]);
  });

  it('reads those of a marker that lies in no folder', async () => {
    const world = memoryWorld();
    world.objects.put('models', 'golden.jsonl', ROW);
    const request = requestOf(1, { marker: 'model.onnx' });
    await expect(readRows(world, folderOfModel({ request }), 32)).resolves.toHaveLength(1);
  });

  it('reads no more than are asked for, and does not look at the rest', async () => {
    await expect(read(`${ROW}\n`.repeat(40))).resolves.toHaveLength(32);
    await expect(read(`${ROW}\nnot json`, 1)).resolves.toHaveLength(1);
  });

  it.each([
    ['characters', 'x'.repeat(300_000), 3],
    ['characters of several bytes', '€'.repeat(200_000), 1],
  ])('reads as many as fit into one request: %s', async (_, text, rows) => {
    const row = JSON.stringify({ instance: text, prediction: 1 });
    await expect(read(`${row}\n`.repeat(5))).resolves.toHaveLength(rows);
  });

  const FORM = 'expected {"instance": …, "prediction": …}';

  it.each<[string, string | null, string]>([
    ['is not there', null, 'the artifact has no golden.jsonl'],
    ['is empty', '', 'golden.jsonl has no row that fits into a request'],
    ['is blank', '\n \n\t\r\n', 'golden.jsonl has no row that fits into a request'],
    [
      'has a first row that is too large',
      JSON.stringify({ instance: 'x'.repeat(1_000_001), prediction: 1 }),
      'golden.jsonl has no row that fits into a request',
    ],
    ['is too large', `${ROW}\n`.repeat(120_000), 'golden.jsonl is larger than 4194304 bytes'],
    ['is a list of rows', `[${ROW}]`, `golden.jsonl line 1: ${FORM}`],
    ['is no JSON', `${ROW}\n{instance: 1}`, `golden.jsonl line 2: ${FORM}`],
    ['is cut', `${ROW}\n${ROW.slice(0, -1)}`, `golden.jsonl line 2: ${FORM}`],
    [
      'begins with a byte order mark',
      `\uFEFF${ROW}`,
      'golden.jsonl line 1: expected JSON, got a byte order mark',
    ],
    ['has a null', 'null', `golden.jsonl line 1: ${FORM}`],
    ['has a number', '1', `golden.jsonl line 1: ${FORM}`],
    ['has a row without a prediction', '{"instance": 1}', `golden.jsonl line 1: ${FORM}`],
    ['has a row without an instance', '{"prediction": 1}', `golden.jsonl line 1: ${FORM}`],
    [
      'has a row that only inherits them',
      '{"__proto__": {"instance": 1, "prediction": 1}}',
      `golden.jsonl line 1: ${FORM}`,
    ],
    [
      'has a row that is 200,000 deep',
      `{"instance": 1, "prediction": ${'['.repeat(200_000)}${']'.repeat(200_000)}}`,
      'golden.jsonl line 1: expected no more than 64 levels',
    ],
    [
      'has a row whose instance is 200,000 deep',
      `{"prediction": 1, "instance": ${'{"a":'.repeat(90_000)}1${'}'.repeat(90_000)}}`,
      'golden.jsonl line 1: expected no more than 64 levels',
    ],
  ])('says what is wrong with one that %s', async (_, text, sentence) => {
    expect(await read(text)).toContain(sentence);
  });
});
