/** The emulator with one service at rest, whose tick reads the ledger and then asks Vertex AI for the endpoint. */
import { setTimeout as pause } from 'node:timers/promises';
import { googlePush, type PushRequest } from '../../emulator/pubsub/push.ts';
import { startEmulator } from '../../emulator/server.ts';
import type { Config } from '../../functions/config/config.ts';
import { emptyLedger } from '../../functions/release/ledger/ledger.ts';
import { FUNCTIONS, subscriptionName } from '../../common/wiring.ts';

export interface LocalGoogle {
  /** What the subjects need to find it. */
  readonly env: Readonly<Record<string, string>>;
  /** The push of a tick, as the subscription of Terraform's sends it. */
  readonly push: PushRequest;
  close(): Promise<void>;
}

export async function startLocalGoogle(config: Config): Promise<LocalGoogle> {
  const [service = ''] = config.services.keys();
  const emulator = await startEmulator({ port: 0, images: new Map(), operations: { createEndpoint: 0 } });
  const { host } = new URL(emulator.url);
  const object = `ledgers/${service}.json`;

  const location = `projects/${config.project}/locations/${config.region}`;
  const endpoint = await createEndpoint(emulator.url, location, service);
  emulator.store.createBucket(config.stateBucket, {}, config.project);
  await send(`${emulator.url}/upload/storage/v1/b/${config.stateBucket}/o?uploadType=media&name=${object}`, {
    ...emptyLedger(service, 0),
    endpoint,
  });

  return {
    env: {
      STORAGE_EMULATOR_HOST: emulator.url,
      PUBSUB_EMULATOR_HOST: host,
      VERTEX_EMULATOR_HOST: host,
      GOOGLE_CLOUD_PROJECT: config.project,
      METADATA_SERVER_DETECTION: 'none',
      BENCH_BUCKET: config.stateBucket,
      BENCH_OBJECT: object,
      BENCH_ENDPOINT: endpoint,
    },
    push: tickOf(config.project, service),
    close: () => emulator.close(),
  };
}

function tickOf(project: string, service: string): PushRequest {
  const message = {
    id: '1',
    publishTime: Date.now(),
    data: Buffer.from(JSON.stringify({ service })),
    attributes: new Map([['service', service]]),
    orderingKey: '',
  };
  const subscription = subscriptionName({ project, namePrefix: 'slipway' }, FUNCTIONS.onTick.key);
  return googlePush(subscription, { ackId: '1', message, deliveryAttempt: 1 }, {});
}

async function createEndpoint(url: string, location: string, displayName: string): Promise<string> {
  await send(`${url}/v1/${location}/endpoints?endpointId=1`, { displayName });
  for (;;) {
    const answer = await fetch(`${url}/v1/${location}/endpoints`);
    const { endpoints = [] }: { endpoints?: { name: string }[] } = JSON.parse(await answer.text());
    if (endpoints[0] !== undefined) return endpoints[0].name;
    await pause(10);
  }
}

async function send(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: expected 2xx, got ${answer.status} ${await answer.text()}`);
}
