import { describe, expect, test } from 'vitest';
import { ModelError } from '../../../predictor/model/model-error.ts';
import { assertSafe } from '../../../predictor/model/onnx-safety.ts';
import { delimitedField, varintField } from '../../../common/artifact/protobuf.ts';
import * as models from '../models.ts';
import { onnxModel, tensor } from '../../support/onnx-writer.ts';

/** A tensor whose data is said to lie in another file. */
function external(location: string): Uint8Array {
  const entry = Buffer.concat([delimitedField(1, 'location'), delimitedField(2, location)]);
  return Buffer.concat([tensor('W', 'float32', [1, 1], []), delimitedField(13, entry), varintField(14, 1)]);
}

function withInitializer(initializer: Uint8Array): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 1] }],
    initializers: [initializer],
    nodes: [{ op: 'MatMul', inputs: ['x', 'W'], outputs: ['y'] }],
  });
}

/** A graph that holds the tensor in a node's attribute, `levels` graphs deep. */
function nested(levels: number, value: Uint8Array): Uint8Array {
  let attribute = delimitedField(5, value);
  for (let level = 0; level < levels; level += 1) {
    attribute = delimitedField(6, delimitedField(1, delimitedField(5, attribute)));
  }
  return delimitedField(7, delimitedField(1, delimitedField(5, attribute)));
}

describe('external data is refused', () => {
  test.each([
    { location: 'weights.bin' },
    { location: '../../etc/passwd' },
    { location: '/etc/passwd' },
    { location: '' },
  ])('at $location', ({ location }) => {
    expect(() => assertSafe(withInitializer(external(location)))).toThrow(/tensor data in other files/);
  });

  test('said by its location alone', () => {
    const bytes = Buffer.concat([tensor('W', 'float32', [1, 1], []), varintField(14, 1)]);
    expect(() => assertSafe(withInitializer(bytes))).toThrow(/tensor data in other files/);
  });

  test('in a graph inside a node, in a function, in training information, in a sparse tensor', () => {
    const graph = delimitedField(7, '');
    const node = delimitedField(7, delimitedField(5, delimitedField(5, external('a'))));
    for (const model of [
      nested(3, external('a')),
      Buffer.concat([graph, delimitedField(25, node)]),
      Buffer.concat([graph, delimitedField(20, delimitedField(1, delimitedField(5, external('a'))))]),
      delimitedField(7, delimitedField(15, delimitedField(1, external('a')))),
    ]) {
      expect(() => assertSafe(model)).toThrow(/tensor data in other files/);
    }
  });
});

describe('what is not an ONNX model is refused', () => {
  const model = models.logistic();
  test.each([
    { name: 'an empty file', bytes: Buffer.alloc(0) },
    { name: 'text', bytes: Buffer.from('this is not a model\n') },
    { name: 'zeros', bytes: Buffer.alloc(1000) },
    { name: 'a model cut short', bytes: model.subarray(0, model.length - 7) },
    { name: 'a length of 2 GB', bytes: Buffer.from([0x3a, 0xff, 0xff, 0xff, 0xff, 0x07, 0x00]) },
    { name: 'an endless number', bytes: Buffer.alloc(32, 0xff) },
    { name: 'no graph', bytes: varintField(1, 8) },
    { name: 'graphs nested 1,000 deep', bytes: nested(1000, tensor('W', 'float32', [1], [1])) },
  ])('$name', ({ bytes }) => {
    expect(() => assertSafe(bytes)).toThrow(ModelError);
  });

  test('any cut of a model is refused or harmless, and takes no time', () => {
    const start = performance.now();
    const refusals = Array.from({ length: model.length }, (_, length) =>
      refusalOf(model.subarray(0, length)),
    );
    expect(refusals.filter((refusal) => refusal !== null && !(refusal instanceof ModelError))).toEqual([]);
    expect(refusals.filter((refusal) => refusal !== null).length).toBeGreaterThan(model.length / 2);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

function refusalOf(bytes: Uint8Array): unknown {
  try {
    assertSafe(bytes);
    return null;
  } catch (error) {
    return error;
  }
}

test('models as they are exported pass', () => {
  for (const bytes of [models.logistic(), models.trees(), models.zipMap(['a', 'b']), models.columns()]) {
    expect(() => assertSafe(bytes)).not.toThrow();
  }
});

describe('a file of millions of parts', () => {
  test('is refused before they take memory, when they are parts of the graph', () => {
    const empty = Buffer.alloc(12_000_000);
    for (let at = 0; at < empty.length; at += 2) empty[at] = 1 * 8 + 2;
    const before = process.memoryUsage().heapUsed;
    expect(() => assertSafe(delimitedField(7, empty))).toThrow(/at most 5000000 nodes/);
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100 * 1024 * 1024);
  });

  test('passes when they are values, as large trees have', () => {
    const values = Buffer.alloc(16_000_000, varintField(8, 1));
    const attribute = Buffer.concat([delimitedField(1, 'nodes_nodeids'), values]);
    const node = Buffer.concat([delimitedField(4, 'TreeEnsembleRegressor'), delimitedField(5, attribute)]);
    expect(() => assertSafe(delimitedField(7, delimitedField(1, node)))).not.toThrow();
  });
});
