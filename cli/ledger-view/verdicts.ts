/** What the gates have said of a release, as JSON and in words. Pure. */
import type { Verdict } from '../../functions/release/publish/outcome.ts';
import type { Theme, Style } from '../terminal/screen.ts';
import { iso, printable } from '../terminal/words.ts';

/** The shape is documented in docs/cli.md. */
export interface VerdictView {
  readonly gate: Verdict['gate'];
  /** Of the rollout's steps, from 1. */
  readonly step: number;
  /** hold: there was too little evidence. */
  readonly verdict: Verdict['verdict'];
  readonly reason: string;
  readonly at: string;
}

export function verdictViews(verdicts: readonly Verdict[] | undefined): VerdictView[] {
  return (verdicts ?? []).map(({ gate, step, verdict, reason, at }) => ({
    gate,
    step: step + 1,
    verdict,
    reason: printable(reason),
    at: iso(at),
  }));
}

const SAID: Record<Verdict['verdict'], readonly [Style, string]> = {
  pass: ['green', 'passed'],
  fail: ['red', 'failed'],
  hold: ['yellow', 'is inconclusive'],
};

/** `metrics passed in step 2: 412 requests, 0.2 % errors`. The contract is looked at before there are any steps. */
export function verdictText({ gate, step, verdict, reason }: VerdictView, { paint }: Theme): string {
  const [style, said] = SAID[verdict];
  const where = gate === 'contract' ? '' : ` in step ${step}`;
  return `${gate} ${paint(style, said)}${where}${reason === '' ? '' : `: ${reason}`}`;
}
