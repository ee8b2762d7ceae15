/** Artifacts of one service in two buckets: each lands, is asked for by its URI, and the newest of all counts. */
import { expect, it } from 'vitest';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import { finalized, ledgerOf, message, runTicks, testApp, YAML } from '../../support/test-app.ts';

const yaml = YAML.replace(
  'artifacts: gs://models/churn/*/model.onnx',
  'artifacts: [gs://models/churn/*/model.onnx, gs://research/churn/*/*/model.onnx]',
);

it('each is released from where it is', async () => {
  const s = testApp({ yaml });
  s.world.objects.put('models', 'churn/v1/model.onnx', 'one');
  await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
  await runTicks(s);
  await s.world.clock.sleep(1_000);
  s.world.objects.put('research', 'churn/team/v2/model.onnx', 'two');
  await handleArtifact(finalized('research', 'churn/team/v2/model.onnx'), s.app);
  await runTicks(s);
  expect(ledgerOf(s.world, 'churn').live?.request).toMatchObject({
    bucket: 'research',
    marker: 'churn/team/v2/model.onnx',
  });
  expect(s.world.vertex.uploads.map(({ artifactUri }) => artifactUri)).toEqual([
    'gs://models/churn/v1',
    'gs://research/churn/team/v2',
  ]);

  const ask = async (body: object, id: string) => {
    const publishTime = new Date(s.world.clock.now() + 60_000).toISOString();
    await handleRequest(message({ service: 'churn', ...body }, { id, publishTime }), s.app);
    await runTicks(s);
    return ledgerOf(s.world, 'churn').live?.request.bucket;
  };
  await s.world.clock.sleep(120_000);
  expect(await ask({ artifact: 'gs://models/churn/v1/' }, '1')).toBe('models');
  await s.world.clock.sleep(120_000);
  expect(await ask({}, '2')).toBe('research');
});
