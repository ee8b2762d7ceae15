/**
 * Asks the endpoint until those have answered that were to be heard. No request can choose its deployed model: the
 * traffic split does, and only the answer tells which one it was.
 */
import { CallError } from '../../errors.ts';
import type { Clock, Predictions } from '../../world.ts';
import { withoutPrefix } from '../diagnosis/google-words.ts';
import { blameFor } from './blame.ts';
import type { GoldenRow } from '../../../common/artifact/golden-row.ts';

/** With 5 % of the traffic, one in 25,000 candidates is not met in so many requests. */
const REQUESTS_MAX = 200;
/** How long, in ms, a gate goes on asking. */
export const MS_MAX = 90_000;

/** So many refusals of the probing itself, and no answer between them, are enough to know it by. */
const REFUSED_MAX = 5;

/** What probing works with: it asks for predictions, and changes nothing. */
export interface ProbeWorld {
  readonly vertex: Predictions;
  readonly clock: Clock;
}

export interface ProbeResult {
  /** By deployed model: its predictions, one a row. */
  readonly answers: ReadonlyMap<string, readonly unknown[]>;
  readonly requests: number;
  readonly failures: number;
  /** Failures that a model server has made: not an outage, nor what Vertex AI refuses of its own. */
  readonly refusals: number;
  /** Why Vertex AI does not pass the requests on, and what to do; null where it does, or does not say. */
  readonly refusedBecause?: string | null;
  /** What the last failed request was answered. */
  readonly lastFailure: string | null;
}

/** Sends all rows in each request, with those parameters if any, until each of `wanted` has answered once. */
export async function probe(
  world: ProbeWorld,
  endpoint: string,
  rows: readonly GoldenRow[],
  wanted: readonly string[],
  parameters?: object,
): Promise<ProbeResult> {
  const instances = rows.map(({ instance }) => instance);
  const answers = new Map<string, readonly unknown[]>();
  const until = world.clock.now() + MS_MAX;
  let requests = 0;
  let failures = 0;
  let refusals = 0;
  let lastFailure: string | null = null;
  let refusedBecause: string | null = null;
  let refused = 0;
  const isDone = () => wanted.every((id) => answers.has(id)) || refused >= REFUSED_MAX;
  while (requests < REQUESTS_MAX && world.clock.now() < until && !isDone()) {
    requests += 1;
    try {
      const { deployedModel, predictions } = await world.vertex.predict(endpoint, instances, parameters);
      answers.set(deployedModel, predictions);
      refusedBecause = null;
      refused = 0;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      failures += 1;
      const { by, advice } = blameFor(error.status, error.message);
      if (by === 'container') refusals += 1;
      refused = advice === null ? 0 : refused + 1;
      refusedBecause = advice ?? refusedBecause;
      lastFailure = failureText(error);
      await world.clock.sleep(Math.min(5_000, 250 * failures));
    }
  }
  return { answers, requests, failures, refusals, refusedBecause, lastFailure };
}

/** What a request that failed was answered. */
export function failureText({ status, message }: CallError): string {
  return `${status}: ${withoutPrefix(message)}`;
}

/** How often a model with that share should have been heard. */
export function expectedAnswers({ requests }: ProbeResult, percent: number): number {
  return (requests * percent) / 100;
}
