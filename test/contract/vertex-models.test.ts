/** The model registry of the emulator through Google's own Node client, over both of its transports. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Emulator } from '../../emulator/server.ts';
import { connect, disconnect, modelOf, parent, startWorld } from './vertex-world.ts';
import type { Clients, Transport } from './vertex-world.ts';

const transports: Transport[] = ['grpc', 'rest'];

describe.each(transports)('aiplatform over %s', (transport) => {
  let emulator: Emulator;
  let clients: Clients;

  beforeAll(async () => {
    emulator = await startWorld();
    emulator.store.createBucket('artifacts');
    emulator.store.putObject('artifacts', 'm/1/model.onnx', Buffer.from('weights'));
    clients = connect(emulator, transport);
  });

  afterAll(async () => {
    await disconnect(clients);
    await emulator.close();
  });

  async function upload(
    modelId: string,
    env: Record<string, string> = {},
    labels: Record<string, string> = {},
  ) {
    const [operation] = await clients.models.uploadModel({
      parent,
      modelId,
      model: { ...modelOf(modelId, env), labels },
    });
    const [{ model, modelVersionId }] = await operation.promise();
    return { model: model ?? '', modelVersionId };
  }

  test('a model grows by versions, which aliases point at', async () => {
    const first = await upload('grows', {}, { release: 'one' });
    expect(first.modelVersionId).toBe('1');
    const name = first.model;
    const [operation] = await clients.models.uploadModel({
      parent,
      parentModel: name,
      model: {
        ...modelOf('grows'),
        versionAliases: ['live'],
        versionDescription: 'the second',
        labels: { release: 'two' },
      },
    });
    const [second] = await operation.promise();
    expect(second).toMatchObject({ model: name, modelVersionId: '2' });

    const [byDefault] = await clients.models.getModel({ name });
    expect(byDefault).toMatchObject({
      name,
      versionId: '1',
      versionAliases: ['default'],
      labels: { release: 'one' },
    });
    expect(byDefault.supportedDeploymentResourcesTypes).toEqual(['DEDICATED_RESOURCES']);
    const [byAlias] = await clients.models.getModel({ name: `${name}@live` });
    expect(byAlias).toMatchObject({
      versionId: '2',
      versionDescription: 'the second',
      labels: { release: 'two' },
    });

    await clients.models.mergeVersionAliases({ name: `${name}@2`, versionAliases: ['default', '-live'] });
    const [versions] = await clients.models.listModelVersions({ name });
    const aliases = versions.map(({ name, versionAliases }) => [name, versionAliases]);
    expect(aliases).toEqual([
      [`${name}@1`, []],
      [`${name}@2`, ['default']],
    ]);
    const [labelled] = await clients.models.listModelVersions({ name, filter: 'labels.release=two' });
    expect(labelled.map(({ versionId }) => versionId)).toEqual(['2']);

    const [updated] = await clients.models.updateModel({
      model: { name: `${name}@1`, versionDescription: 'old', labels: { release: 'zero' } },
      updateMask: { paths: ['version_description', 'labels'] },
    });
    expect(updated).toMatchObject({ versionId: '1', versionDescription: 'old', labels: { release: 'zero' } });

    const [deletion] = await clients.models.deleteModelVersion({ name: `${name}@1` });
    await deletion.promise();
    const [left] = await clients.models.listModelVersions({ name });
    expect(left.map(({ versionId }) => versionId)).toEqual(['2']);
    await expect(clients.models.deleteModelVersion({ name: `${name}@2` })).rejects.toMatchObject({ code: 9 });
    const [all] = await clients.models.deleteModel({ name });
    await all.promise();
    await expect(clients.models.getModel({ name })).rejects.toMatchObject({ code: 5 });
  });

  test('models are listed by filter and in pages', async () => {
    for (const id of ['page-a', 'page-b', 'page-c']) await upload(id, {}, { page: id });
    const [named] = await clients.models.listModels({ parent, filter: 'display_name="page-b"' });
    expect(named.map(({ displayName }) => displayName)).toEqual(['page-b']);
    const [labelled] = await clients.models.listModels({
      parent,
      filter: 'labels.page:* AND NOT model=page-a',
    });
    expect(labelled.map(({ displayName }) => displayName)).toEqual(['page-b', 'page-c']);
    const filter = 'labels.page:*';
    const [page, , response] = await clients.models.listModels(
      { parent, filter, pageSize: 2 },
      { autoPaginate: false },
    );
    expect(page).toHaveLength(2);
    const pageToken = response?.nextPageToken ?? '';
    const [rest] = await clients.models.listModels({ parent, filter, pageToken }, { autoPaginate: false });
    expect(rest.map(({ displayName }) => displayName)).toEqual(['page-c']);
    await expect(clients.models.listModels({ parent, filter: 'labels' })).rejects.toMatchObject({ code: 3 });
  });
});
