/**
 * The metrics gate: what Cloud Monitoring has of the candidate while it baked, beside what it has of the live model.
 */
import type { Gates } from '../../config/rollout.ts';
import type { Served } from '../../world.ts';
import type { Judgement } from './judgement.ts';

/** `live`: null where there is none to compare with. */
export function judgeMetrics(
  candidate: Served | undefined,
  live: Served | null | undefined,
  policy: NonNullable<Gates['metrics']>,
): Judgement {
  const served = candidate?.requests ?? 0;
  if (candidate === undefined || served < policy.minSample)
    return { verdict: 'hold', reason: `the candidate has served ${served} of ${policy.minSample} requests` };
  if (live !== null && (live?.requests ?? 0) < policy.minSample) {
    const reason = `the live model has served ${live?.requests ?? 0} of ${policy.minSample} requests`;
    return { verdict: 'hold', reason };
  }
  const mine = candidate.errors / candidate.requests;
  const theirs = live ? live.errors / live.requests : 0;
  if (mine > theirs + policy.errorRate) {
    const reason = `${percent(mine)} of the candidate's requests failed, ${percent(theirs)} of the live model's`;
    return { verdict: 'fail', reason: `${reason} (at most ${percent(policy.errorRate)} more)` };
  }
  const [slow, usual] = [candidate.p95Ms, live?.p95Ms ?? null];
  if (slow !== null && usual !== null && slow > usual * policy.p95Ratio) {
    const reason = `p95 of the candidate is ${Math.round(slow)} ms, of the live model ${Math.round(usual)} ms`;
    return { verdict: 'fail', reason: `${reason} (at most ${policy.p95Ratio} times)` };
  }
  const reason = `${candidate.requests} requests: ${percent(mine)} failed, p95 ${slow === null ? 'unknown' : `${Math.round(slow)} ms`}`;
  return { verdict: 'pass', reason };
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
