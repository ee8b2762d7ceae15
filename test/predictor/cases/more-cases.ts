/** Models that are refused, or that people write in other ways than expected. */
import { identity } from '../models.ts';
import * as models from './models.ts';
import * as sized from './sized-models.ts';
import { type Case, good, bad, malformed, SHARED, IMAGE } from './case.ts';

export const MORE_CASES: readonly Case[] = [
  {
    name: 'a label declared [1] keeps no rows apart',
    model: models.labelOfOne(),
    contract: SHARED,
    asks: [
      good(
        [
          [2, 1],
          [1, 3],
        ],
        [
          { label: 0, probabilities: [2, 1] },
          { label: 1, probabilities: [1, 3] },
        ],
      ),
    ],
  },
  {
    name: 'a reply has its limit in bytes',
    model: models.twoTexts(),
    asks: [{ raw: JSON.stringify({ instances: ['漢'.repeat(500_000)] }), status: 413 }],
  },
  {
    name: 'an output called key is not said twice',
    model: models.outputCalledKey(),
    asks: [
      { instances: [[1, 2]], predictions: [[1, 2]] },
      good([{ x: [1, 2], key: 'a' }], [{ key: 'a', prediction: [1, 2] }]),
    ],
  },
  {
    name: 'an input of nothing is sent as nothing',
    model: sized.noAxes(),
    asks: [good([{ x: [1, 2], axes: [] }], [3])],
  },
  {
    name: 'pads that the caller chooses are not tried at large',
    model: sized.padding(),
    asks: [{ instances: [{ x: IMAGE, pads: [0, 0, 0, 0, 0, 0, 0, 0] }], predictions: [[IMAGE]] }],
  },
  {
    name: 'a size that the caller chooses is not tried at large',
    model: sized.resizing(),
    asks: [
      good(
        [
          {
            x: [
              [
                [1, 2],
                [3, 4],
              ],
            ],
            sizes: [1, 1, 2, 4],
          },
        ],
        [
          [
            [
              [
                [1, 1, 2, 2],
                [3, 3, 4, 4],
              ],
            ],
          ],
        ],
      ),
    ],
  },
  { name: 'bfloat16', model: models.halfPrecision(16), refused: /bfloat16.*float32/ },
  { name: 'float16', model: models.halfPrecision(10), refused: /keep_io_types=True/ },
  { name: 'external data', model: models.externalData(), refused: /external_data=False/ },
  {
    name: 'a body that is no JSON is refused with the place and the reason',
    model: identity('float32', ['N']),
    asks: [
      malformed('{"instances":[NaN]}', /NaN/),
      malformed("{'instances':[1]}", /quote/),
      malformed('{"instances":[1,]}', /position|column|line|comma/),
      malformed('', /empty|nothing/),
      malformed('\uFEFF{"instances":[1]}', /byte order mark/),
      bad(['NaN'], /SLIPWAY_NULL_IS_NAN/),
      bad([null], /SLIPWAY_NULL_IS_NAN/),
      malformed('{"instances":[],"parameters":{"foo":1}}', /parameters/),
    ],
  },
  {
    name: 'golden rows behind a byte order mark',
    model: identity('float32', ['N']),
    golden: `\uFEFF{"instance":1,"prediction":1}\n`,
    refused: /byte order mark/,
  },
  {
    name: 'golden rows with NaN',
    model: identity('float32', ['N']),
    golden: '{"instance":1,"prediction":NaN}\n',
    refused: /NaN/,
  },
  {
    name: 'golden rows as an array',
    model: identity('float32', ['N']),
    golden: '[{"instance":1,"prediction":1}]\n',
    refused: /array/,
  },
];
