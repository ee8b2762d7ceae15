import { connect } from 'node:net';
import { text } from 'node:stream/consumers';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { Emulator } from '../../emulator/server.ts';
import { connect as connectClients, disconnect, parent, startWorld } from '../contract/vertex-world.ts';

let emulator: Emulator;

beforeAll(async () => {
  emulator = await startWorld();
});

afterAll(() => emulator.close());

test('takes HTTP and gRPC on one port at the same time', async () => {
  const clients = connectClients(emulator, 'grpc');
  const [viaGrpc, viaHttp] = await Promise.all([
    clients.models.listModels({ parent }),
    fetch(`${emulator.url}/v1/${parent}/models`),
  ]);
  expect(viaGrpc[0]).toEqual([]);
  expect(await viaHttp.json()).toEqual({ models: [] });
  await disconnect(clients);
});

test('answers Ok to programs that wait for it', async () => {
  expect(await (await fetch(emulator.url)).text()).toBe('Ok');
});

test('says what it does not serve', async () => {
  const response = await fetch(`${emulator.url}/v1/${parent}/customJobs`);
  expect(response.status).toBe(501);
  expect(await response.json()).toEqual({
    error: {
      code: 501,
      message: `The emulator does not serve GET /v1/${parent}/customJobs.`,
      status: 'UNIMPLEMENTED',
    },
  });
});

test('closes a connection that speaks neither', async () => {
  const socket = connect(emulator.port, '127.0.0.1');
  socket.write('\u0016\u0003\u0001 no TLS here\r\n\r\n');
  expect(await text(socket)).toContain('400 Bad Request');
});

describe('bodies', () => {
  test.each([
    ['{', 'Invalid JSON payload received.'],
    ['[]', 'Invalid value'],
    ['{"displayName": "x", "colour": "red"}', 'Unknown name "colour": Cannot find field.'],
    ['', 'Field: endpoint.display_name; Message: Required field is not set.'],
  ])('%s is refused', async (body, words) => {
    const response = await fetch(`${emulator.url}/v1/${parent}/endpoints`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 400, status: 'INVALID_ARGUMENT', message: expect.stringContaining(words) },
    });
  });

  test('take both spellings of field names, and nulls for absent fields', async () => {
    const response = await fetch(`${emulator.url}/v1/${parent}/endpoints?endpoint_id=spelled`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ display_name: 'spelled', description: null, labels: { snake_case: 'kept' } }),
    });
    const { name } = Object(await response.json());
    await emulator.operations.wait(name, 5000);
    expect(emulator.vertex.endpoints.get(`${parent}/endpoints/spelled`)).toMatchObject({
      displayName: 'spelled',
      labels: { snake_case: 'kept' },
    });
  });
});

test('a switch of the behaviour is thrown over HTTP', async () => {
  const headers = { 'content-type': 'application/json' };
  const patch = (body: object) =>
    fetch(`${emulator.url}/emulator/behaviour`, { method: 'PATCH', headers, body: JSON.stringify(body) });
  expect(await (await patch({ staleEtag: 'ignored' })).json()).toMatchObject({
    staleEtag: 'ignored',
    staleReadMs: 0,
  });
  const wrong = await patch({ staleEtag: 'perhaps' });
  expect(wrong.status).toBe(400);
  expect(await wrong.json()).toMatchObject({
    error: { message: expect.stringContaining('behaviour/staleEtag') },
  });
  expect(emulator.vertex.behaviour.staleEtag).toBe('ignored');
});
