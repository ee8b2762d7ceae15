/**
 * The models of public reports, as small as they can be: each does what broke a server somewhere, and none needs
 * Python. Their names are those of the faults they showed here.
 */
import { delimitedField, fields, varintField } from '../../../common/artifact/protobuf.ts';
import { onnxModel, tensor, type Node, type OnnxType, type Value } from '../../support/onnx-writer.ts';

export const input = (name: string, type: OnnxType, ...shape: (number | string)[]): Value => ({
  name,
  type,
  shape,
});
const ML = 'ai.onnx.ml';

function identity(type: OnnxType, ...shape: (number | string)[]): Uint8Array {
  return onnxModel({
    inputs: [input('x', type, ...shape)],
    outputs: [input('y', type, ...shape)],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
  });
}

export function steps(
  ...chain: [op: string, inputs: string[], outputs: string[], attributes?: Node['attributes']][]
): Node[] {
  return chain.map(([op, inputs, outputs, attributes]) => ({
    op,
    inputs,
    outputs,
    ...(attributes && { attributes }),
  }));
}

/** As torch.onnx.export without dynamic shapes: a batch of one. */
export const batchOfOne = (): Uint8Array => identity('float32', 1);

/** BatchNormalization left in training mode: it normalizes by the rows of the run. */
export function batchNormTraining(): Uint8Array {
  const ones = (name: string): Uint8Array => tensor(name, 'float32', [2], [1, 1]);
  const zeros = (name: string): Uint8Array => tensor(name, 'float32', [2], [0, 0]);
  return onnxModel({
    inputs: [input('x', 'float32', 'N', 2)],
    outputs: [input('y', 'float32', 'N', 2)],
    initializers: [ones('s'), zeros('b'), zeros('mu'), ones('v')],
    nodes: steps([
      'BatchNormalization',
      ['x', 's', 'b', 'mu', 'v'],
      ['y', 'mean', 'var'],
      { training_mode: { int: 1 } },
    ]),
  });
}

/** Dynamic quantization: the scale is that of the largest value in the run. */
export function dynamicQuantization(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 'N', 4)],
    outputs: [input('y', 'float32', 'N', 2)],
    initializers: [tensor('W', 'float32', [4, 2], [0.5, -1, 2, 0.25, -0.75, 1, 1.5, -2])],
    nodes: steps(
      ['DynamicQuantizeLinear', ['x'], ['q', 's', 'z']],
      ['DequantizeLinear', ['q', 's', 'z'], ['d']],
      ['MatMul', ['d', 'W'], ['y']],
    ),
  });
}

/** torch.nn.LSTM with its default layout: the first dimension is time, and what came before counts. */
export function lstmTimeMajor(): Uint8Array {
  const wave = (count: number, seed: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed));
  return onnxModel({
    inputs: [input('x', 'float32', 'seq', 'batch', 2)],
    outputs: [input('y', 'float32', 'seq', 'batch', 3)],
    initializers: [
      tensor('W', 'float32', [1, 12, 2], wave(24, 1)),
      tensor('R', 'float32', [1, 12, 3], wave(36, 2)),
      tensor('axis', 'int64', [1], [1]),
    ],
    nodes: steps(
      ['LSTM', ['x', 'W', 'R'], ['Y', 'h', 'c'], { hidden_size: { int: 3 } }],
      ['Squeeze', ['Y', 'axis'], ['y']],
    ),
  });
}

/** The boxes [n, 4] found in an image, as Faster R-CNN and YOLO return them. */
export function boxes(first: 1 | 'N'): Uint8Array {
  return onnxModel({
    inputs: [input('img', 'float32', first, 1, 2, 2)],
    outputs: [input('boxes', 'int64', 'n', 4)],
    initializers: [tensor('half', 'float32', [], [0.5])],
    nodes: steps(
      ['Greater', ['img', 'half'], ['g']],
      ['NonZero', ['g'], ['nz']],
      ['Transpose', ['nz'], ['boxes'], { perm: { ints: [1, 0] } }],
    ),
  });
}

/** Two inputs [N, S]: ONNX broadcasts where they differ. */
export function sameSymbol(): Uint8Array {
  return onnxModel({
    inputs: [input('v', 'float32', 'N', 'S'), input('w', 'float32', 'N', 'S')],
    outputs: [input('y', 'float32', 'N')],
    initializers: [tensor('axis', 'int64', [1], [1])],
    nodes: steps(['Mul', ['v', 'w'], ['p']], ['ReduceSum', ['p', 'axis'], ['y'], { keepdims: { int: 0 } }]),
  });
}

export const texts = (): Uint8Array => identity('string', 'N', 1);

/** skl2onnx with FloatTensorType([None, None]): the runtime takes fewer features than the model has. */
export function openWidth(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 'N', '')],
    outputs: [input('y', 'float32', 'N', 1)],
    nodes: [
      {
        op: 'LinearRegressor',
        domain: ML,
        inputs: ['x'],
        outputs: ['y'],
        attributes: { coefficients: [1, 2, 3], intercepts: [0.5], targets: { int: 1 } },
      },
    ],
  });
}

/** A recording of any length: its mean and its peak. */
export function waveform(): Uint8Array {
  return onnxModel({
    inputs: [input('w', 'float32', 'samples')],
    outputs: [input('y', 'float32', 1, 2)],
    initializers: [tensor('axis', 'int64', [1], [0])],
    nodes: steps(
      ['ReduceMean', ['w'], ['a'], { keepdims: { int: 1 } }],
      ['ReduceMax', ['w'], ['b'], { keepdims: { int: 1 } }],
      ['Concat', ['a', 'b'], ['ab'], { axis: { int: 0 } }],
      ['Unsqueeze', ['ab', 'axis'], ['y']],
    ),
  });
}

