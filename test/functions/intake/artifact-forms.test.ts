/** Artifacts as other tools leave them: with an empty marker of their own, or packed. */
import { describe, expect, it } from 'vitest';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  runTicks,
  testApp,
  YAML,
  type TestApp,
} from '../../support/test-app.ts';

const SIGNALLED = YAML.replace('gs://models/churn/*/model.onnx', 'gs://models/churn/*/_SUCCESS');

function putRun(s: TestApp, run: string): void {
  s.world.objects.put('models', `churn/${run}/model.onnx`);
  s.world.objects.put('models', `churn/${run}/_SUCCESS`, '');
}

describe('an empty _SUCCESS', () => {
  it('releases its folder, for each run', async () => {
    const s = testApp({ yaml: SIGNALLED });
    for (const run of ['run-1', 'run-2']) {
      putRun(s, run);
      await handleArtifact(finalized('models', `churn/${run}/_SUCCESS`), s.app);
      await runTicks(s);
    }
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    expect(s.world.vertex.uploads).toMatchObject([
      { artifactUri: 'gs://models/churn/run-1' },
      { artifactUri: 'gs://models/churn/run-2' },
    ]);
  });

  it('is found as the newest one', async () => {
    const s = testApp({ yaml: SIGNALLED });
    putRun(s, 'run-1');
    await s.world.clock.sleep(1_000);
    putRun(s, 'run-2');
    await handleRequest(message({ service: 'churn' }), s.app);
    await runTicks(s);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/run-2/_SUCCESS');
  });
});

it('a marker that is packed is refused by name, for every kind of request', async () => {
  const s = testApp();
  s.world.objects.put('models', 'churn/v1/model.onnx', 'model', undefined, 'gzip');
  await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
  await handleRequest(message({ service: 'churn' }), s.app);
  await handleRequest(message({ service: 'churn', artifact: 'gs://models/churn/v1' }), s.app);
  const fields = {
    code: 'ARTIFACT_ENCODED',
    detail: 'gs://models/churn/v1/model.onnx has the Content-Encoding gzip',
  };
  expect(s.lines.filter(({ level }) => level === 'warn')).toMatchObject([{ fields }, { fields }, { fields }]);
  expect(s.world.vertex.uploads).toEqual([]);
});

it('a packed file that the manifest lists refuses the release before anything is uploaded', async () => {
  const s = testApp({ errors: ['release ended'] });
  const sha256 = 'a'.repeat(64);
  const files = ['model.onnx', 'vocab.txt'].map((path) => ({ path, size: 5, sha256 }));
  s.world.objects.put('models', 'churn/v1/vocab.txt', 'words', sha256, 'gzip');
  s.world.objects.put('models', 'churn/v1/manifest.json', JSON.stringify({ schema: 1, files }));
  s.world.objects.put('models', 'churn/v1/model.onnx');
  await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
  await runTicks(s);
  expect(outcomes(s.world)).toEqual(['Refused ARTIFACT_ENCODED']);
  expect(s.world.vertex.uploads).toEqual([]);
});
