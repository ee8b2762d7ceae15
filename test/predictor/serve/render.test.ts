/** A reply ends at its limit while it is written; a key never hides an output. */
import { describe, expect, test } from 'vitest';
import type { Tensor } from '../../../predictor/model/runtime.ts';
import type { Budget } from '../../../predictor/serve/json-writer.ts';
import { rowRenderer } from '../../../predictor/serve/render.ts';
import { ReplyTooLarge } from '../../../predictor/serve/reply-too-large.ts';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

const ONE = { at: 0, count: 1, rows: 1, from: 0 };

/** Renders one row of `y` with a key, and tells the bytes it was reckoned to have. */
function render(tensor: Tensor, key: string | null): { text: string; reckoned: number } {
  const outputs = [{ name: 'y', as: 'tensor', tensor: 'y' } as const];
  const row = rowRenderer(outputs, ['y'], { decimals: null, leading: [true] });
  const budget: Budget = { left: 1_000_000 };
  const text = row([tensor], ONE, [key], budget);
  return { text, reckoned: 1_000_000 - budget.left };
}

const floats = (count: number): Float32Array => Float32Array.from({ length: count }, (_, i) => i / 7);

describe('the bytes of a prediction', () => {
  const tensors: { name: string; tensor: Tensor }[] = [
    { name: 'a number', tensor: { type: 'float32', dims: [1], data: floats(1) } },
    { name: 'a vector', tensor: { type: 'float32', dims: [1, 5000], data: floats(5000) } },
    { name: 'nested', tensor: { type: 'float32', dims: [1, 3, 4, 5], data: floats(60) } },
    { name: 'nothing, nested', tensor: { type: 'float32', dims: [1, 30, 0], data: floats(0) } },
    { name: 'a text', tensor: { type: 'string', dims: [1], data: ['漢"\n😀'] } },
    { name: 'texts', tensor: { type: 'string', dims: [1, 3], data: ['漢', '', 'ü'.repeat(2000)] } },
    { name: 'truths', tensor: { type: 'bool', dims: [1, 2], data: Uint8Array.of(0, 1) } },
  ];
  test.each(tensors)('are reckoned as they are: $name', ({ tensor }) => {
    for (const key of [null, '"é"']) {
      const { text, reckoned } = render(tensor, key);
      expect(() => JSON.parse(text)).not.toThrow();
      const bytes = Buffer.byteLength(text);
      expect(reckoned).toBeGreaterThanOrEqual(bytes);
      expect(reckoned).toBeLessThanOrEqual(bytes + 8);
    }
  });
});

describe('a reply over the limit', () => {
  const wide = { dims: [1, 3000, 1000], data: new Float32Array(3_000_000) };
  test.each([
    { name: 'nested', dims: [1, 3000, 1000] },
    { name: 'flat', dims: [1, 3_000_000] },
  ])('costs no more than writing as much: $name', ({ dims }) => {
    const outputs = [{ name: 'y', as: 'tensor', tensor: 'y' } as const];
    const row = rowRenderer(outputs, ['y'], { decimals: null, leading: [true] });
    const { user } = process.cpuUsage();
    expect(() => row([{ type: 'float32', ...wide, dims }], ONE, null, { left: 1_500_000 })).toThrow(
      ReplyTooLarge,
    );
    expect((process.cpuUsage().user - user) / 1000).toBeLessThan(200);
  });

  test.each([
    { name: 'by many rows', bytes: models.identity('float32', ['N']), instances: Array(5000).fill(0.1) },
    { name: 'by one row', bytes: models.identity('float32', ['N', 'T']), instances: [Array(5000).fill(0.1)] },
    { name: 'by texts', bytes: models.identity('string', ['N']), instances: ['漢'.repeat(2000)] },
    { name: 'by keys', bytes: models.logistic(1), instances: [{ x: 1, key: 'k'.repeat(4000) }] },
    {
      name: 'by maps',
      bytes: models.zipMap(['a'.repeat(3000), 'b']),
      instances: [
        [0, 1],
        [1, 0],
      ],
    },
  ])('is refused: $name', async ({ bytes, instances }) => {
    const { predictor } = await servePredictor(bytes, { maxBodyBytes: 4000 });
    await expect(ask(predictor, { instances })).rejects.toThrow(ReplyTooLarge);
    expect(predictor.queue.rows).toBe(0);
  });

  test('is nobody else’s end', async () => {
    const { predictor } = await servePredictor(models.identity('float32', ['N', 'T']), {
      maxBodyBytes: 4000,
    });
    const first = predictions(predictor, [[0]]);
    const large = predictions(predictor, [Array(900).fill(0.123)]);
    const small = predictions(predictor, [Array(100).fill(0.5)]);
    await expect(large).rejects.toThrow(ReplyTooLarge);
    expect(await Promise.all([first, small])).toEqual([[[0]], [Array(100).fill(0.5)]]);
  });
});

test('a key stands beside the prediction where an output has its name', async () => {
  const { predictor } = await servePredictor(models.identity('float32', ['N', 2], 'key'));
  const text = await ask(predictor, { instances: [{ x: [1, 2], key: 'a' }, [3, 4]] });
  expect(text).toBe('{"predictions":[{"key":"a","prediction":[1,2]},[3,4]]}');
});
