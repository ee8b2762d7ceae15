/**
 * Makes the framework's command executable, then fills compile-cache: serves one tick and one sweep in this process, against servers of its own that know one
 * ledger and else nothing, so that what a start runs is compiled. Cloud Build runs it as `gcp-build`, with the very Node that
 * will run the functions; a cache of another Node is worthless. Needs no credentials and no network.
 */
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { Server as NetServer } from 'node:net';
import { createRequire, flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { googlePush, type PushRequest } from '../../../emulator/pubsub/push.ts';
import { loadConfig } from '../../../functions/config/config.ts';
import { emptyLedger } from '../../../functions/release/ledger/ledger.ts';
import { FUNCTIONS, subscriptionName } from '../../../common/wiring.ts';

const PATIENCE_MS = 30_000;

async function warm(): Promise<void> {
  // A build whose manifests have not changed takes node_modules from a cache, and npm then links nothing and sets no mode:
  // if the archive's was lost on the way, the function would not start (https://github.com/firebase/firebase-tools/issues/6412).
  chmodSync(join(__dirname, 'framework/main.js'), 0o755);
  const config = loadConfig();
  const [[service, { parent }] = ['', { parent: '' }]] = config.services;
  const endpoint = `${parent}/endpoints/1`;
  const storage = await listening(storageWith(JSON.stringify({ ...emptyLedger(service, 0), endpoint })));
  const grpc = await listening(grpcWith(endpoint));
  const port = await listening(createServer());
  port.server.close();

  Object.assign(process.env, {
    PORT: String(port.number),
    FUNCTION_TARGET: 'onTick',
    FUNCTION_SIGNATURE_TYPE: 'http',
    NODE_ENV: 'production',
    METADATA_SERVER_DETECTION: 'none',
    STORAGE_EMULATOR_HOST: `http://127.0.0.1:${storage.number}`,
    PUBSUB_EMULATOR_HOST: `127.0.0.1:${grpc.number}`,
    VERTEX_EMULATOR_HOST: `127.0.0.1:${grpc.number}`,
  });
  createRequire(__filename)('./framework/main.js');
  for (const body of [{ service }, { sweep: true }]) {
    const status = await push(port.number, config.project, body);
    if (status !== 204) throw new Error(`${JSON.stringify(body)}: expected 204, got ${status}`);
  }
  flushCompileCache();
}

/** The status of the answer to a push of Terraform's subscription, once there is one. */
async function push(port: number, project: string, body: object): Promise<number> {
  const message = {
    id: '1',
    publishTime: Date.now(),
    data: Buffer.from(JSON.stringify(body)),
    attributes: new Map<string, string>(),
    orderingKey: '',
  };
  const subscription = subscriptionName({ project, namePrefix: 'slipway' }, FUNCTIONS.onTick.key);
  const sent = googlePush(subscription, { ackId: '1', message, deliveryAttempt: 1 }, {});
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      return await post(port, sent);
    } catch (error) {
      // The framework listens when it has loaded the functions.
      if (Date.now() > deadline) throw error;
      await pause(20);
    }
  }
}

function post(port: number, { headers, body }: PushRequest): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, method: 'POST', headers: { ...headers } }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode ?? 0));
    })
      .once('error', reject)
      .end(body);
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

/** The endpoint by its name alone, and an empty message for every other call. */
function grpcWith(endpoint: string): NetServer {
  return createHttp2Server().on('stream', (stream, headers) => {
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    const isEndpoint = headers[':path']?.endsWith('/GetEndpoint') === true;
    // Endpoint.name is field 1, a string (endpoint.proto).
    const message = isEndpoint
      ? Buffer.concat([Buffer.from([0x0a, endpoint.length]), Buffer.from(endpoint)])
      : Buffer.alloc(0);
    // Not compressed, and its length.
    const prefix = Buffer.alloc(5);
    prefix.writeUInt32BE(message.length, 1);
    stream.end(Buffer.concat([prefix, message]));
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
