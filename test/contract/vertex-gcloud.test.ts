/** The real `gcloud ai` against the emulator. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Emulator } from '../../emulator/server.ts';
import { gcloudOf, hasGcloud } from './gcloud.ts';
import type { Gcloud } from './gcloud.ts';
import { image, startWorld } from './vertex-world.ts';

describe.skipIf(!hasGcloud())('gcloud ai (needs gcloud)', () => {
  let emulator: Emulator;
  let gcloud: Gcloud;
  let directory = '';

  beforeAll(async () => {
    emulator = await startWorld();
    emulator.store.createBucket('artifacts');
    emulator.store.putObject('artifacts', 'm/1/model.onnx', Buffer.from('weights'));
    gcloud = gcloudOf(emulator.url);
    directory = mkdtempSync(path.join(tmpdir(), 'slipway-vertex-'));
  });

  afterAll(async () => {
    gcloud.close();
    rmSync(directory, { recursive: true });
    await emulator.close();
  });

  function upload(answer: string, more: string): Promise<string> {
    const container = `--container-image-uri=${image} --container-predict-route=/predict --container-health-route=/health`;
    const model = `--display-name=churn --artifact-uri=gs://artifacts/m/1 --container-env-vars=ANSWER=${answer}`;
    return gcloud.text(`ai models upload ${container} ${model} ${more}`);
  }

  function deploy(version: number, ...more: string[]): Promise<string> {
    const model = `--model=churn@${version} --deployed-model-id=${version} --display-name=churn`;
    return gcloud.text(`ai endpoints deploy-model 4242 ${model} --machine-type=n1-standard-2`, ...more);
  }

  test(
    'a model, its versions, an endpoint, its deployments and predictions',
    { timeout: 180_000 },
    async () => {
      await upload('one', '--model-id=churn --labels=team=growth');
      const parentModel = 'projects/p1/locations/us-central1/models/churn';
      await upload('two', `--parent-model=${parentModel} --version-aliases=live,default`);
      expect(await gcloud.json('ai models list')).toMatchObject([{ displayName: 'churn', versionId: '2' }]);
      expect(await gcloud.json('ai models list-version churn')).toMatchObject([
        { versionId: '1', labels: { team: 'growth' } },
        { versionId: '2' },
      ]);
      expect(await gcloud.json('ai models describe churn@live')).toMatchObject({ versionId: '2' });

      await gcloud.text('ai endpoints create --display-name=churn --endpoint-id=4242');
      await deploy(1, '--traffic-split=0=100');
      await deploy(2);
      expect(await gcloud.json('ai endpoints list')).toMatchObject([{ displayName: 'churn' }]);
      const request = path.join(directory, 'request.json');
      writeFileSync(request, JSON.stringify({ instances: [1, 2] }));
      const predicted = await gcloud.json('ai endpoints predict 4242', `--json-request=${request}`);
      expect(predicted).toMatchObject({
        deployedModelId: '1',
        predictions: [{ answer: 'one' }, { answer: 'one' }],
      });

      const undeployLive = gcloud.text('ai endpoints undeploy-model 4242 --deployed-model-id=1');
      await expect(undeployLive).rejects.toThrow('FAILED_PRECONDITION');
      await gcloud.text('ai endpoints update 4242 --traffic-split=2=100');
      await gcloud.text('ai endpoints undeploy-model 4242 --deployed-model-id=1');
      const described = await gcloud.json('ai endpoints describe 4242');
      expect(described).toMatchObject({
        deployedModels: [{ id: '2', modelVersionId: '2' }],
        trafficSplit: { 2: 100 },
      });
      const raw = await gcloud.text('ai endpoints raw-predict 4242 --request={"instances":[3]}');
      expect(JSON.parse(raw)).toEqual({ predictions: [{ answer: 'two', instance: 3, parameters: null }] });

      await gcloud.text('ai models delete-version churn@1');
      expect(await gcloud.json('ai models list-version churn')).toMatchObject([{ versionId: '2' }]);
      await gcloud.text('ai endpoints undeploy-model 4242 --deployed-model-id=2');
      await gcloud.text('ai endpoints delete 4242');
      expect(await gcloud.json('ai endpoints list')).toEqual([]);
      await expect(gcloud.text('ai models describe nope')).rejects.toThrow('NOT_FOUND');
    },
  );

  test('an operation is described by its bare id', async () => {
    const { name } = emulator.vertex.endpoints.create('projects/p1/locations/us-central1', 'd', {
      displayName: 'd',
    });
    expect(await gcloud.json(`ai operations describe ${name.split('/').at(-1)}`)).toMatchObject({ name });
  });
});
