/**
 * What public reports describe, each with its smallest model: it is served right, or refused with what helps. Each
 * row is an example of a kind; the kinds' own tests are beside the sources.
 */
import { expect, onTestFinished, test, vi } from 'vitest';
import { causesOf } from '../../../predictor/model/model-error.ts';
import { centered, identity } from '../models.ts';
import { serveHere, type Here } from '../serve-here.ts';
import * as models from './models.ts';

// The checks of a model time its runs, of which a busy machine makes long ones.
vi.setConfig({ testTimeout: 60_000 });

interface Question {
  readonly instances?: readonly unknown[];
  /** A body that no JSON writer writes. */
  readonly raw?: string | Buffer;
  readonly status?: number;
  readonly predictions?: readonly unknown[];
  readonly message?: RegExp;
}

interface Case {
  readonly name: string;
  readonly model: Uint8Array;
  readonly golden?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Refused at the start; one of the causes says this. */
  readonly refused?: RegExp;
  readonly asks?: readonly Question[];
  /** Parts of the contract. */
  readonly contract?: object;
  /** One of the remarks in the log says this. */
  readonly remark?: RegExp;
}

const good = (instances: readonly unknown[], predictions: readonly unknown[]): Question => ({
  instances,
  predictions,
});
const bad = (instances: readonly unknown[], message: RegExp): Question => ({
  instances,
  status: 400,
  message,
});
const malformed = (raw: string | Buffer, message: RegExp): Question => ({ raw, status: 400, message });
const SEPARATE = { batching: { acrossRequests: false, maxRows: 1 } };
const SHARED = { batching: { acrossRequests: true } };

/** The same rows alone and in company: their order and company must not matter. */
function sameInCompany(name: string, model: Uint8Array, golden?: string): Case {
  return { name, model, contract: SEPARATE, ...(golden === undefined ? {} : { golden }) };
}

const IMAGE = Array.from({ length: 3 }, (_, c) => Array.from({ length: 4 }, (_, y) => [c, y, 1, 2, 3]));
const LINE = '{"instance":[1],"prediction":[0]}\n';

const CASES: readonly Case[] = [
  {
    name: 'a reply far larger than the limit is 413',
    model: models.largeOutput(),
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
    model: models.noAxes(),
    asks: [good([{ x: [1, 2], axes: [] }], [3])],
  },
  {
    name: 'pads that the caller chooses are not tried at large',
    model: models.padding(),
    asks: [{ instances: [{ x: IMAGE, pads: [0, 0, 0, 0, 0, 0, 0, 0] }], predictions: [[IMAGE]] }],
  },
  {
    name: 'a size that the caller chooses is not tried at large',
    model: models.resizing(),
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

test.each(CASES)('$name', async ({ model, golden, settings, refused, asks, contract, remark }) => {
  const files = { 'model.onnx': model, ...(golden === undefined ? {} : { 'golden.jsonl': golden }) };
  const served = await serveHere(files, settings).catch((error: unknown) => causesOf(error).join(': '));
  expect(typeof served === 'string' ? served : '').toMatch(refused ?? /^$/);
  if (typeof served === 'string') return;
  onTestFinished(() => served.close());

  for (const question of asks ?? []) await ask(served, question);
  expect((await served.app.inject('/contract')).json()).toMatchObject(contract ?? {});
  expect(served.lines.join('')).toMatch(remark ?? /(?:)/);
});

async function ask(
  { app }: Here,
  { instances, raw, status = 200, predictions, message }: Question,
): Promise<void> {
  const payload = raw ?? JSON.stringify({ instances });
  const headers = { 'content-type': 'application/json' };
  const reply = await app.inject({ method: 'POST', url: '/predict', headers, payload });
  const body = reply.json();
  const got = {
    status: reply.statusCode,
    message: body.error?.message ?? '',
    predictions: predictions === undefined ? undefined : body.predictions,
  };
  expect(got).toEqual({ status, message: expect.stringMatching(message ?? /^/), predictions });
}
