/**
 * From the first percent to the last: a deployed candidate gets its traffic in steps, keeps each for its bake, and
 * proves itself to the gates on the way; or it gives its traffic back.
 */
import { isOfRegistry } from '../../../common/artifact/uri.ts';
import type { Service } from '../../config/config.ts';
import type { ProblemCode } from '../../problems.ts';
import type { DeployedModel, Endpoint, Instant } from '../../world.ts';
import { hopeless, isOverdue, whyOverdue } from './abandon.ts';
import { lastingRefusal, refusalOf } from '../refusals/lasting.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import { newerRequest } from '../ledger/queries.ts';
import type { Verdict } from '../publish/outcome.ts';
import { fail, record, type Action } from '../decisions.ts';
import { emptiedSplit } from './recreate.ts';
import {
  describeTraffic,
  isDeployed,
  isDeployedBy,
  sameTraffic,
  shareOf,
  splitBeforeUs,
  trafficFor,
  type Traffic,
} from '../traffic/traffic.ts';
import { positionOf, type Gate, type RolloutPosition } from '../view/position.ts';

export function rollOut(
  service: Service,
  ledger: Ledger,
  release: Release,
  seen: { readonly endpoint: Endpoint; readonly candidate: DeployedModel },
  now: Instant,
): Action {
  const { endpoint, candidate } = seen;
  const stage = positionOf(service, ledger, release, endpoint);
  const step = service.rollout.steps[stage.step] ?? { traffic: 100, bakeMs: 0 };
  const partner = stage.isShared ? (ledger.live?.deployedModel ?? null) : null;
  const traffic = trafficFor(service, endpoint, candidate.id, step.traffic, partner);
  if (traffic === null) {
    const detail = `endpoint ${endpoint.name} serves ${describeTraffic(endpoint.traffic)}`;
    return fail('TRAFFIC_HELD', detail);
  }
  if (!sameTraffic(traffic, endpoint.traffic)) {
    const late = withoutShift(service, ledger, release, endpoint, candidate, now);
    if (late !== null) return late;
    const isFirst = ledger.live === null && release.splitBefore === undefined && release.served !== true;
    if (isFirst && endpoint.traffic.size > 0)
      return record({ type: 'previousSplitRecorded', traffic: splitToGoBackTo(ledger, endpoint) });
    return { do: 'shift', endpoint, traffic };
  }

  if (ledger.outage?.since !== undefined) return record({ type: 'outageEnded' });
  const unproven = stage.isDirect ? null : prove(service, ledger, release, seen, stage, now);
  if (unproven !== null) return unproven;
  if (stage.step < service.rollout.steps.length - 1)
    return record({ type: 'stepPassed', step: stage.step + 1 });
  // Aliases are for people: where traffic has to be back in seconds they follow later. Those of others stay theirs.
  const isAliasable = release.request.rollback === undefined && !isOfRegistry(release.request);
  if (!release.aliased && isAliasable)
    return { do: 'moveAliases', model: candidate.model, version: candidate.version };
  return record({ type: 'wentLive', deployedModel: candidate.id, standbyMs: service.rollout.standbyMs });
}

/** What failed and could not give its traffic back is nothing to go back to: the split before it is. */
function splitToGoBackTo({ leftovers = [] }: Ledger, endpoint: Endpoint): [string, number][] {
  const ungiven = leftovers.find((l) => l.kind === 'giveBack' && shareOf(endpoint, l.subject) > 0);
  return ungiven === undefined ? [...endpoint.traffic] : (ungiven.splitBefore ?? []);
}

/** The end of a release whose next share of the traffic is refused for good, or too late. Null: it is worth a try. */
function withoutShift(
  service: Service,
  ledger: Ledger,
  release: Release,
  endpoint: Endpoint,
  candidate: DeployedModel,
  now: Instant,
): Action | null {
  const refusal = lastingRefusal(ledger, 'shift');
  if (refusal === null && !isOverdue(service, release, now)) return null;
  const { code, detail } = refusal ?? {
    code: 'DEADLINE_EXCEEDED' as const,
    detail: whyOverdue(ledger, release),
  };
  if (shareOf(endpoint, candidate.id) > 0) return goingBack(code, detail);
  return fail(code, detail);
}

/** What the candidate still has to show in this step. Null: nothing. */
function prove(
  service: Service,
  ledger: Ledger,
  release: Release,
  seen: { readonly endpoint: Endpoint; readonly candidate: DeployedModel },
  stage: RolloutPosition,
  now: Instant,
): Action | null {
  const { bakeMs } = service.rollout.steps[stage.step] ?? { bakeMs: 0 };
  const gates = gatesOf(service, stage);
  if (bakeMs === 0 && gates.length === 0) return null;
  // Also where the live model has gone half-way: with all the traffic its bake restarts.
  if (release.stepSince === undefined || (release.step ?? 0) !== stage.step)
    return record({ type: 'stepReached', step: stage.step });
  const bakedAt = release.stepSince + bakeMs;
  const isLate = (gate: Gate) =>
    now > bakedAt + service.rollout.gates.patienceMs && wasAsked(ledger, release, stage, gate);
  const open = gates.filter((gate) => !isPassed(service, release, stage, gate, isLate(gate)));
  if (open.length === 0 && now >= bakedAt) return null;

  const failed = open.map((gate) => verdictOf(release, stage, gate)).find((v) => v?.verdict === 'fail');
  if (failed !== undefined) return goingBack(CODES[failed.gate], failed.reason);
  const { live } = ledger;
  const next = newerRequest(ledger, release.request);
  // What has nowhere to go back to is brought to its end.
  if (next !== null && live !== null && isDeployed(seen.endpoint, live))
    return goingBack('SUPERSEDED', `superseded by ${next.id}`);
  const refusal = refusalOf(ledger, 'judge')?.detail ?? 'not judged';
  const reasons = open.map((gate) => verdictOf(release, stage, gate)?.reason ?? `${gate}: ${refusal}`);
  if (isOverdue(service, release, now))
    return goingBack('DEADLINE_EXCEEDED', [`still in step ${stage.step + 1}`, ...reasons].join('; '));
  if (open.some(isLate)) return goingBack('GATE_UNSURE', reasons.join('; '));
  const due = open.filter((gate) => gate !== 'metrics' || now >= bakedAt);
  const at = Math.max(now, release.judgeNotBefore ?? 0);
  if (due.length > 0 && at <= now) return { do: 'judge', gates: due, stage, release, ...seen };
  const until = due.length > 0 ? at : bakedAt;
  return { do: 'wait', ms: Math.max(1_000, until - now), why: 'bake' };
}

