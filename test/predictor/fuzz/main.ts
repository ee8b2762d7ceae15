/**
 * `npm run fuzz:predictor -- [--minutes M | --requests N] [--seed S] [--kind NAME] [--callers C] [--health-ms H] [--json]`:
 * random models, each served by a process of its own, asked by callers of all manners. Exit code 1: a violation, such
 * as a health route that waited longer than H, for which a machine with other work needs more.
 */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runCampaign, type KindTotals } from './campaign.ts';
import { KINDS } from './kinds.ts';
import { startProcess } from './target.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string' },
    requests: { type: 'string' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    kind: { type: 'string' },
    callers: { type: 'string', default: '16' },
    'health-ms': { type: 'string', default: '5000' },
    'requests-per-round': { type: 'string', default: '5000' },
    json: { type: 'boolean', default: false },
  },
});

const seed = numberOf('seed', values.seed, 0, 2 ** 31);
const minutes = values.minutes === undefined ? null : numberOf('minutes', values.minutes, 0.01, 1440);
const requests = numberOf('requests', values.requests ?? (minutes === null ? '100000' : '1e12'), 1, 1e12);
const callers = numberOf('callers', values.callers, 1, 1000);
const requestsPerRound = numberOf('requests-per-round', values['requests-per-round'], 1, 1e9);
const healthMs = numberOf('health-ms', values['health-ms'], 1, 600_000);
const kinds = values.kind === undefined ? KINDS : KINDS.filter(({ name }) => name === values.kind);
if (kinds.length === 0) {
  process.stderr.write(`fuzz: --kind: expected one of ${KINDS.map(({ name }) => name).join(', ')}\n`);
  process.exit(2);
}
const SHOWN_MAX = 20;

const say = (text: string): boolean => (values.json ? process.stderr : process.stdout).write(`${text}\n`);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${process.platform} ${process.arch}`;
say(`fuzz: seed ${seed}, ${kinds.length} kinds of models, ${callers} callers; ${machine}`);
const began = performance.now();
let told = began;
let shown = 0;
const totals = await runCampaign({
  seed,
  kinds,
  callers,
  requestsPerRound,
  start: startProcess,
  replyMs: 60_000,
  healthMs,
  goesOn(now, rounds) {
    const sent = sum(now, ({ requests: count }) => count);
    const found = now.flatMap((total) => total.violations);
    for (const violation of found.slice(shown, SHOWN_MAX)) say(`VIOLATION: ${violation}`);
    shown = found.length;
    const elapsed = performance.now() - began;
    if (performance.now() - told > 30_000) {
      told = performance.now();
      const minute = (elapsed / 60_000).toFixed(1);
      say(`fuzz: minute ${minute}, ${rounds} rounds, ${sent} requests, ${shown} violations`);
    }
    const enough = sent >= requests || (minutes !== null && elapsed > minutes * 60_000);
    return !enough && !interrupted.signal.aborted && shown < SHOWN_MAX;
  },
});

const violations = totals.flatMap((total) => total.violations);
say(table(totals));
const seconds = Math.round((performance.now() - began) / 1000);
const all = sum(totals, ({ requests: count }) => count);
say(`\n${all} requests in ${seconds} s, ${violations.length} violations; ${machine}`);
if (values.json) process.stdout.write(`${JSON.stringify({ machine, seed, seconds, totals })}\n`);
process.exit(violations.length === 0 ? 0 : 1);

function table(all: readonly KindTotals[]): string {
  const head =
    '| model | thread | requests | rows | good | bad | failing | garbled | hung up | statuses | slowest ms | health ms | MB | violations |';
  const rows = all.map(
    ({ kind, thread, requests: count, rows: instances, sorts, statuses, violations: found, ...most }) =>
      [
        '',
        kind,
        thread,
        count,
        instances,
        sorts.good,
        sorts.bad,
        sorts.failing,
        sorts.garbage,
        sorts['hung up'],
        Object.entries(statuses)
          .map(([status, times]) => `${times} × ${status}`)
          .join(', '),
        Math.round(most.slowestMs),
        Math.round(most.slowestHealthMs),
        most.megabytes,
        found.length,
        '',
      ].join(' | '),
  );
  return [head, head.replaceAll(/[^|]+/g, ' - '), ...rows.map((row) => row.trim())].join('\n');
}

function sum(all: readonly KindTotals[], of: (total: KindTotals) => number): number {
  return all.reduce((total, one) => total + of(one), 0);
}

/** Ends the process with a sentence if it is none. */
function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= least && number <= most) return number;
  process.stderr.write(`fuzz: --${name}: expected a number from ${least} to ${most}, got "${text}"\n`);
  return process.exit(2);
}
