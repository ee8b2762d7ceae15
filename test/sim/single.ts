/**
 * Every single fault: each call, message, operation and process of a run without faults, struck once by every fault
 * that can strike there. Necessary and not sufficient: what takes two faults is left to the drawn profiles.
 */
import {
  CALL_ERRORS,
  ListedFaults,
  placeOfSite,
  STRIKES,
  type Fault,
  type Kind,
  type Place,
  type Struck,
} from './faults.ts';
import { HANDLERS, play, type Tape } from './run.ts';
import { PLAIN, USUAL, type Scenario } from './scenario.ts';

const MINUTE = 60_000;

/** Quicker operations than PLAIN's: fewer polls to strike, and the same story. */
const QUICK = {
  createEndpoint: 4_000,
  upload: 20_000,
  deploy: 4 * MINUTE,
  undeploy: MINUTE,
  deleteVersion: 5_000,
};

export const SINGLES = {
  /** The first release of a service, on an endpoint that has to be made. */
  'first release': { ...PLAIN, endpoint: 'none', durations: QUICK },
  /** A second artifact follows once the first is live; versions are few, and sights early. */
  'next release': {
    ...PLAIN,
    durations: QUICK,
    keepVersions: 1,
    inputs: [
      { at: 1_000, do: 'land', folder: 'v1', flaw: null },
      { at: 10 * MINUTE, do: 'land', folder: 'v2', flaw: null },
    ],
    switches: {
      ...USUAL,
      earlyModel: true,
      earlyVersion: true,
      trafficWhileDeploying: true,
      trafficWhileUndeploying: true,
      etagOnDeploy: false,
      etagOnUndeploy: false,
    },
  },
  /** A newer artifact lands while the first is being deployed, and failed models stay. */
  'overtaken release': {
    ...PLAIN,
    durations: QUICK,
    inputs: [
      { at: 1_000, do: 'land', folder: 'v1', flaw: null },
      { at: 2 * MINUTE, do: 'land', folder: 'v2', flaw: null },
    ],
    switches: {
      ...USUAL,
      duplicate: 'operation',
      failedModelStays: true,
      oneAtATime: true,
      staleEtag: 'FAILED_PRECONDITION',
    },
  },
  /** The newer artifact is flawed, then an older one is asked for. */
  'rollback after a flaw': {
    ...PLAIN,
    durations: QUICK,
    inputs: [
      { at: 1_000, do: 'land', folder: 'v1', flaw: null },
      { at: 8 * MINUTE, do: 'land', folder: 'v2', flaw: 'deploy' },
      { at: 20 * MINUTE, do: 'ask', folder: 'v1', requestId: 'back' },
    ],
  },
  /** A canary that answers wrongly, then one that is good, then somebody goes back to the one before. */
  rollout: {
    ...PLAIN,
    durations: QUICK,
    sweep: 30 * MINUTE,
    inputs: [
      { at: 1_000, do: 'land', folder: 'v1', flaw: null },
      { at: 8 * MINUTE, do: 'land', folder: 'v2', flaw: 'answers' },
      { at: 18 * MINUTE, do: 'land', folder: 'v3', flaw: null },
      { at: 32 * MINUTE, do: 'command', action: 'rollback' },
    ],
    rollout: {
      steps: [
        { traffic: 10, bakeMs: 30_000 },
        { traffic: 100, bakeMs: 0 },
      ],
      standbyMs: 20 * MINUTE,
      gates: ['contract', 'golden', 'comparison'],
      whenUnsure: 'fail',
      perMinute: 60,
    },
  },
} as const satisfies Record<string, Scenario>;

/** `seed` decides latencies only. */
const SEED = 1;

/** Faults that may leave behind what only the sweep finds. */
const NEED_SWEEP: ReadonlySet<Kind> = new Set(['late', 'freeze', 'stall', 'stale', 'skew']);

/** All single-fault tapes of a scenario. */
export async function singleFaults(scenario: Scenario): Promise<Tape[]> {
  const faults = new ListedFaults([]);
  await play(SEED, scenario, faults, HANDLERS, false);
  const tapes: Tape[] = [];
  for (const [site, times] of faults.passed) {
    const variants = variantsOf(placeOfSite(site));
    for (let n = 1; n <= times; n += 1) {
      for (const fault of variants) tapes.push(tapeOf(scenario, { site: `${site}#${n}`, fault }));
    }
  }
  return tapes;
}

function tapeOf(scenario: Scenario, struck: Struck): Tape {
  const sweep = NEED_SWEEP.has(struck.fault.is) ? 30 * MINUTE : null;
  return { seed: SEED, scenario: { ...scenario, sweep, healAt: 2 * 60 * MINUTE }, faults: [struck] };
}

function variantsOf(place: Place): Fault[] {
  return STRIKES[place].flatMap(([kind]) => variants(kind, place));
}

const FROZEN = [2, 12, 50].map((minutes) => minutes * MINUTE);

function variants(kind: Kind, place: Place): Fault[] {
  switch (kind) {
    case 'error': {
      const statuses =
        place === 'mutation' ? CALL_ERRORS : CALL_ERRORS.filter((status) => status !== 'NOT_FOUND');
      return statuses.map((status) => ({ is: 'error', status }));
    }
    case 'lost':
      return (['DEADLINE_EXCEEDED', 'UNAVAILABLE'] as const).map((status) => ({ is: 'lost', status }));
    case 'late':
    case 'freeze':
    case 'stall':
      return FROZEN.map((ms) => ({ is: kind, ms }));
    case 'stale':
      return [{ is: 'stale', ms: 15_000 }];
    case 'duplicate':
    case 'delay':
      return [1_000, 5 * MINUTE, 40 * MINUTE].map((ms) => ({ is: kind, ms }));
    case 'failed':
      return (['INTERNAL', 'FAILED_PRECONDITION'] as const).flatMap((status) => [
        { is: 'failed', status, kept: false },
        { is: 'failed', status, kept: true },
      ]);
    case 'slow':
      return [{ is: 'slow', times: 5 }];
    case 'lasts':
      return [{ is: 'lasts', ms: 58_000 }];
    case 'skew':
      return [
        { is: 'skew', ms: -10 * MINUTE },
        { is: 'skew', ms: 10 * MINUTE },
      ];
    default:
      return [{ is: kind }];
  }
}
