/** The artifacts of the examples are what their manifests and READMEs say. That they are served: test/predictor/image.test.ts. */
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readArtifact } from '../../predictor/artifact/artifact.ts';
import { openStore } from '../../predictor/artifact/store.ts';
import { readGolden } from '../../predictor/model/golden.ts';
import { predictions, servePredictor } from '../predictor/served.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const VERSIONS = [
  'breast-cancer/artifacts/v1',
  'breast-cancer/artifacts/v2',
  'tickets/artifacts/v1',
  'wine/artifacts/v1',
];

describe.each(VERSIONS)('%s', (version) => {
  test('holds the files of its manifest and nothing else, is small, and has golden rows', async () => {
    const folder = new URL(version, EXAMPLES);
    const { model, golden, verified } = await readArtifact(await openStore(folder.href));
    expect(verified).toBe(true);
    expect(readdirSync(fileURLToPath(folder))).toEqual(['golden.jsonl', 'manifest.json', 'model.onnx']);
    expect(model.length).toBeLessThan(300_000);
    expect(readGolden(golden ?? '')).toHaveLength(20);
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
