/** What is read from the bytes is what JSON.parse reads, bit for bit, or nothing at all. */
import { describe, expect, test } from 'vitest';
import { seeded, type Random } from '../../../predictor/check/made-up.ts';
import { NumberRows, readNumberRows } from '../../../predictor/serve/number-rows.ts';
import * as models from '../models.ts';
import { ask, servePredictor } from '../served.ts';

const read = (text: string, shape: readonly number[] = [2]) => readNumberRows(Buffer.from(text), shape);

/** The numbers that a request has, as JSON.parse has them and float32 keeps them; null if it is no such request. */
function expected(text: string, shape: readonly number[]): Float32Array | null {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof body !== 'object' || body === null || !('instances' in body)) return null;
  if (Object.keys(body).join() !== 'instances' || !Array.isArray(body.instances)) return null;
  const numbers: number[] = [];
  const fits = (value: unknown, depth: number): boolean => {
    if (depth < shape.length)
      return (
        Array.isArray(value) && value.length === shape[depth] && value.every((each) => fits(each, depth + 1))
      );
    if (typeof value !== 'number' || Math.abs(value) > 3.4028234663852886e38) return false;
    numbers.push(value);
    return true;
  };
  return body.instances.every((instance) => fits(instance, 0)) ? Float32Array.from(numbers) : null;
}

const bitsOf = ({ buffer, byteOffset, length }: Float32Array) => [
  ...new Uint32Array(buffer.slice(byteOffset, byteOffset + 4 * length)),
];

const spellings: readonly ((random: Random) => string)[] = [
  (random) => `${Math.fround(random() * 2 - 1)}`,
  (random) => `${random() * 10 ** (random() * 90 - 45)}`,
  (random) => (random() * 1000).toFixed(Math.floor(random() * 20)),
  (random) =>
    (random() * 10).toExponential(Math.floor(random() * 21)).replace('e', random() < 0.5 ? 'e' : 'E'),
  (random) => `${Math.floor(random() * 10 ** (random() * 25))}`.replace(/e.*/, ''),
  (random) => `${random() < 0.5 ? '-' : ''}0${random() < 0.5 ? '.0' : ''}`,
  // Halfway between two float32 numbers, and a hair beside it.
  (random) => {
    const near = Math.fround(random());
    const half = near + Math.fround(near * 2 ** -24) / 2;
    return half.toPrecision(15 + Math.floor(random() * 25));
  },
];

function drawn(random: Random): { text: string; shape: readonly number[] } {
  const shape = [[1], [2], [3, 2], [1, 2, 2]][Math.floor(random() * 4)] ?? [2];
  const gap = random() < 0.5 ? '' : ' ';
  const part = (depth: number): string => {
    if (depth === shape.length) return spellings[Math.floor(random() * spellings.length)]?.(random) ?? '1';
    return `[${Array.from({ length: shape[depth] ?? 0 }, () => part(depth + 1)).join(`,${gap}`)}]`;
  };
  const rows = Array.from({ length: 1 + Math.floor(random() * 4) }, () => part(0));
  return { text: `{"instances":${gap}[${rows.join(`,${gap}`)}]}${gap}`, shape };
}

test('numbers of every spelling', () => {
  const random = seeded(11);
  for (let i = 0; i < 8000; i += 1) {
    const { text, shape } = drawn(random);
    const wanted = expected(text, shape);
    const found = read(text, shape);
    const bits = [found?.data ?? null, wanted].map((numbers) => (numbers === null ? null : bitsOf(numbers)));
    expect([text, bits[0]]).toEqual([text, bits[1]]);
  }
});

test('what has a byte that is wrong, or too few or too many, is never read as something else', () => {
  const random = seeded(12);
  const characters = '0123456789.-+eE[]{}", \n\t:,naN\0é'.split('');
  for (let i = 0; i < 20_000; i += 1) {
    const { text, shape } = drawn(random);
    const at = Math.floor(random() * text.length);
    const cut = at + Math.floor(random() * 2);
    const inserted = random() < 0.7 ? (characters[Math.floor(random() * characters.length)] ?? '') : '';
    const broken = text.slice(0, at) + inserted + text.slice(cut);
    const found = read(broken, shape);
    if (found === null) continue;
    const wanted = expected(broken, shape);
    expect([broken, wanted === null ? null : bitsOf(wanted)]).toEqual([broken, bitsOf(found.data)]);
  }
});

describe('left to JSON.parse:', () => {
  test.each([
    '',
    '{}',
    '{"instances":[]}',
    '{"instances":[[1,2]]',
    '{"instances":[[1,2]]}}',
    '{"instances":[[1,2]],"parameters":{}}',
    '{"instances":[[1,2]],"instances":[[1,2]]}',
    '{"instances":[[1]]}',
    '{"instances":[[1,2,3]]}',
    '{"instances":[[1,null]]}',
    '{"instances":[[1,"2"]]}',
    '{"instances":[[1,02]]}',
    '{"instances":[[1,2.]]}',
    '{"instances":[[1,.2]]}',
    '{"instances":[[1,+2]]}',
    '{"instances":[[1,2e]]}',
    '{"instances":[[1,2e+]]}',
    '{"instances":[[1,4e38]]}',
    '{"instances":[[1,1e999]]}',
    '{"instances":[[1,34028234663852930e22]]}',
    '{"instances":[[1,2],]}',
    '{"instances":[[1,2]\u00a0]}',
    '\ufeff{"instances":[[1,2]]}',
    '{"instances":[{"x":[1,2]}]}',
  ])('%s', (text) => {
    expect(read(text)).toBeNull();
  });
});

test('small requests share memory, and keep their numbers', () => {
  const rows = Array.from({ length: 5000 }, (_, i) => read(`{"instances":[[${i},${i / 8}],[1e0,-0.0]]}`));
  rows.forEach((each, i) => expect(each).toEqual(new NumberRows(2, Float32Array.of(i, i / 8, 1, -0))));
});

test('requests that are read from their bytes are answered as those that JSON.parse reads, in runs of any size', async () => {
  const instances = Array.from({ length: 700 }, (_, i) => [Math.sin(i), i / 3, -i]);
  const body = { instances };
  const numbers = readNumberRows(Buffer.from(JSON.stringify(body)), [3]);
  const { predictor, runs } = await servePredictor(models.logistic(3));
  expect(predictor.numberShape).toEqual([3]);
  const [plain, parsed, few] = await Promise.all([
    ask(predictor, numbers),
    ask(predictor, body),
    ask(predictor, readNumberRows(Buffer.from('{"instances":[[1,2,3]]}'), [3])),
  ]);
  expect(plain).toBe(parsed);
  expect(JSON.parse(few).predictions).toHaveLength(1);
  expect(runs.reduce((sum, rows) => sum + rows, 0)).toBe(1401);
  expect(predictor.queue.rows).toBe(0);
});

test.each([
  { name: 'a bare column', bytes: models.logistic(1) },
  { name: 'an open dimension', bytes: models.identity('float32', ['N', 'T']) },
  { name: 'another type', bytes: models.identity('int64') },
  { name: 'several inputs', bytes: models.columns() },
])('a model of $name has its requests parsed as JSON', async ({ bytes }) => {
  expect((await servePredictor(bytes)).predictor.numberShape).toBeNull();
});
