/**
 * Everything that disturbs, each at random times of its own: mean pauses in seconds, and how often at most. All of it
 * ends with the signal; what it has set is taken back by `calm`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from '../support/random.ts';
import type { Disturbance } from './facts.ts';
import {
  describeFault,
  drawBehaviour,
  drawFault,
  drawHang,
  drawLasting,
  FaultPlans,
  type Plan,
} from './faults.ts';
import { Kills } from './kills.ts';
import { Operators } from './operators.ts';
import { handling } from './post-office.ts';
import { Trainers } from './trainers.ts';
import { LEASE_MS, type World } from './world.ts';

export interface Pace {
  /** Seconds between two of a kind on average; 0: never. */
  readonly land: number;
  readonly rewrite: number;
  readonly ask: number;
  readonly rollback: number;
  readonly abort: number;
  readonly promote: number;
  readonly hold: number;
  readonly killPredictor: number;
  readonly killTick: number;
  readonly killIntake: number;
  readonly freeze: number;
  readonly fault: number;
  readonly lasting: number;
  readonly hang: number;
  readonly behaviour: number;
  readonly burst: number;
  /** Artifacts of a burst. */
  readonly burstSize: number;
  /** In ms, how late a message comes at most. */
  readonly latestMs: number;
}

export const FULL_PACE: Pace = {
  land: 12,
  rewrite: 45,
  ask: 60,
  rollback: 90,
  abort: 75,
  promote: 75,
  hold: 150,
  killPredictor: 75,
  killTick: 120,
  killIntake: 90,
  freeze: 480,
  fault: 25,
  lasting: 300,
  hang: 150,
  behaviour: 90,
  burst: 600,
  burstSize: 100,
  latestMs: 20_000,
};

/** Nothing that costs a lease, and no burst: a run of seconds has no time to wait for its end. */
export const SHORT_PACE: Pace = {
  land: 4,
  rewrite: 8,
  ask: 8,
  rollback: 12,
  abort: 12,
  promote: 12,
  hold: 0,
  killPredictor: 8,
  killTick: 0,
  killIntake: 8,
  freeze: 0,
  fault: 6,
  lasting: 0,
  hang: 0,
  behaviour: 10,
  burst: 0,
  burstSize: 0,
  latestMs: 3_000,
};

export const OF_A_KIND_MAX = 2_000;
const BURSTS_MAX = 5;

export class Crew {
  readonly trainers: Trainers;
  readonly operators: Operators;
  readonly kills: Kills;
  readonly #world: World;
  readonly #faults: FaultPlans;
  readonly #open = new Set<Promise<void>>();
  readonly #usual: World['stack']['emulator']['vertex']['behaviour'];

  constructor(world: World) {
    this.#world = world;
    this.trainers = new Trainers(world);
    this.operators = new Operators(world, this.trainers);
    this.kills = new Kills(world);
    const { faults, vertex } = world.stack.emulator;
    this.#faults = new FaultPlans(faults);
    this.#usual = vertex.behaviour;
  }

