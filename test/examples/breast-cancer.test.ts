/** The committed artifacts are what their manifests and golden answers say. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import * as ort from 'onnxruntime-node';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { beforeAll, describe, expect, test } from 'vitest';

const EXAMPLE = new URL('../../examples/breast-cancer/', import.meta.url);
const SIGNATURE = {
  inputs: [{ name: 'features', type: 'float32', shape: [null, 30] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [null] },
    { name: 'probabilities', type: 'float32', shape: [null, 2] },
  ],
};

const Manifest = Type.Object({
  schema: Type.Literal(1),
  files: Type.Array(Type.Object({ path: Type.String(), size: Type.Integer(), sha256: Type.String() })),
  signature: Type.Unknown(),
});
const Row = Type.Array(Type.Number(), { minItems: 30, maxItems: 30 });
const Golden = Type.Object({
  instance: Row,
  prediction: Type.Object({
    label: Type.Integer(),
    probabilities: Type.Array(Type.Number(), { minItems: 2, maxItems: 2 }),
  }),
});

function read(path: string): Buffer {
  return readFileSync(new URL(path, EXAMPLE));
}

function readGolden(version: string): Static<typeof Golden>[] {
  const lines = read(`artifacts/${version}/golden.jsonl`).toString().trimEnd().split('\n');
  return lines.map((line) => Value.Parse(Golden, JSON.parse(line)));
}

/** The signature in the manifest's words. A free dimension has a name or nothing in ONNX, null in the manifest. */
function describeTensors(metadata: readonly ort.InferenceSession.ValueMetadata[]): unknown[] {
  return metadata.map((value) => {
    if (!value.isTensor) throw new Error(`expected a tensor, got ${value.name}`);
    const shape = value.shape.map((size) => (typeof size === 'number' && size >= 0 ? size : null));
    return { name: value.name, type: value.type, shape };
  });
}

describe.each(['v1', 'v2'])('artifact %s', (version) => {
  let session: ort.InferenceSession;

  beforeAll(async () => {
    session = await ort.InferenceSession.create(read(`artifacts/${version}/model.onnx`));
  });

  test('holds exactly the files of its manifest, byte for byte', () => {
    const manifest = Value.Parse(Manifest, JSON.parse(read(`artifacts/${version}/manifest.json`).toString()));
    const listed = manifest.files.map((file) => file.path);
    expect(listed).toEqual(['golden.jsonl', 'model.onnx']);
    expect(readdirSync(new URL(`artifacts/${version}`, EXAMPLE)).toSorted()).toEqual(
      [...listed, 'manifest.json'].toSorted(),
    );
    const found = listed.map((path) => {
      const content = read(`artifacts/${version}/${path}`);
      return { path, size: content.length, sha256: createHash('sha256').update(content).digest('hex') };
    });
    expect(found).toEqual(manifest.files);
    expect(manifest.signature).toEqual(SIGNATURE);
  });

  test('has the inputs and outputs its signature names', () => {
    expect(describeTensors(session.inputMetadata)).toEqual(SIGNATURE.inputs);
    expect(describeTensors(session.outputMetadata)).toEqual(SIGNATURE.outputs);
  });

  test('answers its golden rows as it did when it was trained', async () => {
    const golden = readGolden(version);
    expect(golden).toHaveLength(20);
    const rows = Float32Array.from(golden.flatMap((row) => row.instance));
    const answers = await session.run({ features: new ort.Tensor('float32', rows, [golden.length, 30]) });
    const [labels, probabilities] = ['label', 'probabilities'].map((name) =>
      Array.from<unknown, number>(answers[name]?.data ?? [], Number),
    );
    expect(labels).toEqual(golden.map((row) => row.prediction.label));
    const expected = golden.flatMap((row) => row.prediction.probabilities);
    expect(probabilities).toHaveLength(expected.length);
    const differences = expected.map((value, index) => Math.abs(value - (probabilities?.[index] ?? NaN)));
    expect(Math.max(...differences)).toBeLessThan(1e-5);
  });

  test('is small enough to be committed', () => {
    expect(statSync(new URL(`artifacts/${version}/model.onnx`, EXAMPLE)).size).toBeLessThan(200_000);
  });
});

test('the two versions disagree, so that a switch can be seen', () => {
  const [first, second] = ['v1', 'v2'].map((version) => readGolden(version));
  expect(first?.map((row) => row.instance)).toEqual(second?.map((row) => row.instance));
  expect(first?.map((row) => row.prediction)).not.toEqual(second?.map((row) => row.prediction));
});

test('the request to paste is the first golden row', () => {
  const request = Value.Parse(
    Type.Object({ instances: Type.Array(Row) }),
    JSON.parse(read('request.json').toString()),
  );
  expect(request.instances).toEqual([readGolden('v1')[0]?.instance]);
});