const CODES: Record<Verdict['gate'], ProblemCode> = {
  contract: 'CONTRACT_BROKEN',
  golden: 'GATE_GOLDEN',
  features: 'GATE_FEATURES',
  comparison: 'GATE_COMPARISON',
  metrics: 'GATE_METRICS',
};

/**
 * The gates of a step. Answers do not change from step to step: they are asked for in the first one, while the live
 * model still answers too. Without a bake nothing was served that the metrics could tell of.
 */
function gatesOf(service: Service, stage: RolloutPosition): Gate[] {
  const { gates, steps } = service.rollout;
  const isFirst = stage.step === 0 || !stage.isShared;
  const found: Gate[] = [];
  if (gates.golden !== null && isFirst) found.push('golden');
  if (gates.features !== null && isFirst) found.push('features');
  if (gates.comparison !== null && stage.isShared && isFirst) found.push('comparison');
  if (gates.metrics !== null && (steps[stage.step]?.bakeMs ?? 0) > 0) found.push('metrics');
  return found;
}

function isPassed(
  service: Service,
  release: Release,
  stage: RolloutPosition,
  gate: Gate,
  isLate: boolean,
): boolean {
  const found = verdictOf(release, stage, gate)?.verdict;
  if (found === 'pass') return true;
  return isLate && found !== 'fail' && service.rollout.gates.whenUnsure === 'pass';
}

/** A tick that comes late, as after an outage, asks once all the same: nothing is concluded from what nobody looked at. */
function wasAsked(ledger: Ledger, release: Release, stage: RolloutPosition, gate: Gate): boolean {
  return verdictOf(release, stage, gate) !== undefined || refusalOf(ledger, 'judge') !== null;
}

/** What is said of the answers in one step holds for the others. */
function verdictOf(release: Release, stage: RolloutPosition, gate: Gate): Verdict | undefined {
  return release.verdicts?.findLast((v) => v.gate === gate && (gate !== 'metrics' || v.step === stage.step));
}

/**
 * Gives the traffic back to the live model. With none, as with the first release of a service, the endpoint serves
 * what it served before, or nothing; where it is not deployed any more, what serves goes on until it is back, unless
 * there is room for one model alone.
 */
export function goBack(
  service: Service,
  ledger: Ledger,
  release: Release,
  endpoint: Endpoint | undefined,
  id: string,
  now: Instant,
): Action {
  const isFenceHopeless = hopeless(service, ledger, release, 'fence', now) !== null;
  if (endpoint === undefined || shareOf(endpoint, id) === 0) {
    // A read may be old, and somebody deposed may have a shift in flight to it: only a write of ours makes sure.
    const isThere = endpoint !== undefined && isDeployedBy(endpoint, release);
    const isDue = release.isBack !== true && (isThere || release.served === true);
    if (endpoint !== undefined && isDue && !isFenceHopeless) return { do: 'fence', endpoint };
    return record({ type: 'rollbackFinished' });
  }
  if (release.served !== true) return record({ type: 'hadTraffic' });
  const traffic = trafficWithout(service, ledger, release, endpoint);
  if (traffic === null) return record({ type: 'rollbackFinished' });
  const refusal = hopeless(service, ledger, release, 'shift', now);
  if (refusal !== null) {
    const split = `it still has ${shareOf(endpoint, id)} % of the traffic`;
    return record({ type: 'trafficStuck', detail: `${split}; ${refusal.detail}` });
  }
  const isOutage = service.rollout.strategy === 'recreate' && traffic.size === 0 && ledger.live !== null;
  if (isOutage && ledger.outage?.since === undefined) return record({ type: 'outageStarted' });
  return { do: 'shift', endpoint, traffic };
}

function trafficWithout(
  service: Service,
  { live }: Ledger,
  { splitBefore }: Release,
  endpoint: Endpoint,
): Traffic | null {
  if (live === null) return splitBeforeUs(endpoint, splitBefore);
  if (isDeployed(endpoint, live)) return trafficFor(service, endpoint, live.deployedModel);
  return service.rollout.strategy === 'recreate' ? emptiedSplit(service, endpoint) : null;
}

function goingBack(code: ProblemCode | 'SUPERSEDED', detail: string): Action {
  return record({ type: 'rollbackStarted', code, detail });
}
