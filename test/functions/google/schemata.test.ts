/** What describes a model to Vertex AI: written before the upload, once, and named by the version. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { parseConfig } from '../../../functions/config/config.ts';
import { googleWorld } from '../../../functions/google/world.ts';
import { uploadRequest } from '../../../functions/release/calls/requests.ts';
import { LightRuntime } from '../../emulator/vertex/world.ts';
import { releaseOf } from '../../support/samples.ts';
import { GOOD } from '../config/samples.ts';

const INTERFACE =
  '    interface: { request: { id: { type: string }, n: { type: integer, default: 2 } }, response: { y: { type: number } } }';
let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ runtime: new LightRuntime() });
  emulator.store.createBucket('models');
  emulator.store.createBucket('my-state');
  for (const version of ['v1', 'v2', 'v3'])
    emulator.store.putObject('models', `churn/${version}/model.onnx`, Buffer.from('weights'));
});
afterAll(() => emulator.close());

function setUp(more: string) {
  const config = parseConfig(`${GOOD.trimEnd()}\n${more}\n`);
  const service = config.services.get('churn');
  if (service === undefined) throw new Error('no service');
  const { host } = new URL(emulator.url);
  const world = googleWorld(config, { VERTEX_EMULATOR_HOST: host, STORAGE_EMULATOR_HOST: emulator.url });
  const upload = async (number: number) => {
    const name = await world.vertex.upload(uploadRequest(service, releaseOf(number), { endpoint: null }));
    await expect
      .poll(async () => await world.vertex.getOperation(name))
      .toMatchObject({ done: true, error: null });
  };
  return { config, upload };
}

const versionOf = (version: number) =>
  emulator.vertex.models.get(`projects/my-project/locations/us-central1/models/slipway-churn@${version}`);

it('a service without an interface has none', async () => {
  await setUp('').upload(1);
  expect(versionOf(1)).not.toHaveProperty('predictSchemata');
});

it('a service with an interface has three objects, which a second upload finds there', async () => {
  const { config, upload } = setUp(INTERFACE);
  await upload(2);
  const { objects } = emulator.store.listObjects(config.stateBucket, { prefix: 'schemata/' });
  expect(objects.map(({ name }) => name)).toEqual(
    Array.from({ length: 3 }, () => expect.stringMatching(/^schemata\/churn\/[\da-f]{16}\.yaml$/)),
  );
  const first = versionOf(2);
  expect(first).toHaveProperty('predictSchemata');
  await upload(3);
  expect(versionOf(3)).toMatchObject({
    predictSchemata: Object(first)['predictSchemata'],
  });
  expect(emulator.store.listObjects(config.stateBucket, { prefix: 'schemata/' }).objects).toEqual(objects);
});
