import { describe, expect, test } from 'vitest';
import { checkModel, type Findings } from '../../predictor/check-model.ts';
import { readGolden } from '../../predictor/model/golden.ts';
import { openModel } from '../../predictor/model/runtime.ts';
import { Predictor } from '../../predictor/serve/predictor.ts';
import * as models from './models.ts';
import { testConfig } from './served.ts';

async function check(bytes: Uint8Array, golden: string | null): Promise<Findings> {
  const runtime = await openModel(bytes, 1);
  const config = testConfig();
  const outputs = runtime.signature.outputs.map(
    ({ name }) => ({ name, as: 'tensor', tensor: name }) as const,
  );
  return checkModel(
    { runtime, golden: golden === null ? null : readGolden(golden) },
    {
      ...config,
      createPredictor: (layout) => new Predictor({ ...config, runtime, layout, outputs, onRun: () => {} }),
    },
  );
}

describe('checkModel', () => {
  test('times runs from one row up to the most', async () => {
    const { layout, timings, remarks } = await check(models.logistic(), null);
    expect(layout.batched).toBe(true);
    expect(timings.map(({ rows }) => rows)).toEqual([1, 4, 16, 64, 256]);
    expect(remarks).toEqual([]);
  });

  test.each([
    { name: 'that follows the rows', bytes: models.unshaped('Identity'), batched: true },
    { name: 'that does not', bytes: models.unshaped('ReduceMax'), batched: false },
  ])('finds out about an output of unknown shape $name', async ({ bytes, batched }) => {
    expect((await check(bytes, null)).layout.batched).toBe(batched);
  });

  test('runs rows one by one when neighbours change the answer', async () => {
    const golden = '{"instance":[1],"prediction":[0]}\n{"instance":[5],"prediction":[0]}\n';
    const { layout, remarks } = await check(models.centered(), golden);
    expect(layout.batched).toBe(false);
    expect(remarks).toEqual([expect.stringMatching(/^rows run one by one, since together predictions\[0\]/)]);
  });

  test('lets a model pass that refuses a made-up row, with a remark', async () => {
    const refusing = models.categories();
    const { remarks } = await check(refusing, null);
    expect(remarks).toEqual([expect.stringMatching(/^a made-up row of zeros was refused/)]);
    const golden = '{"instance":["cat"],"prediction":[[1,0]]}\n';
    expect((await check(refusing, golden)).remarks).toEqual([]);
  });

  test('refuses a golden row that comes out differently', async () => {
    await expect(check(models.lookup(), '{"instance":1,"prediction":21}\n')).rejects.toThrow(
      /line 1 differently: prediction: expected 21, got 20/,
    );
  });
});
