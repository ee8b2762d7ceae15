/** ModelService through the official client: the registry of models. */
import type { ModelServiceClient } from '@google-cloud/aiplatform';
import type { Config } from '../config/config.ts';
import type { Models } from '../world.ts';
import { calling, orElse } from './call-error.ts';
import { allPages, pageOf } from './pages.ts';
import { LIST, nameOf, PAGE_SIZE, PAGES_MAX, READ, unnamed, WRITE } from './vertex-calls.ts';
import { toModel } from './vertex-requests.ts';
import { toRegistryModel, toVersion } from './vertex-resources.ts';

/** `models`: the client for the region of that name. */
export function vertexModels(models: (name: string) => Promise<ModelServiceClient>, config: Config): Models {
  return {
    listVersions: (name) =>
      orElse([], 'ListModelVersions', async () => {
        const client = await models(name);
        const versions = await allPages(
          'ListModelVersions',
          async (pageToken) =>
            pageOf(await client.listModelVersions({ name, pageSize: PAGE_SIZE, pageToken }, LIST)),
          { most: PAGES_MAX },
        );
        if (versions.some(({ name: whose, versionId }) => !whose || !versionId))
          throw unnamed('ListModelVersions');
        return versions.map(toVersion).toSorted((a, b) => Number(b.version) - Number(a.version));
      }),

    getVersion: (model, version) =>
      orElse(null, 'GetModel', async () => {
        const [found] = await (await models(model)).getModel({ name: `${model}@${version}` }, READ);
        return toRegistryModel(found, model, version);
      }),

    upload: (request) =>
      calling('UploadModel', async () => {
        const { parent, modelId } = request;
        const client = await models(parent);
        const name = `${parent}/models/${modelId}`;
        const exists = await orElse(false, 'GetModel', async () => {
          await client.getModel({ name }, READ);
          return true;
        });
        const target = exists ? { parentModel: name } : { modelId };
        const [operation] = await client.uploadModel(
          { parent, ...target, model: toModel(request, config) },
          WRITE,
        );
        return nameOf(operation, 'UploadModel');
      }),

    copy: ({ parent, modelId, source: sourceModel }) =>
      calling('CopyModel', async () => {
        const key = config.kmsKey === null ? {} : { encryptionSpec: { kmsKeyName: config.kmsKey } };
        const client = await models(parent);
        const [operation] = await client.copyModel({ parent, modelId, sourceModel, ...key }, WRITE);
        return nameOf(operation, 'CopyModel');
      }),

    moveAliases: (model, version, aliases) =>
      calling('MergeVersionAliases', async () => {
        await (
          await models(model)
        ).mergeVersionAliases({ name: `${model}@${version}`, versionAliases: [...aliases] }, WRITE);
      }),

    deleteVersion: (model, version) =>
      calling('DeleteModelVersion', async () => {
        const [operation] = await (
          await models(model)
        ).deleteModelVersion({ name: `${model}@${version}` }, WRITE);
        return nameOf(operation, 'DeleteModelVersion');
      }),
  };
}
