/** Answers of the control plane that lack something, or are none at all. */
import { describe, expect, it } from 'vitest';
import { Type } from 'typebox';
import { CallError } from '../../../functions/errors.ts';
import { calling, toCallError } from '../../../functions/google/call-error.ts';
import { answering as answeringWith } from './answering.ts';
import { toEndpoint, toPipelineJob, toVersion } from '../../../functions/google/vertex-resources.ts';

function outputs(uri: string) {
  return { model: { artifacts: [{ uri, schemaTitle: 'system.Model' }] } };
}

function errorWith(code: unknown): Error {
  return Object.assign(new Error('said so'), { code });
}

describe('toEndpoint', () => {
  it('takes what is absent, null or empty for the same', () => {
    const empty = {
      name: '',
      displayName: '',
      etag: '',
      labels: new Map(),
      deployedModels: [],
      traffic: new Map(),
      dedicatedDns: null,
      isPrivate: false,
      facts: {
        dedicated: false,
        timeoutMs: null,
        requestLogging: null,
        kmsKey: null,
        privateServiceConnect: null,
      },
    };
    expect(toEndpoint({})).toEqual(empty);
    expect(
      toEndpoint({ name: null, etag: null, labels: null, deployedModels: null, trafficSplit: null }),
    ).toEqual(empty);
    expect(toEndpoint({ labels: {}, deployedModels: [], trafficSplit: {} })).toEqual(empty);
  });

  it('names a model without its version, whichever way Vertex names it', () => {
    const { deployedModels } = toEndpoint({
      deployedModels: [
        { id: '1', model: 'projects/p/models/m@3', modelVersionId: '3' },
        { id: '2', model: 'projects/p/models/m', modelVersionId: '4' },
        {},
      ],
    });
    expect(deployedModels).toEqual([
      { id: '1', model: 'projects/p/models/m', version: '3', displayName: '' },
      { id: '2', model: 'projects/p/models/m', version: '4', displayName: '' },
      { id: '', model: '', version: '', displayName: '' },
    ]);
  });

  it.each([
    ['https://7.us-central1-123.prediction.vertexai.goog', '7.us-central1-123.prediction.vertexai.goog'],
    ['7.us-central1-123.prediction.vertexai.goog', '7.us-central1-123.prediction.vertexai.goog'],
    ['', null],
    [null, null],
  ])('names the host of a dedicated endpoint: %s', (dedicatedEndpointDns, dedicatedDns) => {
    expect(toEndpoint({ dedicatedEndpointEnabled: true, dedicatedEndpointDns })).toMatchObject({
      dedicatedDns,
    });
    expect(toEndpoint({ dedicatedEndpointEnabled: false, dedicatedEndpointDns })).toMatchObject({
      dedicatedDns: null,
    });
  });

  it.each([
    'evil.example',
    'x.vertexai.goog.evil.example',
    'a@b.vertexai.goog',
    'x.vertexai.goog/path',
    'x.vertexai.goog:8443',
  ])('sends no token to %s', (dedicatedEndpointDns) => {
    expect(() => toEndpoint({ dedicatedEndpointEnabled: true, dedicatedEndpointDns })).toThrow(CallError);
  });

  it.each([
    [{ network: 'projects/1/global/networks/vpc' }],
    [{ privateServiceConnectConfig: { enablePrivateServiceConnect: true } }],
    [{ enablePrivateServiceConnect: true }],
  ])('knows a private endpoint: %j', (endpoint) => {
    expect(toEndpoint(endpoint)).toMatchObject({ isPrivate: true });
  });

  it('keeps a traffic split as it is, also one that names what is not there or does not sum to 100', () => {
    expect(toEndpoint({ trafficSplit: { '1': 99, '777': 2 } }).traffic).toEqual(
      new Map([
        ['1', 99],
        ['777', 2],
      ]),
    );
  });

  it('lets no label named __proto__ change anything', () => {
    const labels: unknown = JSON.parse('{"__proto__":"x","slipway-epoch":"3"}');
    const endpoint = toEndpoint(Object.assign(Object.create(null), { labels }));
    expect([...endpoint.labels.keys()]).toEqual(['__proto__', 'slipway-epoch']);
  });
});

it('toVersion takes what is absent for empty', () => {
  const empty = { model: '', version: '', description: '', labels: new Map(), aliases: [], createdAt: 0 };
  expect(toVersion({})).toEqual(empty);
  expect(toVersion({ name: null, labels: null, versionAliases: null, versionCreateTime: null })).toEqual(
    empty,
  );
});

