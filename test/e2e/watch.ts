/** What a test sees of a rollout from outside: who answers its callers, which splits there were, what was called. */
import { vi } from 'vitest';
import { startTraffic, type Instance, type Traffic } from '../../demo/traffic.ts';
import { golden } from '../support/artifacts.ts';
import type { LocalStack } from '../support/local-stack.ts';

export interface Callers {
  readonly traffic: Traffic;
  /** Answers by deployed model to what was asked between the two instants, by performance.now(). */
  answersBetween(from: number, to: number): ReadonlyMap<string, number>;
}

/** Callers of a service that call on at a steady rate until they are stopped. */
export async function startCallers(
  local: LocalStack,
  service: string,
  options: { readonly perSecond?: number; readonly instances?: readonly Instance[] } = {},
): Promise<Callers> {
  const answers: { readonly model: string; readonly askedAt: number }[] = [];
  const traffic = startTraffic({
    url: local.stack.url,
    endpoint: (await local.endpoint(service)).name ?? '',
    instances: options.instances ?? (await golden()),
    perSecond: options.perSecond ?? 40,
    onAnswer: (model, askedAt) => answers.push({ model, askedAt }),
  });
  return {
    traffic,
    answersBetween(from, to) {
      const counts = new Map<string, number>();
      for (const { model, askedAt } of answers) {
        if (askedAt >= from && askedAt <= to) counts.set(model, (counts.get(model) ?? 0) + 1);
      }
      return counts;
    },
  };
}

export type Split = Readonly<Record<string, number>>;

export interface SplitWatch {
  /** Each split once, in the order in which they were, with when it was first seen by performance.now(). */
  readonly splits: readonly { readonly split: Split; readonly at: number }[];
  /** Stops looking. */
  stop(): Promise<void>;
}

/** Looks at the endpoint's split again and again; one that lasts for less than some 10 ms may be missed. */
export async function watchSplits(local: LocalStack, service: string): Promise<SplitWatch> {
  const name = (await local.endpoint(service)).name ?? '';
  const splits: { split: Split; at: number }[] = [];
  let watching = true;
  const watch = async () => {
    while (watching) {
      const split = splitOf(local, name);
      if (textOf(split) !== textOf(splits.at(-1)?.split)) splits.push({ split, at: performance.now() });
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  };
  const watched = watch();
  return {
    splits,
    async stop() {
      watching = false;
      await watched;
    },
  };
}

/** As the emulator has it: asking by its API that often would take a core. */
function splitOf({ stack }: LocalStack, endpoint: string): Split {
  return Object.fromEntries(stack.emulator.vertex.endpoints.find(endpoint).trafficSplit);
}

function textOf(split: Split | undefined): string {
  return JSON.stringify(Object.entries(split ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Resolves with the split once somebody new has that much of the traffic, as a candidate in its step has. */
export async function candidateAt(local: LocalStack, service: string, percent: number): Promise<Split> {
  const { name } = await local.endpoint(service);
  return vi.waitFor(
    () => {
      const split = splitOf(local, name ?? '');
      if (!Object.values(split).includes(percent) || Object.keys(split).length < 2)
        throw new Error(`${service}: ${JSON.stringify(split)}`);
      return split;
    },
    { timeout: 60_000, interval: 20 },
  );
}

const MUTATING = [
  'UploadModel',
  'DeleteModelVersion',
  'MergeVersionAliases',
  'CreateEndpoint',
  'UpdateEndpoint',
  'DeployModel',
  'UndeployModel',
];

/** Counts from now on the calls that change Vertex AI, of all services of the stack; those there were none of are left out. */
export function countMutations({ stack }: LocalStack): () => Record<string, number> {
  const { faults } = stack.emulator;
  // A fault that does nothing counts all the same.
  for (const method of MUTATING) faults.add({ method: `*.${method}`, kind: 'delay', ms: 0, of: 'reply' });
  return () =>
    Object.fromEntries(
      faults
        .list()
        .filter(({ calls }) => calls > 0)
        .map(({ fault, calls }) => [fault.method.slice(2), calls]),
    );
}
