/**
 * The world of a soak: the whole local stack with its functions as real processes, a second instance of onTick, the
 * post office between Pub/Sub and them, and what is written down of all of it.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../common/free-port.ts';
import { startFunction, type FunctionProcess } from '../../local/function-process.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import { built } from '../support/built.ts';
import { Chance, placeOf } from '../support/random.ts';
import type { Disturbance } from './facts.ts';
import { Journal } from './journal.ts';
import { PostOffice } from './post-office.ts';
import { FamilyWatch } from './processes.ts';
import { BUDGETS, configuration, type Budgets } from './services.ts';
import { Events, Lines } from './told.ts';

/** The shortest there is: the lease of a tick that dies runs out after it and a margin of 150 s. */
const TICK_BUDGET_SECONDS = 5;
export const LEASE_MS = TICK_BUDGET_SECONDS * 1000 + 150_000;

export const FUNCTIONS = ['onArtifact', 'onRequest', 'onTick'] as const;

export interface World {
  readonly seed: number;
  readonly startedAt: number;
  readonly services: readonly string[];
  readonly stack: Stack;
  readonly office: PostOffice;
  readonly journal: Journal;
  readonly events: Events;
  readonly lines: Lines;
  readonly family: FamilyWatch;
  readonly disturbances: Disturbance[];
  /** Of the instances of each function, the first one first. */
  readonly ports: ReadonlyMap<string, readonly number[]>;
  /** A source of chance of its own for each part, so that one part's draws do not move another's. */
  chance(part: string): Chance;
  close(): Promise<void>;
}

export interface WorldOptions {
  readonly seed: number;
  readonly services: readonly string[];
  readonly budgets?: Budgets;
  /** Each line of the journal, and of the functions. */
  readonly onLine?: (line: string) => void;
}

export async function startWorld({
  seed,
  services,
  budgets = BUDGETS,
  onLine,
}: WorldOptions): Promise<World> {
  const startedAt = Date.now();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-soak-'));
  const config = join(directory, 'slipway.yaml');
  await writeFile(config, configuration(services, budgets));
  const journal = new Journal(startedAt, onLine);
  const lines = new Lines(journal);
  const env = { SLIPWAY_TICK_BUDGET_SECONDS: String(TICK_BUDGET_SECONDS) };
  const closing: (() => Promise<unknown>)[] = [() => rm(directory, { recursive: true, force: true })];
  const close = async () => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const stack = await startStack({
      config,
      functionsSource: built().functions,
      port: 0,
      seed,
      env,
      sweepSeconds: budgets.sweepSeconds,
      operations: { upload: 0.5, deploy: 1, undeploy: 0.5, createEndpoint: 0.2, deploymentTimeout: 60 },
      onFunctionLine: (name, line) => lines.take(name, line),
    });
    closing.push(() => stack.close());
    const second = await startSecondTick(stack, config, env, lines);
    closing.push(() => second.process.stop());
    const ports = new Map(
      [...stack.functions].map(([name, { port }]) => [
        name,
        name === 'onTick' ? [port, second.port] : [port],
      ]),
    );
    const chance = (part: string) => new Chance(seed ^ placeOf(part));
    const instances = new Map(
      [...ports].map(([name, all]) => [name, all.map((port) => `http://127.0.0.1:${port}`)] as const),
    );
    const office = await PostOffice.open(instances, chance('post office'));
    closing.push(() => office.close());
    redirect(stack, office);
    const events = new Events(stack.emulator.broker, topicOf(stack, 'events'), journal);
    closing.push(() => events.stop());
    const family = new FamilyWatch(rolesOf(ports));
    family.start(5_000);
    closing.push(() => family.stop());
    return {
      seed,
      startedAt,
      services,
      stack,
      office,
      journal,
      events,
      lines,
      family,
      disturbances: [],
      ports,
      chance,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export function topicOf({ config }: Stack, topic: 'events' | 'requests' | 'ticks'): string {
  return `projects/${config.project}/topics/${config.topics[topic]}`;
}

async function startSecondTick(
  stack: Stack,
  config: string,
  env: Readonly<Record<string, string>>,
  lines: Lines,
): Promise<{ readonly port: number; readonly process: FunctionProcess }> {
  const port = await freePort();
  // Both are instances of one service, which has one address.
  const caller = stack.functions.get('onTick')?.caller;
  const process = await startFunction({
    name: 'onTick',
    port,
    source: built().functions,
    directory: stack.config.directory,
    env: { ...stack.env, SLIPWAY_CONFIG: config, ...env },
    ...(caller && { caller }),
    onLine: (line) => lines.take('onTick 2', line),
  });
  return { port, process };
}

/** From here on Pub/Sub pushes to the post office. */
function redirect({ emulator, functions }: Stack, office: PostOffice): void {
  for (const [name, { subscription }] of functions) {
    const { pushConfig } = emulator.broker.getSubscription(subscription);
    emulator.broker.modifyPushConfig(subscription, { ...pushConfig, pushEndpoint: `${office.url}/${name}` });
  }
}

function rolesOf(ports: ReadonlyMap<string, readonly number[]>): ReadonlyMap<number, string> {
  return new Map(
    [...ports].flatMap(([name, all]) =>
      all.map((port, i) => [port, i === 0 ? name : `${name} ${i + 1}`] as const),
    ),
  );
}
