/**
 * Sends the batches of a job to its container and takes the answers apart. As Vertex AI counts: a status other than
 * 200, or another number of predictions than of instances, fails every row of the post, after some retries.
 */
import { sleep } from '../../core/clock.ts';
import type { Clock } from '../../core/clock.ts';
import { asApiError } from '../../core/errors.ts';
import type { Behaviour } from '../behaviour.ts';
import type { HttpAnswer } from '../container.ts';
import type { Batch } from './input.ts';
import { checkedRows } from './instances.ts';
import type { Row } from './instances.ts';
import type { Answered, Output } from './output.ts';
import { predictionsIn } from './predictions.ts';

const retryDelayMs = 100;
const longestReason = 2000;
/** Rows that are attempted before a job may end for failing too many. */
const leastForEarlyStop = 256;

export interface RunOptions {
  readonly clock: Clock;
  readonly behaviour: () => Behaviour;
  readonly batches: AsyncIterable<Batch>;
  readonly output: Output;
  /** Posts at once. */
  readonly replicas: number;
  /** JSON text, or '' for none. */
  readonly parameters: string;
  readonly post: (body: Buffer) => Promise<HttpAnswer>;
  readonly isCancelled: () => boolean;
  /** Told after every batch. */
  readonly counts: Counts;
}

export interface Counts {
  successful: number;
  failed: number;
  /** Rows that were read and not attempted. */
  incomplete: number;
  /** Why the first row failed. */
  reason: string;
}

/** Resolves when every batch is answered, or none is attempted any more. */
export async function runBatches(options: RunOptions): Promise<void> {
  const { batches, output, replicas, counts, isCancelled } = options;
  const inFlight = new Set<Promise<void>>();
  let defect: unknown;
  for await (const batch of batches) {
    if (defect !== undefined || isCancelled()) break;
    if (failsTooMany(options)) {
      counts.incomplete += batch.rows.length;
      continue;
    }
    const take = output.open(batch.end);
    const answering = answer(checkedRows(batch.rows), options).then(take, (error: unknown) => {
      defect ??= error;
    });
    const tracked = answering.finally(() => inFlight.delete(tracked));
    inFlight.add(tracked);
    if (inFlight.size >= replicas) await Promise.race(inFlight);
  }
  await Promise.all(inFlight);
  if (defect !== undefined) throw defect;
  output.end();
}

function failsTooMany({ behaviour, counts }: RunOptions): boolean {
  const { batchStopsAtPercent } = behaviour();
  const attempted = counts.successful + counts.failed;
  if (batchStopsAtPercent === 0 || attempted < leastForEarlyStop) return false;
  return counts.failed * 100 >= batchStopsAtPercent * attempted;
}

async function answer(rows: readonly Row[], options: RunOptions): Promise<Answered> {
  const sendable = rows.filter((row) => 'instance' in row);
  if (options.behaviour().batchFailure === 'batch' || sendable.length < 2) return send(rows, options);
  // Each row of a post that failed is tried alone.
  const whole = await post(sendable, options);
  if (Array.isArray(whole)) return written(rows, whole, options.counts);
  const parts: Answered[] = [];
  for (const row of rows) parts.push(await send([row], options));
  return {
    results: parts.map((part) => part.results).join(''),
    errors: parts.map((part) => part.errors).join(''),
  };
}

async function send(rows: readonly Row[], options: RunOptions): Promise<Answered> {
  const sendable = rows.filter((row) => 'instance' in row);
  const outcome = sendable.length === 0 ? [] : await post(sendable, options);
  return written(rows, outcome, options.counts);
}

/** The predictions, or why there are none. */
async function post(
  rows: readonly { readonly instance: string }[],
  { clock, behaviour, parameters, post, isCancelled }: RunOptions,
): Promise<string[] | string> {
  const rest = parameters === '' ? '' : `,"parameters":${parameters}`;
  const body = Buffer.from(`{"instances":[${rows.map(({ instance }) => instance).join(',')}]${rest}}`);
  const { batchRetries } = behaviour();
  let reason = '';
  for (let retry = 0; retry <= batchRetries && !isCancelled(); retry += 1) {
    if (retry > 0) await sleep(clock, retryDelayMs);
    try {
      const answer = await post(body);
      if (answer.status === 200) return predictionsIn(answer.body.toString(), rows.length);
      reason = `Exceeded retries: Non-OK result ${answer.status} (${answer.body.toString()}) from server, retry=${retry}.`;
    } catch (error) {
      const { status, message } = asApiError(error);
      reason = `Exceeded retries: ${status}: ${message}, retry=${retry}.`;
    }
  }
  return `Post request fails. Cannot get predictions. Error: ${reason.slice(0, longestReason)}`;
}

function written(rows: readonly Row[], outcome: readonly string[] | string, counts: Counts): Answered {
  const lines = { results: '', errors: '' };
  let next = 0;
  for (const row of rows) {
    const fault = 'fault' in row ? row.fault : typeof outcome === 'string' ? outcome : '';
    if (fault === '' && typeof outcome !== 'string') {
      lines.results += `{${row.shown},"prediction":${outcome[next]}}\n`;
      next += 1;
      counts.successful += 1;
      continue;
    }
    lines.errors += `{${row.shown},"error":${JSON.stringify({ code: 3, message: fault })}}\n`;
    counts.failed += 1;
    if (counts.reason === '') counts.reason = fault;
  }
  return lines;
}
