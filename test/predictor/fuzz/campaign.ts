/** Rounds of all kinds in turn, with the model on the main thread and in the worker, until there were enough. */
import { Chance } from '../../support/random.ts';
import { KINDS } from './kinds.ts';
import { noResult, playRound, type RoundOptions, type RoundResult } from './round.ts';
import type { Kind, Subject } from './subject.ts';
import type { Target, Thread } from './target.ts';

export interface CampaignOptions extends Omit<RoundOptions, 'requests'> {
  readonly start: (subject: Subject, thread: Thread) => Promise<Target>;
  readonly requestsPerRound: number;
  /** Told after each round; false ends the campaign. */
  readonly goesOn: (totals: readonly KindTotals[], rounds: number) => boolean;
  readonly kinds?: readonly Kind[];
}

export interface KindTotals extends RoundResult {
  readonly kind: string;
  readonly thread: Thread;
  rounds: number;
}

const THREADS = ['main', 'worker'] as const;

export async function runCampaign(options: CampaignOptions): Promise<readonly KindTotals[]> {
  const kinds = options.kinds ?? KINDS;
  const totals = kinds.flatMap((kind) => THREADS.map((thread) => emptyTotals(kind.name, thread)));
  for (let round = 0; ; round += 1) {
    const kind = kinds[Math.floor(round / THREADS.length) % kinds.length];
    const thread = THREADS[round % THREADS.length];
    const total = totals[round % totals.length];
    if (kind === undefined || thread === undefined || total === undefined)
      throw new Error('expected kinds, got none');
    const seed = options.seed + round;
    const subject = kind.create(new Chance(seed));
    const result = await playOne(subject, thread, { ...options, seed, requests: options.requestsPerRound });
    const named = result.violations.map((text) => `${kind.name}, ${thread}, --seed ${seed}: ${text}`);
    add(total, { ...result, violations: named });
    if (!options.goesOn(totals, round + 1)) return totals;
  }
}

async function playOne(
  subject: Subject,
  thread: Thread,
  options: RoundOptions & Pick<CampaignOptions, 'start'>,
): Promise<RoundResult> {
  const target = await options.start(subject, thread);
  try {
    return await playRound(subject, target, options);
  } finally {
    await target.close();
  }
}

function emptyTotals(kind: string, thread: Thread): KindTotals {
  return { kind, thread, rounds: 0, ...noResult() };
}

function add(total: KindTotals, result: RoundResult): void {
  total.rounds += 1;
  total.requests += result.requests;
  total.rows += result.rows;
  for (const [sort, count] of Object.entries(result.sorts)) addTo(total.sorts, sort, count);
  for (const [status, count] of Object.entries(result.statuses)) addTo(total.statuses, status, count);
  total.slowestMs = Math.max(total.slowestMs, result.slowestMs);
  total.slowestHealthMs = Math.max(total.slowestHealthMs, result.slowestHealthMs);
  total.megabytes = Math.max(total.megabytes, result.megabytes);
  total.violations.push(...result.violations);
}

function addTo(counts: Record<string, number>, name: string, count: number): void {
  counts[name] = (counts[name] ?? 0) + count;
}
