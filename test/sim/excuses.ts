/**
 * Why a release may have ended otherwise than Live: for each code what the run must really have given it. Whatever
 * has no excuse here breaks L1.
 */
import type { Request } from '../../functions/release/ledger/ledger.ts';
import type { Facts, Told } from './facts.ts';
import type { WatchedRun } from './run-context.ts';

/** The engine gives a release up after this many definite failures. */
const FAILURES_MAX = 5;
/** Clocks of processes may be wrong by ten minutes either way. */
const SKEW_MS = 20 * 60_000;

/** In a queue that is longer the oldest gives way, whatever becomes of the newer ones. */
const WAITING_MAX = 16;

interface Case {
  readonly sim: WatchedRun;
  readonly facts: Facts;
  readonly request: Request;
  readonly told: Told;
}

type Excuse = (given: Case) => boolean;

/** An attempt at it has failed, often enough or for good; or what it was to release is not there any more. */
const hasFailed: Excuse = ({ sim, facts, request }) => {
  const { passing, final } = facts.failures.get(request.id) ?? { passing: 0, final: 0 };
  // With nothing that serves the first failure is the last.
  const most = sim.scenario.recreate === true ? 1 : FAILURES_MAX;
  return final > 0 || passing >= most || facts.wasReplaced(request) || facts.acts.size > 0;
};

const DIES = /^(crash|freeze|stall|late)/;

const EXCUSES: Readonly<Record<string, Excuse>> = {
  // What its manifest promises is not what is there.
  MANIFEST_INVALID: ({ facts, request }) =>
    facts.generation(request)?.flaw === 'manifest' || facts.wasReplaced(request),
  // Somebody has taken it away.
  ARTIFACT_NOT_FOUND: ({ facts, request }) =>
    facts.acts.has('delete the artifact') || facts.wasReplaced(request),
  // Somebody has written over it, and not the same again.
  ARTIFACT_OVERWRITTEN: ({ facts, request }) => facts.wasReplaced(request),
  // Its files take longer to read than there is time for, or the process that reads them freezes.
  ARTIFACT_SLOW: ({ sim }) =>
    (sim.scenario.readingMs ?? 0) > 60_000 ||
    sim.faults.struck.some(({ site, fault }) => site.startsWith('artifacts.') && DIES.test(fault.is)),
  // The processes that were to examine it died of it, or of something else, again and again.
  ARTIFACT_UNREADABLE: ({ sim }) => sim.faults.struck.filter(({ fault }) => DIES.test(fault.is)).length >= 3,
  // What is in its place could not be taken away.
  UNDEPLOY_FAILED: ({ sim }) =>
    sim.scenario.recreate === true && sim.faults.struck.some(({ site }) => /deploy|operation/.test(site)),
  UPLOAD_FAILED: hasFailed,
  ENDPOINT_FAILED: hasFailed,
  // It has had its time, by a clock that may be wrong.
  DEADLINE_EXCEEDED: ({ sim, facts, request }) => {
    const started = facts.startedAt.get(request.id) ?? Infinity;
    return sim.agenda.now - started >= sim.scenario.deadlineMs - SKEW_MS;
  },
  // It answers its golden rows wrongly.
  GATE_GOLDEN: ({ facts, request }) =>
    facts.generation(request)?.flaw === 'answers' || facts.wasReplaced(request),
  // It answers otherwise than the live model, also where that is the one that is wrong.
  GATE_COMPARISON: ({ sim }) => sim.artifacts.history.some(({ flaw }) => flaw === 'answers'),
  // It fails often.
  GATE_METRICS: ({ facts, request }) =>
    facts.generation(request)?.flaw === 'errors' || facts.wasReplaced(request),
  // Nobody called it, and that is to count against it.
  GATE_UNSURE: ({ sim }) => sim.scenario.rollout?.whenUnsure === 'fail',
  // Its inputs or outputs are others, or those of the live model were.
  CONTRACT_BROKEN: ({ sim }) => sim.artifacts.history.some(({ flaw }) => flaw === 'contract'),
  // A person asked for it: a rollback gives up what is in progress.
  ABORTED: ({ facts }) => facts.was('abort', 'rollback'),
  ROLLED_BACK: ({ facts }) => facts.was('rollback'),
  // Others have all the traffic.
  TRAFFIC_HELD: ({ sim, facts }) =>
    sim.scenario.foreignServes === true ||
    facts.acts.has('foreign model takes all') ||
    facts.acts.has('give a foreign model a share'),
  // Something newer went live, or more that was newer waited than a ledger holds.
  SUPERSEDED: ({ facts, request, told }) =>
    facts.told.some((t) => t.result === 'Live' && facts.isNewer(t.release, request)) ||
    facts.newerThan(request, told.endedAt) >= WAITING_MAX,
};

