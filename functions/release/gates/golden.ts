/** The golden gate: the candidate answers its golden rows as the model did where it was trained. */
import { firstDifference } from '../../../common/artifact/difference.ts';
import type { GoldenRow } from '../../../common/artifact/golden-row.ts';
import { expectedAnswers, type ProbeResult } from './probe.ts';
import type { Judgement } from './judgement.ts';

/** `percent`: the candidate's share of the traffic while it was asked. */
export function judgeGolden(
  rows: readonly GoldenRow[],
  heard: ProbeResult,
  candidate: string,
  percent: number,
  tolerance: number,
): Judgement {
  const answers = heard.answers.get(candidate);
  if (answers === undefined) return noAnswer(heard, percent);
  if (answers.length !== rows.length) {
    return { verdict: 'fail', reason: `${rows.length} rows were answered by ${answers.length} predictions` };
  }
  const wrong = rows.flatMap((row, i) => {
    const difference = firstDifference(row.prediction, answers[i], tolerance);
    return difference === null ? [] : [`line ${row.line}: ${difference}`];
  });
  if (wrong.length === 0) {
    return {
      verdict: 'pass',
      reason: `${rows.length} golden rows answered as expected (tolerance ${tolerance})`,
    };
  }
  const reason = `${wrong.length} of ${rows.length} golden rows answered wrongly; ${wrong[0]} (tolerance ${tolerance})`;
  return { verdict: 'fail', reason };
}

/**
 * A failure never says which model it is of: where the candidate should have answered, those that a container has
 * made are taken for its own. Where Vertex AI passes nothing on, nothing is known of the candidate.
 */
export function noAnswer(heard: ProbeResult, percent: number): Judgement {
  const { requests, failures, refusals, lastFailure, refusedBecause = null } = heard;
  const expected = expectedAnswers(heard, percent);
  if (expected >= 10 && refusals >= expected / 2) {
    const reason = `${refusals} of ${requests} requests failed and none was answered by the candidate; ${lastFailure}`;
    return { verdict: 'fail', reason };
  }
  if (refusedBecause !== null && failures > refusals) {
    return {
      verdict: 'hold',
      reason: `${refusedBecause} (${failures} of ${requests} requests; ${lastFailure})`,
    };
  }
  const failed = failures === 0 ? '' : `; ${failures} failed, the last with ${lastFailure}`;
  return { verdict: 'hold', reason: `none of ${requests} requests was answered by the candidate${failed}` };
}
