import { expect, test } from 'vitest';

import { transcode } from '../../../emulator/grpc/transcode.ts';

const resource = { name: 'projects/p/locations/l/models/m@2', etag: 'e' };

test.each([
  [
    'a name in the path, the rest in the query',
    { get: '/v1/{parent=projects/*/locations/*}/models' },
    { parent: 'projects/p/locations/l', filter: 'a="b c"', pageSize: 3, readMask: 'name,etag' },
    {
      method: 'GET',
      url: '/v1/projects/p/locations/l/models?filter=a%3D%22b+c%22&pageSize=3&readMask=name%2Cetag',
    },
  ],
  [
    'one field as the body, its name in the path',
    { patch: '/v1/{model.name=projects/*/locations/*/models/*}', body: 'model' },
    { model: resource, updateMask: 'etag' },
    { method: 'PATCH', url: '/v1/projects/p/locations/l/models/m%402?updateMask=etag', body: { etag: 'e' } },
  ],
  [
    'everything else as the body',
    { post: '/v1/{name=projects/*/locations/*/models/*}:mergeVersionAliases', body: '*' },
    { name: resource.name, versionAliases: ['live'] },
    {
      method: 'POST',
      url: '/v1/projects/p/locations/l/models/m%402:mergeVersionAliases',
      body: { versionAliases: ['live'] },
    },
  ],
  [
    'the binding that fits',
    { get: '/v1/{name=operations/*}', additional_bindings: [{ get: '/ui/{name=projects/**}' }] },
    { name: 'projects/p/locations/l/operations/1' },
    { method: 'GET', url: '/ui/projects/p/locations/l/operations/1' },
  ],
  [
    'lists and nested fields in the query',
    { get: '/v1/things' },
    { id: ['a', 'b'], options: { deep: { flag: true } } },
    { method: 'GET', url: '/v1/things?id=a&id=b&options.deep.flag=true' },
  ],
  ['nothing when no binding fits', { get: '/v1/{name=projects/*}' }, { name: 'folders/f' }, undefined],
  [
    'nothing for a name that steps out of its pattern',
    { get: '/v1/{name=projects/*}' },
    { name: 'projects/a/b' },
    undefined,
  ],
])('%s', (_, rule, request, expected) => {
  expect(transcode(request, rule)).toEqual(expected);
});
