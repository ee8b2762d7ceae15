/** One run of a profile's seed, or of a tape. */
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import { BatchSimulation } from './batches/simulation.ts';
import { DrawnFaults, ListedFaults, type Faults, type Rates, type Struck } from './faults.ts';
import type { Handlers } from './pubsub.ts';
import { drawScenario, type Taste } from './draw-scenario.ts';
import type { Scenario } from './scenario.ts';
import { Simulation, START } from './simulation.ts';
import type { Violation } from './invariants.ts';

/** Everything a run depends on. */
export interface Tape {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly faults: readonly Struck[];
}

export interface Run extends Tape {
  readonly violation: Violation | null;
  readonly calls: ReadonlyMap<string, number>;
  readonly callCount: number;
  readonly hours: number;
  readonly mostDeployed: number;
  readonly mostCalls: number;
  /** Requests that were taken in. */
  readonly releases: number;
  readonly lines: readonly string[] | null;
}

/** Processes that come back after their time, and calls that land late. */
const RETURNING: Rates = {
  error: 0.004,
  lost: 0.006,
  crashBefore: 0.002,
  crashAfter: 0.004,
  late: 0.008,
  freeze: 0.006,
  stall: 0.008,
  stale: 0.01,
  failed: 0.04,
  slow: 0.03,
  forgotten: 0.02,
  duplicate: 0.04,
  delay: 0.04,
  skew: 0.02,
};

export const PROFILES = {
  /** Crashes, lost replies and errors only, and no sweep that would hide a lost request. */
  live: {
    taste: { sweep: false, operator: false, outages: true },
    rates: {
      error: 0.01,
      lost: 0.006,
      crashBefore: 0.004,
      crashAfter: 0.004,
      failed: 0.15,
      slow: 0.05,
      forgotten: 0.05,
      vanished: 0.03,
      duplicate: 0.03,
      delay: 0.03,
    },
  },
  /** Requests that come late and processes that come back. */
  zombie: {
    taste: { sweep: true, operator: false, outages: false },
    rates: {
      late: 0.012,
      freeze: 0.012,
      stall: 0.012,
      stale: 0.02,
      crashAfter: 0.003,
      lost: 0.003,
      duplicate: 0.05,
      delay: 0.03,
      skew: 0.05,
      slow: 0.03,
    },
  },
  /** People with a console. */
  drift: {
    taste: { sweep: true, operator: true, outages: false },
    rates: {
      error: 0.005,
      lost: 0.004,
      crashAfter: 0.003,
      duplicate: 0.02,
      delay: 0.02,
      failed: 0.05,
      stale: 0.02,
    },
  },
  /** Everything at once. */
  general: {
    taste: { sweep: true, operator: false, outages: true },
    rates: {
      error: 0.008,
      lost: 0.004,
      crashBefore: 0.003,
      crashAfter: 0.003,
      late: 0.004,
      freeze: 0.004,
      stall: 0.004,
      stale: 0.02,
      failed: 0.1,
      slow: 0.05,
      forgotten: 0.03,
      duplicate: 0.04,
      delay: 0.04,
      skew: 0.05,
      build: 0.1,
    },
  },
  /** Steps, gates, standby; people who roll back, abort, promote and hold; a bit of everything that breaks. */
  rollout: {
    taste: { sweep: true, operator: false, outages: true, rollout: true },
    rates: {
      error: 0.006,
      lost: 0.003,
      crashBefore: 0.002,
      crashAfter: 0.002,
      late: 0.003,
      freeze: 0.003,
      stall: 0.003,
      stale: 0.015,
      failed: 0.05,
      slow: 0.03,
      forgotten: 0.02,
      duplicate: 0.04,
      delay: 0.04,
      skew: 0.03,
    },
  },
  /** Services that are parked and woken, also by processes that come back. */
  park: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, park: true },
    rates: RETURNING,
  },
  /** Services that are parked outside their hours, beside people and releases who want them otherwise. */
  hours: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, hours: true },
    rates: RETURNING,
  },
  /** The live model is undeployed before a candidate is deployed, and what fails has to give its place back. */
  recreate: {
    taste: { sweep: true, operator: false, outages: true, rollout: true, recreate: true },
    rates: RETURNING,
  },
  /** Replicas that change in slipway.yaml and by hand, and standbys that shrink. */
  scale: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, scale: true },
    rates: {
      error: 0.006,
      lost: 0.006,
      crashBefore: 0.003,
      crashAfter: 0.004,
      late: 0.004,
      freeze: 0.004,
      stall: 0.004,
      stale: 0.015,
      failed: 0.08,
      slow: 0.05,
      forgotten: 0.04,
      vanished: 0.02,
      duplicate: 0.04,
      delay: 0.03,
    },
  },
  /** What Google refuses, or does not finish, for hours and for good; the rest at low rates. */
  lasting: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, lasting: true },
    rates: {
      error: 0.002,
      lost: 0.001,
      crashBefore: 0.001,
      crashAfter: 0.001,
      duplicate: 0.02,
      delay: 0.01,
    },
  },
  /** Up to 200 artifacts within seconds. */
  burst: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, load: 'burst' },
    rates: {
      error: 0.001,
      lost: 0.0005,
      crashAfter: 0.0005,
      crashBefore: 0.0005,
      duplicate: 0.02,
      delay: 0.01,
    },
  },
  /** Months of releases. */
  year: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, load: 'year' },
    rates: { error: 0.001, lost: 0.0005, crashAfter: 0.0005, failed: 0.01, duplicate: 0.02, delay: 0.01 },
  },
  /** Files and tables that are answered in batch, while models go live and are rolled back. */
  batch: {
    taste: { sweep: true, operator: false, outages: false, batch: true },
    rates: {
      error: 0.012,
      lost: 0.008,
      crashBefore: 0.005,
      crashAfter: 0.005,
      late: 0.004,
      freeze: 0.004,
      stall: 0.004,
      stale: 0.02,
      duplicate: 0.05,
      delay: 0.03,
    },
  },
  /** Calls and files that take nearly as long as they may. */
  slow: {
    taste: { sweep: true, operator: false, outages: false, rollout: true, load: 'slow' },
    rates: { lasts: 0.03, error: 0.002, crashAfter: 0.002, duplicate: 0.15, delay: 0.1, slow: 0.03 },
  },
} as const satisfies Record<string, { taste: Taste; rates: Rates }>;

