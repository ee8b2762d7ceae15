/** A model that gives the amount of a request back as the score, and its mapping. */
import { onnxModel } from './onnx-writer.ts';

export const AMOUNT_MODEL = onnxModel({
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N', 1] }],
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
});

export const AMOUNT_FEATURES = {
  schema: 1,
  inputs: [{ name: 'x', columns: [{ from: 'request.amount', type: 'number' }] }],
  outputs: { score: { output: 'y', index: 0 } },
};
