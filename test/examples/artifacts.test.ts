/** The artifacts of the examples are what their manifests and READMEs say. That they are served: test/predictor/image.test.ts. */
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { predictions, servePredictor } from '../predictor/served.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const VERSIONS = [
  'breast-cancer/artifacts/v1',
  'breast-cancer/artifacts/v2',
  'tickets/artifacts/v1',
  'wine/artifacts/v1',
];

describe.each(VERSIONS)('%s', (version) => {
  test('holds the files of its manifest and nothing else, is small, and has golden rows', () => {
    const folder = new URL(`${version}/`, EXAMPLES);
    const read = (file: string): Buffer => readFileSync(new URL(file, folder));
    const { files } = JSON.parse(read('manifest.json').toString());
    const found = ['golden.jsonl', 'model.onnx'].map((path) => ({
      path,
      size: read(path).length,
      sha256: createHash('sha256').update(read(path)).digest('hex'),
    }));
    expect(files).toEqual(found);
    expect(readdirSync(folder)).toEqual(['golden.jsonl', 'manifest.json', 'model.onnx']);
    expect(read('model.onnx').length).toBeLessThan(300_000);
    expect(read('golden.jsonl').toString().trimEnd().split('\n')).toHaveLength(20);
  });
});

test("the wine README's request is answered as it says", async () => {
  const readme = readFileSync(new URL('wine/README.md', EXAMPLES), 'utf8');
  const [, request = ''] = /```json\n([^`]*)```/.exec(readme) ?? [];
  const [, answer = ''] = /is answered `([^`]*)`/.exec(readme) ?? [];
  const { predictor } = await servePredictor(
    readFileSync(new URL('wine/artifacts/v1/model.onnx', EXAMPLES)),
    {
      nullIsNaN: true,
    },
  );
  const answers = await predictions(predictor, JSON.parse(request).instances, { decimals: 4 });
  expect(answers).toEqual([JSON.parse(answer)]);
});
