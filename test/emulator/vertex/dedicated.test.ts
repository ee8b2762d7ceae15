/** A dedicated endpoint over the wire: one port, and the name that a caller asks by. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';

import { PredictionServiceClient } from '@google-cloud/aiplatform';
import grpc from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startEmulator } from '../../../emulator/server.ts';
import type { Emulator } from '../../../emulator/server.ts';
import { LightRuntime, parent } from './world.ts';

const endpoint = `${parent}/endpoints/churn`;
let emulator: Emulator;
let own = '';

beforeAll(async () => {
  emulator = await startEmulator({ runtime: new LightRuntime(), log: pino({ level: 'silent' }) });
  const { endpoints, uploads, deployments, operations } = emulator.vertex;
  const ended = ({ name }: { name: string }) => operations.wait(name, 10_000);
  await ended(endpoints.create(parent, 'churn', { displayName: 'churn', dedicatedEndpointEnabled: true }));
  const model = { displayName: 'm', containerSpec: { imageUri: 'image' } };
  await ended(uploads.upload(parent, { modelId: 'm', model }));
  const dedicatedResources = { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 };
  const deployedModel = { id: '1', model: `${parent}/models/m`, dedicatedResources };
  await ended(deployments.deploy(endpoint, { deployedModel, trafficSplit: { 0: 100 } }));
  const { dedicatedEndpointDns } = endpoints.get(endpoint);
  own = typeof dedicatedEndpointDns === 'string' ? dedicatedEndpointDns : '';
});
afterAll(() => emulator.close());

function post(host: string) {
  return new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
    const headers = { host, 'content-type': 'application/json' };
    const asking = request(`${emulator.url}/v1/${endpoint}:predict`, { method: 'POST', headers });
    asking.on('error', reject);
    asking.on('response', (answer) => {
      text(answer).then((body) => resolve({ status: answer.statusCode, body: JSON.parse(body) }), reject);
    });
    asking.end('{"instances":[1]}');
  });
}

test('over HTTP', async () => {
  expect(await post(own)).toMatchObject({ status: 200, body: { deployedModelId: '1' } });
  expect(await post(`${own}:${emulator.port}`)).toMatchObject({ status: 200 });
  expect(await post(`localhost:${emulator.port}`)).toMatchObject({
    status: 400,
    body: { error: { status: 'FAILED_PRECONDITION', message: expect.stringContaining(own) } },
  });
});

test.each([
  ['its own name and the header', 'own', 'churn', undefined],
  ['its own name without the header', 'own', undefined, grpc.status.INVALID_ARGUMENT],
  ['the shared name with the header', 'localhost', 'churn', grpc.status.FAILED_PRECONDITION],
] as const)('over gRPC, by %s', async (_, authority, id, code) => {
  const client = new PredictionServiceClient({
    apiEndpoint: '127.0.0.1',
    port: emulator.port,
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
    'grpc.default_authority': authority === 'own' ? own : authority,
  });
  const headers = id === undefined ? {} : { 'x-vertex-ai-endpoint-id': id };
  const outcome = await client.predict({ endpoint, instances: [] }, { otherArgs: { headers } }).then(
    ([answer]) => answer.deployedModelId,
    (error: { code: number }) => error.code,
  );
  await client.close();
  expect(outcome).toBe(code ?? '1');
});
