/**
 * Fills compile-cache: serves one tick and one sweep in this process, against servers of its own that know one
 * ledger and else nothing, so that what a start runs is compiled. Cloud Build runs it as `gcp-build`, with the very Node that
 * will run the functions; a cache of another Node is worthless. Needs no credentials and no network.
 */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Server as NetServer } from 'node:net';
import { createRequire, flushCompileCache } from 'node:module';
import { setTimeout as pause } from 'node:timers/promises';
import { loadConfig } from '../../../functions/config.ts';
import { emptyLedger } from '../../../functions/release/ledger.ts';

const PATIENCE_MS = 30_000;

async function warm(): Promise<void> {
  const config = loadConfig();
  const [service = ''] = config.services.keys();
  const endpoint = `projects/${config.project}/locations/${config.region}/endpoints/1`;
  const storage = await listening(storageWith(JSON.stringify({ ...emptyLedger(service), endpoint })));
  const grpc = await listening(grpcWithEmptyAnswers());
  const port = await listening(createServer());
  port.server.close();

  Object.assign(process.env, {
    PORT: String(port.number),
    FUNCTION_TARGET: 'onTick',
    FUNCTION_SIGNATURE_TYPE: 'cloudevent',
    NODE_ENV: 'production',
    METADATA_SERVER_DETECTION: 'none',
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${storage.number}`,
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${grpc.number}`,
    VERTEX_EMULATOR_HOST: `127.0.0.1:${grpc.number}`,
  });
  createRequire(__filename)('./framework/main.js');
  const deadline = Date.now() + PATIENCE_MS;
  for (const body of [{ service }, { sweep: true }]) {
    while ((await push(port.number, body)) !== 204) {
      if (Date.now() > deadline) throw new Error(`expected ${JSON.stringify(body)} to be answered with 204`);
      await pause(20);
    }
  }
  flushCompileCache();
}

/** The status of the answer, or null if nothing listens yet. */
function push(port: number, body: object): Promise<number | null> {
  const message = {
    data: Buffer.from(JSON.stringify(body)).toString('base64'),
    messageId: '1',
    publishTime: new Date().toISOString(),
  };
  return new Promise((resolve) => {
    const headers = {
      'content-type': 'application/json',
      'ce-specversion': '1.0',
      'ce-id': '1',
      'ce-source': '//pubsub.googleapis.com/projects/none/topics/ticks',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
    };
    request({ host: '127.0.0.1', port, method: 'POST', headers }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? null));
    })
      .once('error', () => resolve(null))
      .end(JSON.stringify({ message, subscription: 'projects/none/subscriptions/ticks' }));
  });
}

/** Cloud Storage with the same text in every object. */
function storageWith(text: string): Server {
  return createServer((request, response) => {
    if (request.url?.includes('alt=media')) {
      response.end(text);
      return;
    }
    const updated = new Date().toISOString();
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ generation: '1', updated, timeCreated: updated, size: text.length }));
  });
}

function grpcWithEmptyAnswers(): NetServer {
  return createHttp2Server().on('stream', (stream) => {
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    // One message of no bytes: not compressed, length 0.
    stream.end(Buffer.alloc(5));
  });
}

async function listening(server: NetServer): Promise<{ server: NetServer; number: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('expected a TCP address');
  return { server, number: address.port };
}

warm().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