describe('toPipelineJob', () => {
  it.each([
    ['nothing', {}],
    ['null', { jobDetail: null, state: null }],
    ['no tasks', { jobDetail: { taskDetails: null } }],
    [
      'a task without outputs',
      { jobDetail: { taskDetails: [{ state: 'SUCCEEDED' as const, outputs: null }] } },
    ],
    [
      'outputs without artifacts',
      { jobDetail: { taskDetails: [{ state: 'SUCCEEDED' as const, outputs: { a: {} } }] } },
    ],
  ])('finds no output in %s', (_, job) => {
    expect(toPipelineJob(job)).toEqual({ state: 'PIPELINE_STATE_UNSPECIFIED', outputs: [] });
  });

  it('takes what tasks that succeeded have made, now or in an earlier run that is reused', () => {
    const taskDetails = [
      { state: 'FAILED' as const, outputs: outputs('gs://b/failed') },
      { state: 'NOT_TRIGGERED' as const, outputs: outputs('gs://b/never') },
      { state: 'SUCCEEDED' as const, outputs: outputs('gs://b/good') },
      { state: 'SKIPPED' as const, outputs: outputs('gs://b/cached') },
    ];
    expect(toPipelineJob({ state: 'PIPELINE_STATE_RUNNING', jobDetail: { taskDetails } })).toEqual({
      state: 'PIPELINE_STATE_RUNNING',
      outputs: [
        { uri: 'gs://b/good', schema: 'system.Model' },
        { uri: 'gs://b/cached', schema: 'system.Model' },
      ],
    });
  });
});

describe('toCallError', () => {
  it.each([
    ['gRPC status 10', errorWith(10), 'ABORTED'],
    ['gRPC status 8', errorWith(8), 'RESOURCE_EXHAUSTED'],
    ['a gRPC status that does not exist', errorWith(99), 'UNKNOWN'],
    ['HTTP 404', errorWith(404), 'NOT_FOUND'],
    ['HTTP 412', errorWith(412), 'FAILED_PRECONDITION'],
    ['HTTP 429', errorWith(429), 'RESOURCE_EXHAUSTED'],
    ['HTTP 502', errorWith(502), 'UNAVAILABLE'],
    ['HTTP 418', errorWith(418), 'UNKNOWN'],
    ['a lost connection', errorWith('ECONNRESET'), 'UNAVAILABLE'],
    ['a gRPC status that is none', errorWith(0), 'UNKNOWN'],
    ['an HTTP code as text', errorWith('403'), 'PERMISSION_DENIED'],
    ['a name that is not found', errorWith('ENOTFOUND'), 'UNAVAILABLE'],
    ['a stream that was cut', errorWith('ERR_STREAM_PREMATURE_CLOSE'), 'UNAVAILABLE'],
    ['a connection that was never made', errorWith('ETIMEDOUT'), 'DEADLINE_EXCEEDED'],
    ['a certificate', errorWith('CERT_HAS_EXPIRED'), 'UNAVAILABLE'],
    ['what cannot be unpacked', errorWith('Z_BUF_ERROR'), 'DATA_LOSS'],
    ['what is no gzip', errorWith('Z_DATA_ERROR'), 'DATA_LOSS'],
    ['a checksum of another content', errorWith('CONTENT_DOWNLOAD_MISMATCH'), 'UNAVAILABLE'],
    ['a grant that ended', errorWith('invalid_grant'), 'UNAUTHENTICATED'],
    ['a code that says nothing', errorWith('SOMETHING_ELSE'), 'UNKNOWN'],
    ['an error without a code', new Error('no code'), 'UNKNOWN'],
    ['text', 'boom', 'UNKNOWN'],
    ['nothing', undefined, 'UNKNOWN'],
  ])('takes %s for %s', (_, thrown, status) => {
    expect(toCallError('method', thrown)).toMatchObject({
      name: 'CallError',
      method: 'method',
      status,
      cause: thrown,
    });
  });

  it('cuts a page of HTML', () => {
    expect(toCallError('method', new Error('<html>'.repeat(10_000))).message).toHaveLength(1_000);
  });

  it('leaves its own as they are', async () => {
    const own = new CallError('inner', 'ABORTED', 'etag');
    await expect(calling('outer', () => Promise.reject(own))).rejects.toBe(own);
  });
});

it('reads no answer without an end', async () => {
  const { rest } = await answeringWith(new Map([['', [{ body: 'x'.repeat(34 * 1024 * 1024) }]]]));
  await expect(rest(Type.Unknown(), { method: 'List', path: '/' })).rejects.toMatchObject({
    status: 'OUT_OF_RANGE',
  });
});
