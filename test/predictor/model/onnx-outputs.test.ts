import { describe, expect, test } from 'vitest';
import { withTensorOutputs } from '../../../predictor/model/onnx-outputs.ts';
import * as models from '../models.ts';
import { predictions, servePredictor } from '../served.ts';
import { floatMapType, onnxModel, sequenceValue } from '../../support/onnx-writer.ts';

describe('withTensorOutputs', () => {
  test('leaves a model with tensor outputs as it is', () => {
    const bytes = models.trees();
    expect(withTensorOutputs(bytes)).toEqual({
      changed: null,
      outputs: [
        { name: 'label', as: 'tensor', tensor: 'label' },
        { name: 'scores', as: 'tensor', tensor: 'scores' },
      ],
    });
  });

  test('takes ZipMap out and keeps its labels, negative ones too', () => {
    expect(withTensorOutputs(models.zipMap([-1, 7])).outputs).toEqual([
      { name: 'scores', as: 'tensor', tensor: 'scores' },
      { name: 'probabilities', as: 'map', tensor: 'scores', keys: ['-1', '7'] },
    ]);
  });

  test('takes SequenceConstruct out', () => {
    expect(withTensorOutputs(models.tensorSequence()).outputs).toEqual([
      { name: 'probabilities', as: 'list', tensors: ['first', 'second'] },
    ]);
  });

  test('takes out what only hands a sequence on', async () => {
    const bytes = onnxModel({
      inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
      outputs: [sequenceValue('probabilities', floatMapType('int64'))],
      nodes: [
        { op: 'Abs', inputs: ['x'], outputs: ['scores'] },
        {
          op: 'ZipMap',
          domain: 'ai.onnx.ml',
          inputs: ['scores'],
          outputs: ['maps'],
          attributes: { classlabels_int64s: { ints: [3, 4] } },
        },
        { op: 'Identity', inputs: ['maps'], outputs: ['same'] },
        { op: 'Identity', inputs: ['same'], outputs: ['probabilities'] },
      ],
    });
    const { predictor } = await servePredictor(bytes);
    expect(await predictions(predictor, [[-1, 2]])).toEqual([{ 3: 1, 4: 2 }]);
  });

  test('refuses other sequences by name', () => {
    const bytes = onnxModel({
      inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
      outputs: [sequenceValue('parts', floatMapType('int64'))],
      nodes: [{ op: 'SplitToSequence', inputs: ['x'], outputs: ['parts'] }],
    });
    expect(() => withTensorOutputs(bytes)).toThrow(/^output "parts": .* got one made by SplitToSequence$/);
  });
});
