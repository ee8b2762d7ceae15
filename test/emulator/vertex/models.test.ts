import { describe, expect, test } from 'vitest';

import { parseMessage } from '../../../emulator/vertex/request.ts';
import { Model, UploadModelRequest } from '../../../emulator/vertex/schemas.ts';
import type { Json, JsonObject } from '../../../emulator/core/json.ts';
import { createWorld, model, modelName, parent, prepare } from './world.ts';
import type { World } from './world.ts';

function versions(world: World): Json[] {
  return world.vertex.models
    .listVersions(modelName, {})
    .items.map(({ versionId = null, versionAliases = null }) => [versionId, versionAliases]);
}

function upload(world: World, request: object) {
  return world.vertex.uploads.upload(
    parent,
    parseMessage(UploadModelRequest, JSON.parse(JSON.stringify(request))),
  );
}

function update(world: World, name: string, body: JsonObject, mask: string): JsonObject {
  return world.vertex.models.update(name, parseMessage(Model, body), mask);
}

describe('UploadModel', () => {
  test('names versions by number, and the first becomes the default', async () => {
    const world = createWorld();
    await prepare(world, 3);
    expect(versions(world)).toEqual([
      ['1', ['default']],
      ['2', []],
      ['3', []],
    ]);
    expect(world.vertex.models.get(modelName)).toMatchObject({
      name: 'projects/257724955862/locations/us-central1/models/churn',
      versionId: '1',
      supportedDeploymentResourcesTypes: ['DEDICATED_RESOURCES'],
      containerSpec: { imageUri: 'image' },
    });
  });

  test('never gives a version number twice', async () => {
    const world = createWorld();
    await prepare(world, 2);
    await world.succeed(world.vertex.models.deleteVersion(`${modelName}@2`));
    await world.succeed(upload(world, { parentModel: modelName, model }));
    expect(versions(world)).toEqual([
      ['1', ['default']],
      ['3', []],
    ]);
  });

  test('moves aliases from the version that had them', async () => {
    const world = createWorld();
    await prepare(world, 1);
    await world.succeed(
      upload(world, { parentModel: modelName, model: { ...model, versionAliases: ['live', 'default'] } }),
    );
    expect(versions(world)).toEqual([
      ['1', []],
      ['2', ['live', 'default']],
    ]);
  });

  test('shows nothing of the model before its operation is done', async () => {
    const world = createWorld();
    const operation = upload(world, { modelId: 'churn', model });
    expect(operation.name).toContain('/models/churn/operations/');
    expect(() => world.vertex.models.get(modelName)).toThrow('The Model does not exist.');
    await world.succeed(operation);
    expect(world.vertex.models.get(modelName).versionId).toBe('1');
  });

  test('refuses an id that is taken, or about to be', async () => {
    const world = createWorld();
    const operation = upload(world, { modelId: 'churn', model });
    expect(() => upload(world, { modelId: 'churn', model })).toThrow(
      expect.objectContaining({ status: 'ALREADY_EXISTS' }),
    );
    world.vertex.behaviour = { modelIdInFlight: 'accepted' };
    const late = upload(world, { modelId: 'churn', model });
    await world.succeed(operation);
    expect(await world.fail(late)).toMatchObject({ code: 6 });
    expect(() => upload(world, { modelId: 'churn', model })).toThrow(
      expect.objectContaining({ status: 'ALREADY_EXISTS' }),
    );
  });

  test('fails for a folder without objects, if Vertex AI does', async () => {
    const world = createWorld();
    world.folder.objects = 0;
    expect(await world.fail(upload(world, { modelId: 'churn', model }))).toEqual({
      code: 9,
      message: 'Model directory gs://artifacts/churn/1 is expected to contain at least one file.',
    });
    world.vertex.behaviour = { emptyArtifact: 'accepted' };
    await world.succeed(upload(world, { modelId: 'churn', model }));
  });

  test('notices a missing image at once, if Vertex AI does', async () => {
    const world = createWorld({ missingImage: 'upload' });
    const missing = { ...model, containerSpec: { imageUri: 'missing' } };
    expect(() => upload(world, { model: missing })).toThrow('Image "missing" was not found');
  });

  test.each([
    [{}, 'Field: model; Message: Required field is not set.'],
    [
      { model: { ...model, displayName: '' } },
      'Field: model.display_name; Message: Required field is not set.',
    ],
    [{ model: { ...model, displayName: 'x'.repeat(129) } }, 'at most 128'],
    [{ model: { displayName: 'x' } }, 'artifact_uri or a container_spec'],
    [{ model: { ...model, containerSpec: {} } }, 'model.container_spec.image_uri'],
    [{ model: { ...model, artifactUri: 's3://x' } }, 'Field: model.artifact_uri'],
    [{ model: { ...model, labels: { Upper: 'x' } } }, 'Field: model.labels'],
    [{ model: { ...model, versionAliases: ['1'] } }, 'Field: version_aliases'],
    [{ model, modelId: '1st' }, 'Field: model_id'],
    [{ model, parentModel: modelName }, 'The Model does not exist.'],
    [{ model, parentModel: 'churn' }, 'Invalid resource name'],
    [{ model: { ...model, colour: 'red' } }, `Unknown name "colour" at 'model': Cannot find field.`],
    [{ model: { ...model, displayName: 5 } }, `Invalid value at 'model.display_name'`],
  ])('refuses %o', (request, words) => {
    const world = createWorld();
    expect(() => upload(world, request)).toThrow(words);
    expect(world.vertex.operations.list(parent)).toEqual([]);
  });
});

