import { describe, expect, test } from 'vitest';
import { ModelError, RunError } from '../../../predictor/model/model-error.ts';
import { openModel, type Tensor } from '../../../predictor/model/runtime.ts';
import * as models from '../models.ts';
import { openBytes } from '../served.ts';

describe('a model in this thread', () => {
  test('names the open dimensions that have names', async () => {
    const { runtime } = await openBytes(models.identity('float32', ['N', 2, 'S', '']));
    expect(runtime.signature.inputs).toEqual([
      {
        name: 'x',
        type: 'float32',
        shape: [null, 2, null, null],
        symbols: ['N', null, 'S', null],
        anyRank: false,
      },
    ]);
  });

  test('refuses a model in the format of the runtime itself, which nobody has looked through', async () => {
    const bytes = Buffer.concat([Buffer.from([0x18, 0, 0, 0]), Buffer.from('ORTM'), Buffer.alloc(64)]);
    const source = { model: bytes, intraOpThreads: 1, optimized: true, anyRank: [] };
    await expect(openModel(source)).rejects.toThrow(
      new ModelError(
        'ONNX Runtime cannot load the model: Failed to load model because protobuf parsing failed.',
      ),
    );
  });

  test('rejects a run that the runtime refuses, and one that cannot be put together', async () => {
    const { runtime } = await openBytes(models.lookup());
    const index = (data: bigint): Tensor => ({ type: 'int64', dims: [1], data: BigInt64Array.of(data) });
    await expect(runtime.run([index(7n)])).rejects.toThrow(RunError);
    await expect(runtime.run([index(7n)])).rejects.toThrow(/^Gather: indices element out of data bounds/);
    await expect(runtime.run([{ type: 'int64', dims: [2], data: BigInt64Array.of(1n) }])).rejects.toThrow(
      /size/,
    );
    expect(await runtime.run([index(1n)])).toMatchObject([{ dims: [1], data: Float32Array.of(20) }]);
  });
});
