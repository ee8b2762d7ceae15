/**
 * `npm run demo`: the whole story on one machine, without a cloud account. Boots the local stack on free ports and
 * plays four releases, three of them under load, with the official clients. Exits 0 only if all of it held.
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { EndpointServiceClient } from '@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { startStack, type Stack } from '../emulator/stack.ts';
import { localClientOptions } from './local-client.ts';
import { listenForOutcomes, type Outcome } from './outcomes.ts';
import { showProgress } from './progress.ts';
import { startTraffic, type Traffic } from './traffic.ts';

const SERVICE = 'breast-cancer';
const ARTIFACTS = new URL('../examples/breast-cancer/artifacts/', import.meta.url);
const PER_SECOND = 80;
const LEAST_PER_SECOND = 50;
const PATIENCE_MS = 40_000;

const print = (line: string) => {
  process.stdout.write(`${line}\n`);
};
const progress = showProgress(print);
const failures: string[] = [];
const totals = { live: 0, failed: 0 };

print('Slipway demo: a local Vertex AI, Cloud Storage and Pub/Sub; the real functions; the real predictor.');
const stack = await startStack({
  config: fileURLToPath(new URL('../slipway.yaml', import.meta.url)),
  port: 0,
  operations: { upload: 1, deploy: 3, undeploy: 1 },
  onFunctionLine: (_name, line) => progress.line(line),
});
Object.assign(process.env, stack.env);
let counted = { answered: 0, lost: 0 };
try {
  counted = await story(stack);
} catch (error) {
  failures.push(error instanceof Error ? error.message : String(error));
}
await stack.close();
for (const failure of failures) print(`not as expected: ${failure}`);
const { answered, lost } = counted;
print(
  `demo: ${totals.live} live, ${totals.failed} failed as expected, ${answered} predictions, ${lost} lost`,
);
process.exit(failures.length === 0 ? 0 : 1);

async function story({ url, config }: Stack): Promise<{ answered: number; lost: number }> {
  const bucket = new Storage({ projectId: config.project, apiEndpoint: url }).bucket(
    config.artifactBuckets[0] ?? '',
  );
  const pubsub = new PubSub({ projectId: config.project });
  const outcomes = await listenForOutcomes(pubsub, config.topics.events);

  const land = async (folder: string, from: string, names: readonly string[], share = 1) => {
    for (const name of names) {
      const bytes = await readFile(new URL(`${from}/${name}`, ARTIFACTS));
      await bucket.file(`${SERVICE}/${folder}/${name}`).save(bytes.subarray(0, bytes.length * share));
    }
  };
  const release = async (title: string, cause: () => Promise<unknown>, expected: 'Live' | 'Failed') => {
    progress.begin(title);
    await cause();
    const ended = await outcomes.next(PATIENCE_MS);
    progress.say(`${ended.result}: ${describe(ended)}`);
    if (ended.result !== expected) failures.push(`${title}: expected ${expected}, got ${ended.result}`);
    else if (expected === 'Live') totals.live += 1;
    else totals.failed += 1;
    return ended;
  };
  const whole = ['golden.jsonl', 'manifest.json', 'model.onnx'];

  print('\nv1 lands: logistic regression.');
  await release('v1', () => land('v1', 'v1', whole), 'Live');

  print(
    `\nFrom here on ${PER_SECOND} predictions a second go through the endpoint. v2 lands: gradient boosting.`,
  );
  const traffic = startTraffic({
    url,
    endpoint: await endpointNamed(stack, SERVICE),
    instances: await instances(),
    perSecond: PER_SECOND,
  });
  const v2 = await release('v2', () => land('v2', 'v2', whole), 'Live');

  print('\nv3 lands: a truncated file.');
  await release('v3', () => land('v3', 'v2', ['model.onnx'], 0.5), 'Failed');
  await expectServing(traffic, v2, 'v2 still serves');

  print('\nSomebody publishes a request: v1 again.');
  const asked = { service: SERVICE, artifact: `gs://${bucket.name}/${SERVICE}/v1/` };
  const v1 = await release(
    'v1 again',
    () => pubsub.topic(config.topics.requests).publishMessage({ json: asked }),
    'Live',
  );
  await expectServing(traffic, v1, 'v1 serves again');

  await traffic.stop();
  const rate = traffic.rate();
  print(
    `\n${rate.toFixed(0)} predictions a second were answered, by ${traffic.byModel.size} deployed models in turn.`,
  );
  if (rate < LEAST_PER_SECOND) failures.push(`expected at least ${LEAST_PER_SECOND} predictions a second`);
  if (traffic.lost > 0)
    failures.push(`${traffic.lost} predictions were lost, the last to: ${traffic.lastError}`);
  await outcomes.close();
  await pubsub.close();
  return traffic;
}

function describe({ version, deployedModel, cause }: Outcome): string {
  if (cause !== null) return `${cause.text} ${cause.detail}`;
  return `version ${version}, deployed model ${deployedModel}, has all the traffic`;
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

async function endpointNamed({ url, config }: Stack, displayName: string): Promise<string> {
  const client = new EndpointServiceClient(localClientOptions(url));
  const parent = `projects/${config.project}/locations/${config.region}`;
  const [endpoints] = await client.listEndpoints({ parent, filter: `display_name="${displayName}"` });
  await client.close();
  const name = endpoints[0]?.name;
  if (!name) throw new Error(`there is no endpoint ${displayName}`);
  return name;
}

/** What is asked from now on has to be answered by that model alone. */
async function expectServing(traffic: Traffic, { deployedModel }: Outcome, what: string): Promise<void> {
  await traffic.settled();
  const before = new Map(traffic.byModel);
  await traffic.more(40);
  const others = [...traffic.byModel].filter(([id, n]) => id !== deployedModel && n !== before.get(id));
  progress.say(`${what}: ${others.length === 0 ? 'yes' : 'no'}`);
  if (others.length > 0) failures.push(`expected that ${what}`);
}