describe('aliases', () => {
  test('are added, moved and removed', async () => {
    const world = createWorld();
    await prepare(world, 2);
    const { models } = world.vertex;
    models.mergeAliases(`${modelName}@1`, ['live', 'blue']);
    models.mergeAliases(`${modelName}@2`, ['live', 'default']);
    models.mergeAliases(`${modelName}@1`, ['-blue']);
    expect(versions(world)).toEqual([
      ['1', []],
      ['2', ['live', 'default']],
    ]);
    expect(models.get(`${modelName}@live`).versionId).toBe('2');
    expect(() => models.get(`${modelName}@blue`)).toThrow('does not exist');
  });

  test('the default cannot be taken away, only moved', async () => {
    const world = createWorld();
    await prepare(world, 2);
    expect(() => world.vertex.models.mergeAliases(`${modelName}@1`, ['-default'])).toThrow('default');
    expect(versions(world)[0]).toEqual(['1', ['default']]);
  });

  test('need a version, by number or by alias', async () => {
    const world = createWorld();
    await prepare(world);
    expect(() => world.vertex.models.mergeAliases(modelName, ['live'])).toThrow(
      'version ID explicitly included',
    );
    expect(() => world.vertex.models.mergeAliases(`${modelName}@1`, [])).toThrow('version_aliases');
  });
});

describe('UpdateModel', () => {
  test('changes the model by its name and a version by its own, and shows the labels of both', async () => {
    const world = createWorld();
    await prepare(world, 2);
    update(
      world,
      modelName,
      { display_name: 'churn 2', labels: { team: 'growth', stage: 'x' } },
      'display_name,labels',
    );
    update(
      world,
      `${modelName}@2`,
      { versionDescription: 'second', labels: { stage: 'y' } },
      'versionDescription,labels',
    );
    expect(world.vertex.models.get(`${modelName}@1`)).toMatchObject({
      displayName: 'churn 2',
      versionDescription: '',
      labels: { team: 'growth', stage: 'x' },
    });
    expect(world.vertex.models.get(`${modelName}@2`)).toMatchObject({
      displayName: 'churn 2',
      versionDescription: 'second',
      labels: { team: 'growth', stage: 'y' },
    });
  });

  test.each([
    [modelName, { versionDescription: 'x' }, 'version_description', 'FAILED_PRECONDITION'],
    [`${modelName}@1`, { displayName: 'x' }, 'display_name', 'FAILED_PRECONDITION'],
    [
      `${modelName}@1`,
      { displayName: 'x', versionDescription: 'x' },
      'display_name,version_description',
      'FAILED_PRECONDITION',
    ],
    [modelName, { displayName: '' }, 'display_name', 'INVALID_ARGUMENT'],
    [modelName, { displayName: 'x' }, '', 'INVALID_ARGUMENT'],
    [modelName, { displayName: 'x', etag: 'old' }, 'display_name', 'ABORTED'],
  ])('refuses %s %o with the mask "%s"', async (name, body, mask, status) => {
    const world = createWorld();
    await prepare(world);
    const before = world.vertex.models.get(modelName);
    expect(() => update(world, name, body, mask)).toThrow(expect.objectContaining({ status }));
    expect(world.vertex.models.get(modelName)).toEqual(before);
  });
});

