/** One server under fire: callers of all manners at once, and what must hold when they are done. */
import { Chance } from '../../support/random.ts';
import { Connection, requestOf, type Reply } from './connection.ts';
import { drawCall, type Call } from './draw-call.ts';
import type { Subject } from './subject.ts';
import type { Target } from './target.ts';

export interface RoundOptions {
  readonly seed: number;
  readonly requests: number;
  readonly callers: number;
  /** Milliseconds in which a request, and the health route, must be answered. */
  readonly replyMs: number;
  readonly healthMs: number;
}

export interface RoundResult {
  requests: number;
  rows: number;
  readonly sorts: Record<Call['sort'] | 'hung up', number>;
  readonly statuses: Record<string, number>;
  slowestMs: number;
  slowestHealthMs: number;
  /** Memory of the server at its end. */
  megabytes: number;
  readonly violations: string[];
}

const HEALTH_EVERY_MS = 25;
const VIOLATIONS_MAX = 20;

/** Of no request yet. */
export function noResult(): RoundResult {
  return {
    requests: 0,
    rows: 0,
    sorts: { good: 0, bad: 0, failing: 0, garbage: 0, 'hung up': 0 },
    statuses: {},
    slowestMs: 0,
    slowestHealthMs: 0,
    megabytes: 0,
    violations: [],
  };
}

export async function playRound(
  subject: Subject,
  target: Target,
  options: RoundOptions,
): Promise<RoundResult> {
  const result = noResult();
  const isOver = (): boolean =>
    result.requests >= options.requests ||
    target.ended() !== null ||
    result.violations.length >= VIOLATIONS_MAX;

  const health = watchHealth(target, result, options.healthMs);
  await Promise.all(
    Array.from({ length: options.callers }, (_, i) => {
      const draws = new Chance(options.seed * 1000 + i);
      return callUntil(isOver, subject, target, draws, result, options.replyMs);
    }),
  );
  await health.stop();
  await atRest(target, result, options.replyMs);
  return result;
}

async function callUntil(
  isOver: () => boolean,
  subject: Subject,
  target: Target,
  draws: Chance,
  result: RoundResult,
  replyMs: number,
): Promise<void> {
  let connection: Connection | null = null;
  while (!isOver()) {
    const call = drawCall(subject, draws);
    try {
      connection ??= await Connection.open(target.port);
      const start = performance.now();
      const goesOn = await within(replyMs, play(call, connection, draws, result));
      result.slowestMs = Math.max(result.slowestMs, performance.now() - start);
      const { surplus, isOpen } = connection;
      if (goesOn && surplus !== null) {
        result.violations.push(`a reply that nobody asked for: ${JSON.stringify(surplus)}`);
      } else if (goesOn && isOpen) continue;
      connection.hangUp();
      connection = null;
    } catch (error) {
      result.violations.push(`${messageOf(error)}, after ${JSON.stringify(String(call.body).slice(0, 200))}`);
      connection?.hangUp();
      connection = null;
    }
  }
  connection?.hangUp();
}

/** Plays the call; false if its connection is gone. */
async function play(
  call: Call,
  connection: Connection,
  draws: Chance,
  result: RoundResult,
): Promise<boolean> {
  const bytes = requestOf(call.body);
  result.rows += call.rows;
  result.requests += call.manner === 'twice' ? 2 : 1;
  if (call.manner === 'cut short' || call.manner === 'gone') {
    result.sorts['hung up'] += 1;
    const whole = call.manner === 'gone';
    connection.write(whole ? bytes : bytes.subarray(0, draws.whole('byte', 1, bytes.length - 1)));
    await delay(draws.pick('patience', [0, 0, 1, 5]));
    connection.hangUp();
    return false;
  }
  result.sorts[call.sort] += call.manner === 'twice' ? 2 : 1;
  if (call.manner === 'twice') {
    const replies = [connection.reply(), connection.reply()];
    connection.write(Buffer.concat([bytes, bytes]));
    for (const reply of await Promise.all(replies)) judge(call, reply, result);
    return true;
  }
  const reply = connection.reply();
  if (call.manner === 'pieces') {
    const middle = draws.whole('piece', 1, bytes.length - 1);
    connection.write(bytes.subarray(0, middle));
    await delay(draws.pick('pause', [0, 2]));
    connection.write(bytes.subarray(middle));
  } else connection.write(bytes);
  judge(call, await reply, result);
  return true;
}

function judge(call: Call, reply: Reply, result: RoundResult): void {
  result.statuses[reply.status] = (result.statuses[reply.status] ?? 0) + 1;
  const wrong = call.wrong(reply);
  if (wrong !== null) result.violations.push(`${wrong}, after ${String(call.body).slice(0, 300)}`);
}

function watchHealth(target: Target, result: RoundResult, healthMs: number): { stop: () => Promise<void> } {
  let stopped = false;
  const watch = async (): Promise<void> => {
    while (!stopped && target.ended() === null) {
      const start = performance.now();
      const code = await statusOf(target, '/health');
      const took = performance.now() - start;
      result.slowestHealthMs = Math.max(result.slowestHealthMs, took);
      if (code !== 200 && target.ended() === null) result.violations.push(`health answered ${code}`);
      if (took > healthMs) result.violations.push(`health waited ${Math.round(took)} ms`);
      await delay(HEALTH_EVERY_MS);
    }
  };
  const watched = watch();
  return {
    async stop() {
      stopped = true;
      await watched;
    },
  };
}

/** Nothing waits, nothing is held, nothing has ended, and nothing was logged but what the handler did. */
async function atRest(target: Target, result: RoundResult, withinMs: number): Promise<void> {
  const end = target.ended();
  if (end !== null) {
    result.violations.push(`the server ${end}: ${target.errors().slice(-3).join('\n')}`);
    return;
  }
  const until = performance.now() + withinMs;
  let rows = await metric(target, 'predictor_queue_rows');
  while (rows !== 0 && performance.now() < until) {
    await delay(HEALTH_EVERY_MS);
    rows = await metric(target, 'predictor_queue_rows');
  }
  if (rows !== 0) result.violations.push(`${rows} rows are left in the queue`);
  if ((await statusOf(target, '/health')) !== 200)
    result.violations.push('the server is not ready at the end');
  result.megabytes = Math.round((await metric(target, 'process_resident_memory_bytes')) / 1e6);

  const failed = target.errors().filter((line) => line.includes('"prediction failed"'));
  const others = target.errors().filter((line) => !line.includes('"prediction failed"'));
  for (const line of others) result.violations.push(`unexpected in the log: ${line.slice(0, 300)}`);
  // Those that hung up may have failed as well.
  const expected = result.sorts.failing + result.sorts['hung up'];
  if (failed.length > expected) {
    const surplus = `${failed.length} predictions failed, at most ${expected} were to`;
    result.violations.push(`${surplus}: ${failed.at(-1)?.slice(0, 300)}`);
  }
}

async function statusOf(target: Target, path: string): Promise<number> {
  try {
    const response = await fetch(`http://127.0.0.1:${target.port}${path}`);
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}

async function metric(target: Target, name: string): Promise<number> {
  const page = await (await fetch(`http://127.0.0.1:${target.port}/metrics`)).text();
  return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(page)?.[1] ?? Number.NaN);
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no reply within ${ms} ms`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms === 0) setImmediate(resolve);
    else setTimeout(resolve, ms);
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