  /** Disturbs until the signal comes. */
  async work(pace: Pace, signal: AbortSignal): Promise<void> {
    const { office } = this.#world;
    office.handling = handling(pace.latestMs);
    const routines = Object.entries(this.#routines(signal)).map(([name, act]) =>
      this.#routine(name, pace[name as keyof typeof pace], act, pace, signal),
    );
    await Promise.all(routines);
    await Promise.all(this.#open);
  }

  /** The world as Google promises it again: no faults, nothing frozen, nothing on hold, messages as they come. */
  calm(): void {
    const { office, stack, services } = this.#world;
    office.handling = null;
    this.#faults.clear();
    stack.emulator.vertex.behaviour = this.#usual;
    this.kills.thaw();
    for (const service of services) this.operators.resume(service);
  }

  #routines(signal: AbortSignal): Record<string, (chance: Chance, pace: Pace) => void | Promise<void>> {
    const { trainers, operators, kills } = this;
    const service = (chance: Chance) => this.#serviceBy(chance);
    const landed = (name: string) => trainers.landings.filter((landing) => landing.service === name);
    const folderBy = (name: string, chance: Chance) => {
      const all = landed(name);
      return all[chance.whole('folder', 0, all.length - 1)]?.folder ?? null;
    };
    return {
      land: (chance) => {
        const name = service(chance);
        trainers.land(name, trainers.draw(name, chance));
      },
      rewrite: (chance) => {
        const told = new Set(this.#world.events.told.map(({ release }) => release));
        const all = trainers.landings.filter(({ release }) => told.has(release));
        const one = all[chance.whole('landing', 0, Math.max(0, all.length - 1))];
        if (one !== undefined) trainers.rewrite(one);
      },
      ask: (chance) => {
        const name = service(chance);
        operators.ask(name, chance.chance('named', 0.5) ? folderBy(name, chance) : null);
      },
      rollback: (chance) => operators.rollback(service(chance)),
      abort: (chance) => operators.abort(service(chance)),
      promote: (chance) => operators.promote(service(chance)),
      hold: (chance) => operators.hold(service(chance), chance.between('for', 5_000, 40_000), signal),
      killPredictor: (chance) => kills.killPredictor(service(chance)),
      killTick: (chance) => kills.killFunction('onTick', chance.chance('second', 0.25) ? 1 : 0, signal),
      killIntake: (chance) =>
        kills.killFunction(chance.pick('function', ['onArtifact', 'onRequest']), 0, signal),
      freeze: (chance) => kills.freezeTick(LEASE_MS + chance.between('beyond', 5_000, 20_000), signal),
      fault: (chance) => this.#faultsFor(drawFault(chance), signal),
      lasting: (chance) => this.#faultsFor(drawLasting(chance), signal),
      hang: (chance) => this.#faultsFor(drawHang(chance), signal),
      behaviour: (chance) => this.#behave(chance, signal),
      burst: (chance, { burstSize }) => trainers.burst(service(chance), burstSize),
    };
  }

  async #routine(
    name: string,
    everySeconds: number,
    act: (chance: Chance, pace: Pace) => void | Promise<void>,
    pace: Pace,
    signal: AbortSignal,
  ): Promise<void> {
    if (everySeconds === 0) return;
    const chance = this.#world.chance(name);
    const most = name === 'burst' ? BURSTS_MAX : OF_A_KIND_MAX;
    for (let n = 0; n < most && !signal.aborted; n += 1) {
      const pause = Math.min(-Math.log(1 - chance.next('pause')), 3) * everySeconds * 1000;
      await sleep(pause, undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      const done = Promise.resolve(act(chance, pace)).finally(() => this.#open.delete(done));
      this.#open.add(done);
      // One freeze, kill or other behaviour at a time; faults and holds may come together.
      if (!['fault', 'lasting', 'hang', 'hold'].includes(name)) await done;
    }
  }

  async #faultsFor({ fault, forMs }: Plan, signal: AbortSignal): Promise<void> {
    this.#faults.set(fault);
    const lasts = fault.kind === 'stuck-operation' ? (fault.ms ?? 0) + forMs : forMs;
    this.#note(
      'fault',
      fault.method,
      `fault for ${Math.round(lasts / 1000)} s: ${describeFault(fault)}`,
      lasts,
    );
    await sleep(forMs, undefined, { signal }).catch(() => {});
    this.#faults.lift(fault);
  }

  async #behave(chance: Chance, signal: AbortSignal): Promise<void> {
    const { vertex } = this.#world.stack.emulator;
    const drawn = drawBehaviour(chance);
    const forMs = chance.between('behaves for', 15_000, 60_000);
    vertex.behaviour = drawn;
    const detail = `Vertex AI behaves otherwise: ${JSON.stringify(drawn)}`;
    this.#note('behaviour', 'Vertex AI', detail, forMs);
    await sleep(forMs, undefined, { signal }).catch(() => {});
    vertex.behaviour = this.#usual;
  }

  #serviceBy(chance: Chance): string {
    const { services } = this.#world;
    return services[chance.whole('service', 0, services.length - 1)] ?? '';
  }

  #note(kind: Disturbance['kind'], target: string, detail: string, forMs: number): void {
    const from = Date.now();
    this.#world.disturbances.push({ kind, target, detail, from, until: from + forMs });
    this.#world.journal.note(detail);
  }
}
