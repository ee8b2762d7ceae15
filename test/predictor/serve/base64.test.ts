/** Images and texts as `{"b64": "…"}`. */
import { describe, expect, test } from 'vitest';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

const b64 = (bytes: readonly number[] | string): { b64: string } => ({
  b64: (typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes)).toString('base64'),
});

describe('uint8 elements', () => {
  test('come as a whole instance, as a field, with a key, or in part', async () => {
    const { predictor } = await servePredictor(models.identity('uint8', ['N', 2, 3]));
    const rows = [
      [0, 1, 2],
      [253, 254, 255],
    ];
    const bytes = b64(rows.flat());
    expect(
      await predictions(predictor, [
        bytes,
        { x: bytes },
        { ...bytes, key: 'a' },
        { key: 'b', x: bytes },
        [b64([0, 1, 2]), rows[1]],
        rows,
      ]),
    ).toEqual([rows, rows, { key: 'a', y: rows }, { key: 'b', y: rows }, rows, rows]);
  });

  test('tell the length of one open dimension', async () => {
    const { predictor } = await servePredictor(models.identity('uint8', ['N', 'H', 2]));
    expect(await predictions(predictor, [b64([1, 2, 3, 4, 5, 6]), b64([]), [[7, 8]]])).toEqual([
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [],
      [[7, 8]],
    ]);
    const { predictor: bytes } = await servePredictor(models.identity('uint8', ['N', 'L']));
    expect(await predictions(bytes, [b64([9, 8, 7])])).toEqual([[9, 8, 7]]);
  });

  test.each([
    {
      name: 'too few',
      value: b64([1, 2]),
      message: /^instances\[1\]\.x: expected 6 bytes in base64, got 2$/,
    },
    { name: 'too many', value: b64([1, 2, 3, 4, 5, 6, 7]), message: /got 7$/ },
    {
      name: 'in part too few',
      value: [b64([1, 2, 3]), b64([1])],
      message: /^instances\[1\]\.x\[1\]: expected 3 bytes/,
    },
    {
      name: 'no base64',
      value: { b64: 'AAECAwQ*' },
      message: /expected 6 bytes in base64, got something else$/,
    },
    { name: 'with line breaks', value: { b64: 'AAEC\nAwQ' }, message: /got something else$/ },
    { name: 'no text', value: { b64: 7 }, message: /got something else$/ },
    {
      name: 'with another field',
      value: { x: { b64: 'AAECAwQF', type: 'png' } },
      message: /expected an array of 2, got an object$/,
    },
  ])('$name are refused by their place', async ({ value, message }) => {
    const { predictor } = await servePredictor(models.identity('uint8', ['N', 2, 3]));
    await expect(
      ask(predictor, {
        instances: [
          [
            [0, 0, 0],
            [0, 0, 0],
          ],
          value,
        ],
      }),
    ).rejects.toThrow(message);
    expect([predictor.queue.rows, predictor.queue.bytes]).toEqual([0, 0]);
  });

  test.each([
    { shape: ['N', 'H', 'W'], message: /expected arrays, got base64, which does not say 2 lengths$/ },
    { shape: ['N', 'H', 4], message: /expected a multiple of 4 bytes in base64, got 3$/ },
  ])('do not tell what they cannot: $shape', async ({ shape, message }) => {
    const { predictor } = await servePredictor(models.identity('uint8', shape));
    await expect(ask(predictor, { instances: [b64([1, 2, 3])] })).rejects.toThrow(message);
  });
});

describe('texts', () => {
  test('come as a whole instance, as a field, or as an element', async () => {
    const { predictor } = await servePredictor(models.identity('string', ['N']));
    const text = 'höher ✓';
    expect(await predictions(predictor, [b64(text), { x: b64(text) }, text, b64('')])).toEqual([
      text,
      text,
      text,
      '',
    ]);
    const { predictor: columns } = await servePredictor(models.identity('string', ['N', 'T']));
    expect(await predictions(columns, [['a', b64('b')]])).toEqual([['a', 'b']]);
  });

  test.each([
    {
      name: 'that are no UTF-8',
      value: b64([0xc3, 0x28]),
      message: /expected a text in UTF-8, in base64, got something else$/,
    },
    { name: 'with a NUL', value: b64('a\u0000b'), message: /got one with a NUL character$/ },
    { name: 'that are no base64', value: { b64: 'a' }, message: /got something else$/ },
  ])('$name are refused', async ({ value, message }) => {
    const { predictor } = await servePredictor(models.identity('string', ['N']));
    await expect(ask(predictor, { instances: ['a', value] })).rejects.toThrow(message);
  });
});

test.each(['float32', 'int8', 'bool', 'int64'] as const)(
  'for %s elements there is no base64',
  async (type) => {
    const { predictor } = await servePredictor(models.identity(type, ['N', 2]));
    await expect(ask(predictor, { instances: [b64([1, 2])] })).rejects.toThrow(
      /^instances\[0\]\.x: expected .*, got base64 \(base64 is for uint8 and string elements\)$/,
    );
  },
);

test('a long first row and many empty ones are refused before there is memory for them', async () => {
  const { predictor } = await servePredictor(models.identity('float32', ['N', 'H', 'W']));
  const instance = [Array(200_000).fill(0), ...Array.from({ length: 200_000 }, () => [])];
  await expect(ask(predictor, { instances: [instance] })).rejects.toThrow(
    'instances[0].x[1]: expected an array of 200000, got an empty array',
  );
});