/** A graph: features of its nodes, and which are joined. Sums the features of where edges begin. */
export function graph(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 'nodes', 3), input('edge_index', 'int64', 2, 'edges')],
    outputs: [input('y', 'float32', 1, 3)],
    initializers: [tensor('z', 'int64', [1], [0]), tensor('o', 'int64', [1], [1])],
    nodes: steps(
      ['Slice', ['edge_index', 'z', 'o', 'z'], ['e0']],
      ['Squeeze', ['e0', 'z'], ['src']],
      ['Gather', ['x', 'src'], ['xs'], { axis: { int: 0 } }],
      ['ReduceSum', ['xs', 'z'], ['y'], { keepdims: { int: 1 } }],
    ),
  });
}

/** FloatTensorType([0, 3]), as older converters write it. */
export const dimensionOfZero = (): Uint8Array => identity('float32', 0, 3);

/** A tensor that does not even say how many dimensions it has. */
export function unknownRank(): Uint8Array {
  const value = (name: string): Uint8Array =>
    Buffer.concat([delimitedField(1, name), delimitedField(2, delimitedField(1, varintField(1, 1)))]);
  return withValues(identity('float32', 'N'), value('x'), value('y'));
}

/** What today's onnx package writes by default. */
export function irVersion(version: number): Uint8Array {
  const model = identity('float32', 'N', 2);
  const [first] = fields(model);
  if (first?.number !== 1) throw new Error('expected the version first');
  return Buffer.concat([varintField(1, version), model.subarray(first.end)]);
}

export function unknownCategory(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'string', 'N', 1)],
    outputs: [input('y', 'float32', 'N', 1, 2)],
    nodes: [
      {
        op: 'OneHotEncoder',
        domain: ML,
        inputs: ['x'],
        outputs: ['y'],
        attributes: { cats_strings: ['a', 'b'], zeros: { int: 0 } },
      },
    ],
  });
}

/** Five tokens of two numbers. */
export function tokenIds(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'int64', 'N', 1)],
    outputs: [input('y', 'float32', 'N', 1, 2)],
    initializers: [tensor('W', 'float32', [5, 2], [0, 0, 1, 10, 2, 20, 3, 30, 4, 40])],
    nodes: steps(['Gather', ['W', 'x'], ['y']]),
  });
}

/** CatBoost regressors declare [N] and return [N, 1]. */
export function declaredShape(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 'N', 1)],
    outputs: [input('y', 'float32', 'N')],
    nodes: steps(['Cast', ['x'], ['y'], { to: { int: 1 } }]),
  });
}

export function twoTexts(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'string', 'N', 1)],
    outputs: [input('a', 'string', 'N', 1), input('b', 'string', 'N', 1)],
    nodes: steps(['Identity', ['x'], ['a']], ['Identity', ['x'], ['b']]),
  });
}

/** An output that is called as the field by which batch prediction joins. */
export function outputCalledKey(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 'N', 2)],
    outputs: [input('key', 'float32', 'N', 2)],
    nodes: steps(['Identity', ['x'], ['key']]),
  });
}

/** onnxmltools' LightGBM classifier: a label a row, declared [1]. */
export function labelOfOne(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 'N', 2)],
    outputs: [input('label', 'int64', 1), input('probabilities', 'float32', 'N', 2)],
    nodes: [
      {
        op: 'LinearClassifier',
        domain: ML,
        inputs: ['x'],
        outputs: ['label', 'probabilities'],
        attributes: {
          classlabels_ints: { ints: [0, 1] },
          coefficients: [1, 0, 0, 1],
          intercepts: [0, 0],
          post_transform: 'NONE',
        },
      },
    ],
  });
}

/** A half-precision export: its inputs are float16 (10), or bfloat16 (16). */
export function halfPrecision(type: 10 | 16): Uint8Array {
  const value = (name: string): Uint8Array => {
    const dims = [delimitedField(1, delimitedField(2, 'N')), delimitedField(1, varintField(1, 2))];
    const shape = delimitedField(2, Buffer.concat(dims));
    const tensorType = delimitedField(1, Buffer.concat([varintField(1, type), shape]));
    return Buffer.concat([delimitedField(1, name), delimitedField(2, tensorType)]);
  };
  return withValues(identity('float32', 'N', 2), value('x'), value('y'));
}

/** torch's default since 2.9: the weights are in a file beside the model. */
export function externalData(): Uint8Array {
  const entry = (key: string, value: string): Uint8Array =>
    delimitedField(13, Buffer.concat([delimitedField(1, key), delimitedField(2, value)]));
  const outside = Buffer.concat([
    varintField(1, 2),
    varintField(2, 1),
    delimitedField(8, 'W'),
    entry('location', 'model.onnx.data'),
    varintField(14, 1),
  ]);
  return onnxModel({
    inputs: [input('x', 'float32', 'N', 2)],
    outputs: [input('y', 'float32', 'N', 2)],
    initializers: [outside],
    nodes: steps(['Mul', ['x', 'W'], ['y']]),
  });
}

/** The model with its only input and output declared by other ValueInfoProtos. */
function withValues(model: Uint8Array, inputValue: Uint8Array, outputValue: Uint8Array): Uint8Array {
  return Buffer.concat(
    [...fields(model)].map((field) => {
      if (field.number !== 7) return model.subarray(field.tagStart, field.tagEnd);
      const parts = [...fields(model, field.start, field.end)].map((part) => {
        if (part.number === 11) return delimitedField(11, inputValue);
        if (part.number === 12) return delimitedField(12, outputValue);
        return model.subarray(part.tagStart, part.tagEnd);
      });
      return delimitedField(7, Buffer.concat(parts));
    }),
  );
}
