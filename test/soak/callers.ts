/** A steady load of predictions through the endpoint of a service, each answer looked at; losses are kept. */
import { Chance } from '../support/random.ts';
import { ROWS } from './artifacts.ts';
import type { Loss } from './facts.ts';

/** How long a caller waits for its answer: a minute, as Vertex AI does for that of a container. */
const PATIENCE_MS = 60_000;
/** An answer that takes longer is worth a note. */
const SLOW_MS = 5_000;
/** Requests of one caller without an answer; more than that are not sent. */
const OPEN_MAX = 40;
/** Losses kept with their text, of each service. */
const LOSSES_MAX = 5_000;

export interface Callers {
  readonly predictions: number;
  readonly losses: readonly Loss[];
  /** Requests that were not sent, because too many were open. */
  readonly notSent: number;
  /** The longest answer in ms. */
  readonly slowest: number;
  /** Sends no more, and waits for what is open. */
  stop(): Promise<void>;
}

export interface CallersOptions {
  readonly service: string;
  /** `http://HOST:PORT/v1/projects/…/endpoints/ID`. */
  readonly endpoint: string;
  readonly callers: number;
  /** Of all callers together. */
  readonly perSecond: number;
  readonly seed: number;
  readonly onLoss: (loss: Loss) => void;
  /** An answer took so many ms, which is long. */
  readonly onSlow: (tookMs: number) => void;
}

export function startCallers(options: CallersOptions): Callers {
  const { service, endpoint, callers, perSecond, onLoss, onSlow } = options;
  const chance = new Chance(options.seed);
  const losses: Loss[] = [];
  const open = new Set<Promise<void>>();
  const count = { predictions: 0, notSent: 0, slowest: 0 };

  const ask = async (instances: readonly number[]) => {
    const askedAt = Date.now();
    try {
      const response = await fetch(`${endpoint}:predict`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ instances }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      checkAnswer(response.status, await response.text(), instances);
      count.predictions += 1;
      const tookMs = Date.now() - askedAt;
      count.slowest = Math.max(count.slowest, tookMs);
      if (tookMs > SLOW_MS) onSlow(tookMs);
    } catch (error) {
      const loss = { service, askedAt, at: Date.now(), error: describe(error) };
      if (losses.length < LOSSES_MAX) losses.push(loss);
      onLoss(loss);
    }
  };

  const startedAt = performance.now();
  const timers = Array.from({ length: callers }, (_, caller) => {
    let sent = 0;
    return setInterval(() => {
      const due = ((performance.now() - startedAt) / 1000) * (perSecond / callers);
      for (; sent < due; sent += 1) {
        if (open.size >= OPEN_MAX * callers) {
          count.notSent += 1;
          continue;
        }
        const rows = 1 + (caller % 4);
        const one = ask(Array.from({ length: rows }, () => chance.whole('row', 0, ROWS - 1))).finally(() =>
          open.delete(one),
        );
        open.add(one);
      }
    }, 50);
  });

  return {
    losses,
    get predictions() {
      return count.predictions;
    },
    get notSent() {
      return count.notSent;
    },
    get slowest() {
      return count.slowest;
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(open);
    },
  };
}

/** Throws unless it is one number for each instance. */
export function checkAnswer(status: number, text: string, instances: readonly number[]): void {
  if (status !== 200) throw new Error(`HTTP ${status}: ${text.slice(0, 300)}`);
  const { predictions }: { predictions?: unknown } = JSON.parse(text);
  if (!Array.isArray(predictions) || predictions.length !== instances.length)
    throw new Error(`expected ${instances.length} predictions, got ${text.slice(0, 300)}`);
  const stray = predictions.find((value) => typeof value !== 'number' || !Number.isFinite(value));
  if (stray !== undefined) throw new Error(`expected a number, got ${JSON.stringify(stray)}`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