export type Profile = keyof typeof PROFILES;

export const HANDLERS: Handlers = { artifacts: handleArtifact, requests: handleRequest, ticks: handleTick };

export async function runSeed(
  profile: Profile,
  seed: number,
  handlers = HANDLERS,
  trace = false,
): Promise<Run> {
  const { taste, rates } = PROFILES[profile];
  const scenario = drawScenario(seed, taste);
  return play(seed, scenario, new DrawnFaults(seed, rates, START + scenario.healAt), handlers, trace);
}

export async function runTape(tape: Tape, handlers = HANDLERS, trace = false): Promise<Run> {
  return play(tape.seed, tape.scenario, new ListedFaults(tape.faults), handlers, trace);
}

export async function play(
  seed: number,
  scenario: Scenario,
  faults: Faults,
  handlers: Handlers,
  trace: boolean,
): Promise<Run> {
  if (scenario.batch !== undefined)
    return playBatches({ seed, scenario, batch: scenario.batch, faults, handlers, trace });
  const sim = new Simulation({ seed, scenario, faults, handlers, trace });
  await sim.run();
  return {
    seed,
    scenario,
    faults: faults.struck,
    violation: sim.watch.violation,
    calls: sim.calls.counts,
    callCount: sim.calls.total,
    hours: sim.hours,
    mostDeployed: sim.watch.mostDeployed,
    mostCalls: sim.watch.bounds.mostCalls,
    releases: sim.watch.releases,
    lines: sim.lines,
  };
}

async function playBatches(setting: ConstructorParameters<typeof BatchSimulation>[0]): Promise<Run> {
  const sim = new BatchSimulation(setting);
  await sim.run();
  return {
    seed: setting.seed,
    scenario: setting.scenario,
    faults: setting.faults.struck,
    violation: sim.watch.violation,
    calls: sim.calls.counts,
    callCount: sim.calls.total,
    hours: sim.since / 3_600_000,
    mostDeployed: 0,
    mostCalls: 0,
    releases: sim.watch.jobs,
    lines: sim.lines,
  };
}
