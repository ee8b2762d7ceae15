import { expect, test } from 'vitest';
import { askMadeUp } from '../../../predictor/check/samples.ts';
import type { Runtime, Tensor } from '../../../predictor/model/runtime.ts';

test('a model that answers twos in another shape than ones, of as many elements, is asked nothing below one', async () => {
  const asked: number[] = [];
  const scalar = { type: 'int64', shape: [], symbols: [], anyRank: false } as const;
  // As STFT does, which divides by its step: a step of 0 ends the process.
  const runtime: Runtime = {
    signature: { inputs: [{ ...scalar, name: 'step' }], outputs: [{ ...scalar, name: 'y' }] },
    run: async ([step]) => {
      const value = Number(step?.data[0]);
      asked.push(value);
      const answer: Tensor = { type: 'float32', dims: [8 / value, value], data: new Float32Array(8) };
      return [answer];
    },
    close: async () => {},
  };
  await askMadeUp(runtime, { texts: [], integers: [] }, null);
  expect(Math.min(...asked)).toBe(1);
  expect(Math.max(...asked)).toBe(2);
});