describe('deleting', () => {
  test('the only version is refused, and the default one unless Vertex AI takes it', async () => {
    const world = createWorld();
    await prepare(world);
    const { models } = world.vertex;
    expect(() => models.deleteVersion(`${modelName}@1`)).toThrow('Deleting the only version');
    await world.succeed(upload(world, { parentModel: modelName, model }));
    expect(() => models.deleteVersion(`${modelName}@1`)).toThrow('The default version');
    expect(() => models.deleteVersion(modelName)).toThrow('version ID explicitly included');
    world.vertex.behaviour = { deleteDefaultVersion: 'accepted' };
    await world.succeed(models.deleteVersion(`${modelName}@1`));
    expect(versions(world)).toEqual([['2', ['default']]]);
  });
});

test('the labels of a first upload may belong to the model', async () => {
  const world = createWorld({ firstUploadLabels: 'model' });
  await world.succeed(upload(world, { modelId: 'churn', model: { ...model, labels: { release: 'one' } } }));
  await world.succeed(upload(world, { parentModel: modelName, model }));
  expect(world.vertex.models.get(`${modelName}@2`).labels).toEqual({ release: 'one' });
});

describe('lists', () => {
  test.each([
    ['labels.stage=x', ['1', '3']],
    ['labels.stage="x"', ['1', '3']],
    ['labels.stage!=x', ['2']],
    ['labels.stage:*', ['1', '2', '3']],
    ['labels:only', ['3']],
    ['labels.stage=x AND labels.only=yes', ['3']],
    ['NOT labels.stage=x', ['2']],
    ['labels.stage=y OR labels.only=yes', ['2', '3']],
    ['(labels.stage=x) display_name="churn"', ['1', '3']],
    ['displayName=other', []],
  ])('filter %s', async (filter, found) => {
    const world = createWorld();
    for (const labels of [{ stage: 'x' }, { stage: 'y' }, { stage: 'x', only: 'yes' }]) {
      const version = { ...model, labels };
      const exists = world.vertex.models.list(parent, {}).items.length > 0;
      await world.succeed(
        upload(
          world,
          exists ? { parentModel: modelName, model: version } : { modelId: 'churn', model: version },
        ),
      );
    }
    const { items } = world.vertex.models.listVersions(modelName, { filter });
    expect(items.map(({ versionId }) => versionId)).toEqual(found);
  });

  test.each(['labels', 'display_name', 'colour=red', 'display_name > 3', '(labels.a=b', 'labels.a=b)'])(
    'refuse %s',
    async (filter) => {
      const world = createWorld();
      await prepare(world);
      expect(() => world.vertex.models.list(parent, { filter })).toThrow(
        expect.objectContaining({ status: 'INVALID_ARGUMENT' }),
      );
    },
  );

  test('come in pages and in order', async () => {
    const world = createWorld();
    for (const modelId of ['b', 'c', 'a'])
      await world.succeed(upload(world, { modelId, model: { ...model, displayName: modelId } }));
    const names = (query: object): Json[] =>
      world.vertex.models.list(parent, query).items.map(({ displayName = null }) => displayName);
    expect(names({ orderBy: 'display_name desc' })).toEqual(['c', 'b', 'a']);
    const first = world.vertex.models.list(parent, { orderBy: 'display_name', pageSize: 2 });
    expect(names({ orderBy: 'display_name', pageSize: 2, pageToken: first.nextPageToken })).toEqual(['c']);
    expect(() => names({ pageToken: 'mine' })).toThrow('Invalid page token');
    expect(() => names({ orderBy: 'colour' })).toThrow('Invalid order_by');
  });
});
