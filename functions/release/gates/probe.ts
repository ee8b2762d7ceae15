/**
 * Asks the endpoint until those have answered that were to be heard. No request can choose its deployed model: the
 * traffic split does, and only the answer tells which one it was.
 */
import { CallError, type Status } from '../../errors.ts';
import type { World } from '../../world.ts';
import type { Row } from './rows.ts';

/** With 5 % of the traffic, one in 25,000 candidates is not met in so many requests. */
const MOST_REQUESTS = 200;
/** How long, in ms, a gate goes on asking. */
export const LONGEST_MS = 90_000;

/** What an answer of the container's becomes: 500 INTERNAL, 400 one of the others (unsure which), 404 NOT_FOUND. */
const BY_MODEL_SERVER: ReadonlySet<Status> = new Set([
  'INTERNAL',
  'INVALID_ARGUMENT',
  'FAILED_PRECONDITION',
  'OUT_OF_RANGE',
  'NOT_FOUND',
  'UNIMPLEMENTED',
]);

export interface Heard {
  /** By deployed model: its predictions, one a row. */
  readonly answers: ReadonlyMap<string, readonly unknown[]>;
  readonly requests: number;
  readonly failures: number;
  /** Failures that a model server can have made: not an outage, a quota or a missing permission. */
  readonly refusals: number;
  /** What the last failed request was answered. */
  readonly lastFailure: string | null;
}

/** Sends all rows in each request, until each of `wanted` has answered once. */
export async function probe(
  world: World,
  endpoint: string,
  rows: readonly Row[],
  wanted: readonly string[],
): Promise<Heard> {
  const instances = rows.map(({ instance }) => instance);
  const answers = new Map<string, readonly unknown[]>();
  const until = world.clock.now() + LONGEST_MS;
  let requests = 0;
  let failures = 0;
  let refusals = 0;
  let lastFailure: string | null = null;
  while (requests < MOST_REQUESTS && world.clock.now() < until && !wanted.every((id) => answers.has(id))) {
    requests += 1;
    try {
      const { deployedModel, predictions } = await world.vertex.predict(endpoint, instances);
      answers.set(deployedModel, predictions);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      failures += 1;
      if (BY_MODEL_SERVER.has(error.status)) refusals += 1;
      lastFailure = `${error.status}: ${error.message}`;
      await world.clock.sleep(Math.min(5_000, 250 * failures));
    }
  }
  return { answers, requests, failures, refusals, lastFailure };
}

/** How often a model with that share should have been heard. */
export function expectedAnswers({ requests }: Heard, percent: number): number {
  return (requests * percent) / 100;
}