/** Codes of the candidate's own faults: no refusal of Google's excuses them. */
const ITS_OWN: ReadonlySet<string> = new Set([
  'MANIFEST_INVALID',
  'ARTIFACT_OVERWRITTEN',
  'GATE_GOLDEN',
  'GATE_COMPARISON',
  'GATE_METRICS',
  'CONTRACT_BROKEN',
  'SUPERSEDED',
]);

/** `wasLive`: it had been live, and is uploaded. Null: there is an excuse; else what is wrong. */
export function withoutExcuse(given: Case, wasLive: boolean): string | null {
  const { facts, told, request } = given;
  const code = told.cause?.code;
  const why = `${request.id} ended ${told.result} (${code}: ${told.cause?.detail}) without a reason`;
  if (code === undefined) return why;
  // What was live needs its artifact only if somebody takes the version away.
  const isUploaded = wasLive && !facts.acts.has('delete the live version');
  if (isUploaded && (code.startsWith('ARTIFACT_') || code === 'MANIFEST_INVALID')) return why;
  const excuse = EXCUSES[code] ?? (code.startsWith('DEPLOY_') ? hasFailed : () => false);
  if (excuse(given) && code !== 'DEADLINE_EXCEEDED') return null;
  const isLate = code === 'DEADLINE_EXCEEDED' && excuse(given);
  if (!isLate && ITS_OWN.has(code)) return why;
  return isRefusedByGoogle(given, isLate) ? null : why;
}

/** Google refused something that it needs, or left it hanging, while it was in progress. */
function isRefusedByGoogle({ sim, facts, request, told }: Case, isLate: boolean): boolean {
  if (isRefusedByChance(sim)) return true;
  if (sim.scenario.lasting === undefined) return isLate;
  const since = sim.agenda.now - sim.since;
  // One that ends as soon as it begins never shows in the ledger.
  const from = (facts.startedAt.get(request.id) ?? request.acceptedAt) - since;
  const troubles = sim.lasting.between(from, told.endedAt - since);
  // With none of them it has no reason to be late but the faults of the run, which are few, and its own steps.
  return troubles.length > 0 || (isLate && (sim.faults.struck.length > 0 || takesLong(sim)));
}

/** Faults that are drawn one by one may come to a refusal that lasts: the engine takes so many of one call for one. */
const FEWEST = 6;
const TEN_MINUTES = 600_000;

function isRefusedByChance({ faults, scenario }: WatchedRun): boolean {
  if (scenario.outages.some(({ ms }) => ms >= TEN_MINUTES)) return true;
  const errors = faults.struck
    .filter(({ fault }) => fault.is === 'error')
    .map(({ site }) => site.split('#')[0]);
  return errors.some((site) => errors.filter((other) => other === site).length >= FEWEST);
}

/** With bakes, and gates that wait for evidence, a release may take most of its deadline, or more. */
function takesLong({ scenario }: WatchedRun): boolean {
  const { durations, rollout, deadlineMs } = scenario;
  const bakes = rollout?.steps.reduce((sum, { bakeMs }) => sum + bakeMs, 600_000) ?? 0;
  return 1.4 * (durations.upload + durations.deploy + durations.undeploy) + bakes > 0.7 * deadlineMs;
}
