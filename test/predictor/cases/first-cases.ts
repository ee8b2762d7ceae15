/** Models whose answers are easily mixed up, and what is asked of them. */
import { centered } from '../models.ts';
import * as models from './models.ts';
import * as sized from './sized-models.ts';
import { type Case, good, bad, malformed, SEPARATE, sameInCompany, LINE } from './case.ts';

export const FIRST_CASES: readonly Case[] = [
  {
    name: 'a reply far larger than the limit is 413',
    model: sized.largeOutput(),
    asks: [
      { instances: Array(10).fill(Array(100).fill(1)), status: 413 },
      { instances: [[1]], status: 200 },
    ],
  },
  {
    name: 'a batch of one answers many rows',
    model: models.batchOfOne(),
    contract: SEPARATE,
    asks: [good([1, 2, 3], [1, 2, 3])],
  },
  sameInCompany('rows that are centered, without golden rows', centered()),
  sameInCompany('rows that are centered, with one golden row', centered(), LINE),
  sameInCompany('rows that are centered, with two equal ones', centered(), LINE + LINE),
  sameInCompany('BatchNormalization in training mode', models.batchNormTraining()),
  sameInCompany('dynamic quantization', models.dynamicQuantization()),
  {
    name: 'boxes of several images belong to their own',
    model: models.boxes('N'),
    golden: '{"instance":[[[0,1],[0,0]]],"prediction":[[0,0,0,1]]}\n',
    asks: [
      good(
        [
          [
            [
              [0, 0],
              [0, 0],
            ],
          ],
          [
            [
              [0, 1],
              [1, 0],
            ],
          ],
        ],
        [
          [],
          [
            [0, 0, 0, 1],
            [0, 0, 1, 0],
          ],
        ],
      ),
    ],
  },
  {
    name: 'boxes are a list, however many there are',
    model: models.boxes(1),
    contract: { outputs: [{ name: 'boxes', shape: [null, 4] }] },
    asks: [
      good(
        [
          [
            [
              [0, 0],
              [0, 0],
            ],
          ],
          [
            [
              [0, 1],
              [0, 0],
            ],
          ],
        ],
        [[], [[0, 0, 0, 1]]],
      ),
    ],
  },
  {
    name: 'inputs that share a dimension have it alike',
    model: models.sameSymbol(),
    asks: [
      good([{ v: [1, 2, 3], w: [1, 0, 2] }], [7]),
      bad([{ v: [1, 2, 3], w: [2] }], /^instances\[0\]/),
      bad(
        [
          { v: [1], w: [1] },
          { v: [1, 2, 3], w: [2, 1] },
        ],
        /^instances\[1\]/,
      ),
    ],
  },
  {
    name: 'texts come back as they are or not at all',
    model: models.texts(),
    asks: [
      good(['ä 漢 😀'], [['ä 漢 😀']]),
      bad(['a', 'a\u0000b'], /^instances\[1\]/),
      malformed('{"instances":["\\ud800"]}', /^instances\[0\]/),
      malformed(Buffer.from('{"instances":["caf\xe9"]}', 'latin1'), /UTF-8/),
      bad([1], /expected a string, got an integer$/),
    ],
  },
  {
    name: 'a model of any width is named at the start',
    model: models.openWidth(),
    remark: /any number/,
    asks: [{ instances: [[1, 1, 1]], status: 200 }],
  },
  {
    name: 'a recording of any length is one instance',
    model: models.waveform(),
    contract: { inputs: [{ name: 'w', shape: [null] }] },
    asks: [
      good(
        [[1, 2, 3], [4]],
        [
          [2, 3],
          [4, 4],
        ],
      ),
    ],
  },
  {
    name: 'a graph is one instance',
    model: models.graph(),
    asks: [
      good(
        [
          {
            x: [
              [1, 2, 3],
              [4, 5, 6],
            ],
            edge_index: [
              [0, 1],
              [1, 0],
            ],
          },
        ],
        [[5, 7, 9]],
      ),
    ],
  },
  {
    name: 'a dimension of 0 cannot be asked',
    model: models.dimensionOfZero(),
    refused: /\b0\b/,
  },
  {
    name: 'a model in the IR of today is refused with what to pin',
    model: models.irVersion(14),
    refused: /IR version: 14.*ir_version=10/,
  },
  {
    name: 'an unknown category is the row that has it',
    model: models.unknownCategory(),
    asks: [
      bad(['a', 'b', 'zzz', 'a'], /^instances\[2\]: the model cannot take it/),
      good(['b', 'a'], [[[0, 1]], [[1, 0]]]),
    ],
  },
  {
    name: 'a token that the table does not have is the row that has it',
    model: models.tokenIds(),
    asks: [bad([1, 7, 2], /^instances\[1\]: the model cannot take it/), good([4], [[[4, 40]]])],
  },
  {
    name: 'what comes is what the contract says, whatever was declared',
    model: models.declaredShape(),
    contract: { outputs: [{ name: 'y', shape: [1] }] },
    asks: [good([1, 2], [[1], [2]])],
  },
];
