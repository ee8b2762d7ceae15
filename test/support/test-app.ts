/** What the tests of the handlers share: a configuration, an app on the memory world, events, and a ticking hand. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Redeliver, type App } from '../../functions/app.ts';
import { parseConfig, type Config } from '../../functions/config/config.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import { parseLedger, type Ledger } from '../../functions/release/ledger/ledger.ts';
import { memoryWorld, type MemoryWorld } from './memory-world.ts';
import { quietLog, type Line } from './quiet-log.ts';

export const YAML = `
project: test-project
region: us-central1
state: test-state
services:
  churn:
    artifacts: gs://models/churn/*/model.onnx
    image: us-docker.pkg.dev/test-project/slipway/predictor
    endpoint: churn
    keepVersions: 2
  fraud:
    artifacts: gs://models/fraud/*/*/model.onnx
    image: us-docker.pkg.dev/test-project/slipway/predictor
    endpoint: fraud
`;

export interface TestApp {
  readonly app: App;
  readonly config: Config;
  readonly world: MemoryWorld;
  readonly lines: Line[];
}

/** `errors`: error lines that the test brings about (see quietLog). */
export function testApp(options: { yaml?: string; errors?: readonly string[] } = {}): TestApp {
  const config = parseConfig(options.yaml ?? YAML);
  const world = memoryWorld();
  const { log, lines } = quietLog(options.errors);
  return { app: { config, world, log }, config, world, lines };
}

/** The push of a bucket's notification: the object was finalized. */
export function finalized(bucket: string, name: string): Uint8Array {
  const object = { bucketId: bucket, objectId: name, objectGeneration: '1' };
  return message(undefined, { attributes: { eventType: 'OBJECT_FINALIZE', ...object } });
}

/** The push of a message. `data` is sent as it is if it is text, else as JSON. */
export function message(
  data: unknown,
  options: { id?: string; publishTime?: string; attributes?: Record<string, string> } = {},
): Uint8Array {
  const text = typeof data === 'string' ? data : JSON.stringify(data);
  const pushed = {
    subscription: 'projects/test-project/subscriptions/s',
    message: {
      ...(data !== undefined && { data: Buffer.from(text).toString('base64') }),
      attributes: options.attributes ?? {},
      messageId: options.id ?? '7',
      publishTime: options.publishTime ?? '2026-01-01T00:00:00.5Z',
    },
  };
  return Buffer.from(JSON.stringify(pushed));
}

/** Delivers ticks until no message is left: those published, and those to be delivered again. */
export async function runTicks({ app, world }: TestApp): Promise<void> {
  for (let deliveries = 0; ; deliveries += 1) {
    const next = world.published.findIndex(({ topic }) => topic === 'ticks');
    if (next === -1) return;
    if (deliveries > 2_000) throw new Error('the ticks come to no end');
    const [tick] = world.published.splice(next, 1);
    try {
      await handleTick(message(tick?.data, { publishTime: new Date(world.clock.now()).toISOString() }), app);
    } catch (error) {
      if (!(error instanceof Redeliver)) throw error;
      await world.clock.sleep(10_000);
      world.published.push({ topic: 'ticks', data: tick?.data });
    }
  }
}

const SWEEP_EVERY_MS = 900_000;

/** Delivers ticks until then, with a sweep every quarter of an hour, as Cloud Scheduler asks for it. */
export async function passTime({ app, world }: TestApp, ms: number): Promise<void> {
  const { clock, published } = world;
  const until = clock.now() + ms;
  let swept = clock.now();
  while (clock.now() < until) {
    const isSwept = clock.now() - swept < SWEEP_EVERY_MS;
    if (!isSwept) {
      swept = clock.now();
      await handleTick(message({ sweep: true }, { publishTime: new Date(swept).toISOString() }), app);
    }
    const next = published.findIndex(({ topic }) => topic === 'ticks');
    if (next === -1) {
      await clock.sleep(Math.min(until, swept + SWEEP_EVERY_MS) - clock.now());
      continue;
    }
    const [tick] = published.splice(next, 1);
    try {
      await handleTick(message(tick?.data, { publishTime: new Date(clock.now()).toISOString() }), app);
    } catch (error) {
      if (!(error instanceof Redeliver)) throw error;
      await clock.sleep(10_000);
      published.push({ topic: 'ticks', data: tick?.data });
    }
  }
}

export function ledgerOf(world: MemoryWorld, service: string): Ledger {
  const stored = world.ledgerTexts.get(service);
  if (stored === undefined) throw new Error(`${service} has no ledger`);
  return parseLedger(stored.text, service);
}

const announced = Compile(
  Type.Object({
    result: Type.String(),
    cause: Type.Union([Type.Object({ code: Type.String() }), Type.Null()]),
  }),
);

/** The results announced so far, oldest first. */
export function outcomes(world: MemoryWorld): string[] {
  return world.published
    .filter(({ topic }) => topic === 'events')
    .map(({ data }) => {
      const { result, cause } = announced.Parse(data);
      return cause === null ? result : `${result} ${cause.code}`;
    });
}
