/**
 * What can go wrong, and where. Faults come either from a profile, drawn by the seed, or from a list, as a tape or
 * the shrinker gives it. Every fault that struck is remembered by its site, `METHOD#ORDINAL`, so that the same list
 * makes the same run again.
 */
import type { Status } from '../../functions/errors.ts';
import { Chance } from '../support/random.ts';

export type Fault =
  /** A call fails without effect. */
  | { readonly is: 'error'; readonly status: Status; readonly message?: string }
  /** A call has its effect, and its reply is lost. */
  | { readonly is: 'lost'; readonly status: Status }
  | { readonly is: 'crashBefore' }
  | { readonly is: 'crashAfter' }
  /** The effect comes later; the caller has its timeout long before. */
  | { readonly is: 'late'; readonly ms: number }
  /** The effect comes at once, the reply later; the process outlives its time limit. */
  | { readonly is: 'freeze'; readonly ms: number }
  /** The process stands still before its request leaves, and outlives its time limit. */
  | { readonly is: 'stall'; readonly ms: number }
  /** The effect comes at once, the reply so much later; nothing is wrong, but it takes its time. */
  | { readonly is: 'lasts'; readonly ms: number }
  /** A read returns what was true so long ago. */
  | { readonly is: 'stale'; readonly ms: number }
  /** A message is delivered once more, whether or not it has been acknowledged. */
  | { readonly is: 'duplicate'; readonly ms: number }
  | { readonly is: 'delay'; readonly ms: number }
  /** An operation ends with an error; what it was to make is there all the same, or not. */
  | { readonly is: 'failed'; readonly status: Status; readonly kept: boolean }
  | { readonly is: 'slow'; readonly times: number }
  /** Vertex does not know the operation any more, while it goes on. */
  | { readonly is: 'forgotten' }
  /** The operation succeeds, and what it made is gone at once. */
  | { readonly is: 'vanished' }
  /** The clock of a process is wrong. */
  | { readonly is: 'skew'; readonly ms: number }
  /** A process runs another build of the functions. */
  | { readonly is: 'build' };

export type Kind = Fault['is'];

export interface Struck {
  readonly site: string;
  readonly fault: Fault;
}

export interface Faults {
  /** What goes wrong this time at this site, if anything. `now` is virtual. */
  at(site: string, now: number): Fault | null;
  readonly struck: readonly Struck[];
}

/** The faults of a list and no others. */
export class ListedFaults implements Faults {
  readonly struck: Struck[] = [];
  readonly #list: ReadonlyMap<string, Fault>;
  readonly #asked = new Map<string, number>();

  constructor(list: readonly Struck[]) {
    this.#list = new Map(list.map(({ site, fault }) => [site, fault]));
  }

