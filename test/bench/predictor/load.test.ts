import { createServer, type RequestListener } from 'node:http';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { runLoad } from '../../../bench/predictor/load.ts';

async function start(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('expected a port, got none');
  return address.port;
}

test('runLoad counts every answer once, large ones too, and sends the bodies in turn', async () => {
  const bodies = ['{"a":1}', '{"b":"ü"}'];
  const seen: string[] = [];
  const port = await start((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      body += chunk;
    });
    request.once('end', () => {
      seen.push(body);
      response.setHeader('content-length', 300_000).end(Buffer.alloc(300_000));
    });
  });
  const result = await runLoad({ port, connections: 3, ms: 200, bodies });
  expect(result.requests).toBe(seen.length);
  expect(new Set(seen)).toEqual(new Set(bodies));
  expect(result.p99Ms).toBeGreaterThanOrEqual(result.p50Ms);
});

test('runLoad ends at an answer that is not 200', async () => {
  const port = await start((_request, response) => {
    response.writeHead(503, { 'content-length': '0' }).end();
  });
  await expect(runLoad({ port, connections: 1, ms: 200, bodies: ['{}'] })).rejects.toThrow(
    /got HTTP\/1\.1 503/,
  );
});
