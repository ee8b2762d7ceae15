/** The figures of a soak: one line for each minute, and a table at its end. */
import { isExcused, thirds, type Violation } from './invariants.ts';
import type { Facts } from './facts.ts';
import type { Soak } from './soak.ts';
import { deployedOf } from './view.ts';

export interface Figures {
  readonly seed: number;
  readonly minutes: number;
  readonly predictions: number;
  /** Not by a killed predictor. */
  readonly lost: number;
  readonly excused: number;
  /** The longest time from the kill of a predictor until it answers again, in seconds. */
  readonly longestOutage: number;
  readonly notSent: number;
  readonly slowest: number;
  readonly landed: number;
  readonly accepted: number;
  readonly ends: Readonly<Record<string, number>>;
  readonly toldTwice: number;
  readonly disturbances: Readonly<Record<string, number>>;
  readonly messages: Readonly<Record<string, number>>;
  readonly settledAfter: number;
  readonly ledgerBytesMost: number;
  /** MB: mean of the first third after the warm-up, of the last third, and the most. */
  readonly memory: Readonly<Record<string, readonly [first: number, last: number, most: number]>>;
  readonly violations: number;
}

export function figuresOf(soak: Soak, facts: Facts, violations: readonly Violation[]): Figures {
  const excused = facts.losses.filter((loss) => isExcused(facts, loss)).length;
  const callers = [...soak.callers.values()];
  const ends = new Set(facts.told.map(({ release, result, endedAt }) => `${result} ${release} ${endedAt}`));
  const outages = facts.outages.map(({ from, until }) => (until ?? from) - from);
  return {
    seed: facts.seed,
    minutes: round((Date.now() - facts.startedAt) / 60_000),
    predictions: [...facts.predictions.values()].reduce((sum, n) => sum + n, 0),
    lost: facts.losses.length - excused,
    excused,
    longestOutage: round(Math.max(0, ...outages) / 1000),
    notSent: callers.reduce((sum, { notSent }) => sum + notSent, 0),
    slowest: Math.max(0, ...callers.map(({ slowest }) => slowest)),
    landed: facts.landings.length,
    accepted: new Set(
      facts.intakes
        .filter(({ verdict }) => verdict === 'accepted' || verdict === 'older')
        .map((i) => i.release),
    ).size,
    ends: countBy([...ends].map((text) => text.split(' ')[0] ?? '')),
    toldTwice: facts.told.length - ends.size,
    disturbances: countBy(facts.disturbances.map(({ kind, target }) => nameOf(kind, target))),
    messages: { ...soak.world.office.counts },
    settledAfter: round(soak.settledAfterMs / 1000),
    ledgerBytesMost: Math.max(0, ...facts.ends.map(({ ledgerBytesMost }) => ledgerBytesMost)),
    memory: memoryOf(facts),
    violations: violations.length,
  };
}

/** What a minute shows: `3:00  5,400 predictions, 0 lost, …`. */
export function progressLine(soak: Soak): string {
  const { world } = soak;
  const facts = soak.facts();
  const figures = figuresOf(soak, facts, []);
  const deployed = world.services.map((name) => `${name} ${deployedOf(world, name).length}`).join(', ');
  const sizes = [...facts.memory].map(([role, all]) => `${role} ${Math.round(all.at(-1)?.mb ?? 0)}`);
  return [
    world.journal.minute(Date.now()),
    `${figures.predictions} predictions, ${figures.lost} lost, ${figures.excused} excused`,
    `${figures.landed} landed, ${list(figures.ends)}`,
    `deployed: ${deployed}`,
    `MB: ${sizes.join(', ')}`,
  ].join('  | ');
}

export function table(figures: Figures): string {
  const rows: [string, string][] = [
    ['seed; minutes', `${figures.seed}; ${figures.minutes}`],
    ['predictions; lost', `${figures.predictions}; ${figures.lost}`],
    ['excused by a killed predictor; longest outage', `${figures.excused}; ${figures.longestOutage} s`],
    ['slowest answer; not sent', `${figures.slowest} ms; ${figures.notSent}`],
    ['artifacts landed; requests accepted', `${figures.landed}; ${figures.accepted}`],
    ['ends of releases', list(figures.ends)],
    ['told twice', String(figures.toldTwice)],
    ['disturbances', list(figures.disturbances)],
    ['messages', list(figures.messages)],
    ['at rest after', `${figures.settledAfter} s`],
    ['largest ledger', `${figures.ledgerBytesMost} bytes`],
    ...Object.entries(figures.memory).map(([role, [first, last, most]]): [string, string] => [
      `MB of ${role}: first third, last third, most`,
      `${first}, ${last}, ${most}`,
    ]),
    ['violations', String(figures.violations)],
  ];
  return rows.map(([name, value]) => `| ${name} | ${value} |`).join('\n');
}

function memoryOf({ memory, startedAt, disturbedUntil }: Facts): Figures['memory'] {
  return Object.fromEntries(
    [...memory].map(([role, samples]) => {
      const { first, last } = thirds(samples, startedAt, disturbedUntil);
      const most = samples.reduce((max, { mb }) => Math.max(max, mb), 0);
      return [role, [Math.round(first ?? 0), Math.round(last ?? 0), Math.round(most)]];
    }),
  );
}

function nameOf(kind: string, target: string): string {
  if (kind !== 'kill') return kind;
  return target.startsWith('on') ? `kill of ${target}` : 'kill of a predictor';
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

function list(counts: Readonly<Record<string, number>>): string {
  return (
    Object.entries(counts)
      .map(([name, count]) => `${count} ${name}`)
      .join(', ') || 'none'
  );
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
