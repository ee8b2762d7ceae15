/** `predict_schemata` of a model: kept as they are given, of objects that are there. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../emulator/core/json.ts';
import { createWorld, model, modelName, parent, type World } from './world.ts';

const upload = (world: World, predictSchemata: JsonObject) =>
  world.vertex.uploads.upload(parent, { modelId: 'churn', model: { ...model, predictSchemata } });

test('are those of the version', async () => {
  const world = createWorld();
  const predictSchemata = { instanceSchemaUri: 'gs://schemata/instance.yaml', parametersSchemaUri: '' };
  await world.succeed(upload(world, predictSchemata));
  expect(world.vertex.models.get(modelName)).toMatchObject({ predictSchemata });
});

test('have to be there', async () => {
  const world = createWorld();
  expect(await world.fail(upload(world, { predictionSchemaUri: 'gs://other/prediction.yaml' }))).toEqual({
    code: 9,
    message: 'The schema gs://other/prediction.yaml cannot be read.',
  });
});

test('have to be in Cloud Storage', () => {
  const world = createWorld();
  expect(() => upload(world, { parametersSchemaUri: 'http://x/y' })).toThrow(
    'Field: model.predict_schemata.parameters_schema_uri',
  );
});
