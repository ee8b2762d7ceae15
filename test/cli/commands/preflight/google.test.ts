import { once } from 'node:events';
import { createServer } from 'node:http';
import { PassThroughClient } from 'google-auth-library';
import { Type } from 'typebox';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fetchResource, sendWith } from '../../../../cli/commands/preflight/google.ts';

const Echo = Type.Object({
  method: Type.String(),
  body: Type.String(),
  authorization: Type.Union([Type.String(), Type.Null()]),
});

/** Answers with the status that the path names, and with what it was sent. */
const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    response.writeHead(Number(request.url?.slice(1)), { 'content-type': 'application/json' });
    const { method, headers } = request;
    const body = Buffer.concat(chunks).toString('utf8');
    const { authorization = null } = headers;
    response.end(JSON.stringify({ method, body, authorization, error: { message: 'no' } }));
  });
});
let url: string;

beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  url = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
});

afterAll(() => server.close());

const send = sendWith(new PassThroughClient());

test('sends with the credentials of the caller, or as the account whose token is given', async () => {
  expect(await fetchResource(send, Echo, { url: `${url}/200` })).toEqual({
    is: 'there',
    value: expect.objectContaining({ method: 'GET', body: '', authorization: null }),
  });
  const call = { url: `${url}/200`, method: 'POST', body: { permissions: ['a.b.c'] }, token: 't0' } as const;
  expect(await fetchResource(send, Echo, call)).toEqual({
    is: 'there',
    value: expect.objectContaining({
      method: 'POST',
      body: '{"permissions":["a.b.c"]}',
      authorization: 'Bearer t0',
    }),
  });
});

test('tells what is absent from what is hidden, and fails at anything else', async () => {
  expect(await fetchResource(send, Echo, { url: `${url}/404` })).toEqual({ is: 'absent' });
  expect(await fetchResource(send, Echo, { url: `${url}/403` })).toEqual({ is: 'hidden', why: 'no' });
  await expect(fetchResource(send, Echo, { url: `${url}/429` })).rejects.toThrow('/429: no');
});