  at(site: string): Fault | null {
    const ordinal = (this.#asked.get(site) ?? 0) + 1;
    this.#asked.set(site, ordinal);
    if (this.#list.size === 0) return null;
    const key = `${site}#${ordinal}`;
    const fault = this.#list.get(key) ?? null;
    if (fault !== null) this.struck.push({ site: key, fault });
    return fault;
  }

  /** How often each site was passed. */
  get passed(): ReadonlyMap<string, number> {
    return this.#asked;
  }
}

/** How likely each kind of fault is where it can strike; what is not named never does. */
export type Rates = Partial<Record<Kind, number>>;

/**
 * Faults drawn by the seed until they stop. Every seed has its own few kinds and its own rates (swarm testing):
 * with all kinds on at once the common ones would hide the rare ones.
 */
export class DrawnFaults implements Faults {
  readonly struck: Struck[] = [];
  readonly #chance: Chance;
  readonly #until: number;
  readonly #tables = new Map<Place, readonly [Kind, number][]>();
  readonly #asked = new Map<string, number>();

  constructor(seed: number, rates: Rates, until: number) {
    const chance = new Chance(seed ^ 0x5f356495);
    this.#chance = chance;
    this.#until = until;
    const level = chance.pick('level', [0.5, 1, 2, 4]);
    const enabled = new Map<Kind, number>();
    for (const [kind, rate] of Object.entries(rates) as [Kind, number][]) {
      if (chance.chance('swarm', 0.6)) enabled.set(kind, rate * level);
    }
    for (const place of Object.keys(STRIKES) as Place[]) {
      this.#tables.set(place, tableOf(place, enabled));
    }
  }

  at(site: string, now: number): Fault | null {
    const ordinal = (this.#asked.get(site) ?? 0) + 1;
    this.#asked.set(site, ordinal);
    if (now >= this.#until) return null;
    const place = placeOfSite(site);
    let at = this.#chance.next(site);
    for (const [kind, rate] of this.#tables.get(place) ?? []) {
      at -= rate;
      if (at >= 0) continue;
      const fault = drawFault(kind, place, this.#chance);
      this.struck.push({ site: `${site}#${ordinal}`, fault });
      return fault;
    }
    return null;
  }
}

/** Where faults strike: kinds of calls, and what is no call. */
export type Place =
  'mutation' | 'read' | 'ledger' | 'artifacts' | 'bus' | 'delivery' | 'operation' | 'process';

const BROKEN = ['error', 'lost', 'crashBefore', 'crashAfter'] as const;
const FROZEN = ['late', 'freeze', 'stall'] as const;

function weighted(broken: number, frozen: number): [Kind, number][] {
  return [
    ['lasts', 1],
    ...BROKEN.map((kind): [Kind, number] => [kind, broken]),
    ...FROZEN.map((kind): [Kind, number] => [kind, frozen]),
  ];
}

/** What can strike where, with a weight: a writer to Vertex that is frozen is what is worth most trials. */
export const STRIKES: Record<Place, readonly (readonly [Kind, number])[]> = {
  mutation: weighted(4, 12),
  read: [...weighted(1, 1), ['stale', 1]],
  ledger: weighted(1, 0.5),
  artifacts: weighted(1, 0.5),
  bus: weighted(3, 1),
  delivery: [
    ['duplicate', 1],
    ['delay', 1],
  ],
  operation: [
    ['failed', 1],
    ['slow', 1],
    ['forgotten', 1],
    ['vanished', 1],
  ],
  process: [
    ['skew', 1],
    ['build', 1],
  ],
};

function tableOf(place: Place, enabled: ReadonlyMap<Kind, number>): [Kind, number][] {
  const table: [Kind, number][] = [];
  for (const [kind, weight] of STRIKES[place]) {
    const rate = enabled.get(kind);
    if (rate !== undefined) table.push([kind, rate * weight]);
  }
  return table;
}

const MUTATIONS = new Set([
  'vertex.upload',
  'vertex.moveAliases',
  'vertex.deleteVersion',
  'vertex.createEndpoint',
  'vertex.updateEndpoint',
  'vertex.deploy',
  'vertex.undeploy',
  'vertex.mutate',
  'vertex.createJob',
  'vertex.cancelJob',
]);

const placesOfSites = new Map<string, Place>();

export function placeOfSite(site: string): Place {
  let place = placesOfSites.get(site);
  if (place === undefined) {
    place = classify(site);
    placesOfSites.set(site, place);
  }
  return place;
}

function classify(site: string): Place {
  if (MUTATIONS.has(site)) return 'mutation';
  if (site.startsWith('vertex.')) return 'read';
  if (site.startsWith('ledgers.')) return 'ledger';
  if (site.startsWith('monitoring.') || site.startsWith('logs.')) return 'artifacts';
  if (site.startsWith('artifacts.') || site.startsWith('files.')) return 'artifacts';
  if (site.startsWith('bus.')) return 'bus';
  if (site.startsWith('operation.')) return 'operation';
  return site === 'delivery' ? 'delivery' : 'process';
}

export const CALL_ERRORS = [
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'ABORTED',
  'PERMISSION_DENIED',
  'NOT_FOUND',
] as const satisfies readonly Status[];

const MINUTE = 60_000;

function drawFault(kind: Kind, place: Place, chance: Chance): Fault {
  switch (kind) {
    case 'error':
      return { is: 'error', status: chance.pick('error', place === 'mutation' ? CALL_ERRORS : PASSING) };
    case 'lost':
      return {
        is: 'lost',
        status: chance.pick('lost', ['DEADLINE_EXCEEDED', 'UNAVAILABLE', 'INTERNAL', 'UNKNOWN']),
      };
    case 'late':
    case 'freeze':
    case 'stall':
      return {
        is: kind,
        ms: Math.round(
          chance.pick('frozen', [0.5, 2, 12, 20, 45]) * MINUTE * chance.between('frozen', 0.5, 1.5),
        ),
      };
    case 'stale':
      return { is: 'stale', ms: chance.whole('stale', 1_000, 20_000) };
    case 'duplicate':
      return {
        is: 'duplicate',
        ms: Math.round(
          chance.pick('duplicate', [0.01, 1, 10, 60]) * MINUTE * chance.between('duplicate', 0.5, 1.5),
        ),
      };
    case 'delay':
      return { is: 'delay', ms: chance.whole('delay', 1_000, 40 * MINUTE) };
    case 'failed':
      return {
        is: 'failed',
        status: chance.pick('failed', [
          'INTERNAL',
          'UNAVAILABLE',
          'RESOURCE_EXHAUSTED',
          'CANCELLED',
          'FAILED_PRECONDITION',
        ]),
        kept: chance.chance('kept', 0.25),
      };
    case 'slow':
      return { is: 'slow', times: chance.whole('slow', 2, 6) };
    case 'lasts':
      return { is: 'lasts', ms: chance.whole('lasts', 5_000, 58_000) };
    case 'skew':
      return { is: 'skew', ms: chance.whole('skew', -10 * MINUTE, 10 * MINUTE) };
    default:
      return { is: kind };
  }
}

const PASSING = [
  'UNAVAILABLE',
  'DEADLINE_EXCEEDED',
  'RESOURCE_EXHAUSTED',
  'INTERNAL',
  'ABORTED',
  'PERMISSION_DENIED',
] as const;
