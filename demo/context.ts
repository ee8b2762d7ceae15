/** What the story is played with: artifacts that land, releases that end, predictions, and the endpoint's split. */
import { readFile } from 'node:fs/promises';
import { EndpointServiceClient } from '@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import type { Stack } from '../local/stack.ts';
import { localClientOptions } from './local-client.ts';
import { batchRows, type BatchRows } from './batch.ts';
import { listenForOutcomes, type BatchOutcome, type Outcome } from './outcomes.ts';
import type { Progress } from './progress.ts';
import { startTraffic, type Traffic } from './traffic.ts';

const ARTIFACTS = new URL('../examples/breast-cancer/artifacts/', import.meta.url);
/** Longer than any release of the story takes on a machine that is busy besides. */
const PATIENCE_MS = 90_000;

/** A file of an example artifact, or the part of it that is left: `{ from: 'v2', share: 0.5 }`. */
export interface Source {
  readonly from: 'v1' | 'v2';
  readonly share?: number;
}

export interface DemoContext {
  readonly print: (line: string) => void;
  readonly progress: Progress;
  readonly failures: string[];
  readonly totals: {
    live: number;
    failed: number;
    rolledBack: number;
    rollbackSeconds: number;
    answered: number;
    lost: number;
    /** Rows with the right answer in batch. */
    rows: number;
  };
  readonly rows: BatchRows;
  /** Uploads files in their order: the marker is the last one. */
  land(service: string, folder: string, files: Readonly<Record<string, Source>>): Promise<void>;
  request(body: object): Promise<void>;
  /** Does what causes a release of the service, and tells how it ends. */
  release(
    service: string,
    title: string,
    cause: () => Promise<void>,
    expected: Outcome['result'],
  ): Promise<Outcome>;
  nextOutcome(): Promise<Outcome>;
  nextBatch(): Promise<BatchOutcome>;
  /** Predictions through the endpoint of the service, so many a second. */
  call(service: string, perSecond: number): Promise<Traffic>;
  /** Ends the predictions, and counts them. */
  hangUp(traffic: Traffic, leastPerSecond: number): Promise<void>;
  /** Resolves when the service's endpoint gives that deployed model all the traffic. */
  allTrafficTo(service: string, deployedModel: string): Promise<void>;
  artifactUri(service: string, folder: string): string;
  close(): Promise<void>;
}

export async function openDemo(
  stack: Stack,
  progress: Progress,
  print: (line: string) => void,
): Promise<DemoContext> {
  const { url, config } = stack;
  const bucket = new Storage({ projectId: config.project, apiEndpoint: url }).bucket(
    config.artifactBuckets[0] ?? '',
  );
  const pubsub = new PubSub({ projectId: config.project });
  const endpoints = new EndpointServiceClient(localClientOptions(url));
  const outcomes = await listenForOutcomes(pubsub, config.topics.events);
  const rows = await batchRows(stack);
  const failures: string[] = [];
  const totals = { live: 0, failed: 0, rolledBack: 0, rollbackSeconds: 0, answered: 0, lost: 0, rows: 0 };

  const endpointOf = async (service: string) => {
    const parent = `projects/${config.project}/locations/${config.region}`;
    const [[endpoint]] = await endpoints.listEndpoints({ parent, filter: `display_name="${service}"` });
    if (!endpoint?.name) throw new Error(`there is no endpoint ${service}`);
    return { name: endpoint.name, trafficSplit: endpoint.trafficSplit };
  };

  return {
    print,
    progress,
    failures,
    totals,
    artifactUri: (service, folder) => `gs://${bucket.name}/${service}/${folder}/`,
    nextOutcome: () => outcomes.next(PATIENCE_MS),
    nextBatch: () => outcomes.nextBatch(PATIENCE_MS),
    rows,

    async land(service, folder, files) {
      for (const [name, { from, share = 1 }] of Object.entries(files)) {
        const bytes = await readFile(new URL(`${from}/${name}`, ARTIFACTS));
        await bucket.file(`${service}/${folder}/${name}`).save(bytes.subarray(0, bytes.length * share));
      }
    },

    async request(body) {
      await pubsub.topic(config.topics.requests).publishMessage({ json: body });
    },

    async release(service, title, cause, expected) {
      progress.begin(title, service);
      await cause();
      const ended = await outcomes.next(PATIENCE_MS);
      progress.say(`${ended.result}: ${describe(ended)}`);
      if (ended.result !== expected) failures.push(`${title}: expected ${expected}, got ${ended.result}`);
      else if (expected === 'Live') totals.live += 1;
      else if (expected === 'RolledBack') totals.rolledBack += 1;
      else totals.failed += 1;
      return ended;
    },

    async call(service, perSecond) {
      const { name } = await endpointOf(service);
      return startTraffic({ url, endpoint: name, instances: await instances(), perSecond });
    },

    async hangUp(traffic, leastPerSecond) {
      await traffic.stop();
      totals.answered += traffic.answered;
      totals.lost += traffic.lost;
      if (traffic.rate() < leastPerSecond)
        failures.push(`expected at least ${leastPerSecond} predictions a second`);
      if (traffic.lost > 0)
        failures.push(`${traffic.lost} predictions were lost, the last to: ${traffic.lastError}`);
    },

    async allTrafficTo(service, deployedModel) {
      const until = performance.now() + PATIENCE_MS;
      while (performance.now() < until) {
        const { trafficSplit } = await endpointOf(service);
        if (trafficSplit?.[deployedModel] === 100) return;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      throw new Error(`${deployedModel} has not all the traffic of ${service}`);
    },

    async close() {
      await outcomes.close();
      await pubsub.close();
      await endpoints.close();
    },
  };
}

/** The first line of a detail is Vertex AI's own; what follows is the container's. */
function describe({ version, deployedModel, cause }: Outcome): string {
  if (cause === null) return `version ${version}, deployed model ${deployedModel}, has all the traffic`;
  const [first = '', ...lines] = cause.detail.split('\n');
  return [cause.text, ...(lines.length > 0 ? lines : [first])].join('\n');
}

async function instances(): Promise<number[][]> {
  const rows = await readFile(new URL('v1/golden.jsonl', ARTIFACTS), 'utf8');
  return rows
    .trim()
    .split('\n')
    .map((row) => {
      const { instance }: { instance: number[] } = JSON.parse(row);
      return instance;
    });
}
