import type { Verdict } from '../publish/outcome.ts';

/** What one gate says of a candidate, before it is a verdict with a step and a time. */
export type Judgement = Pick<Verdict, 'verdict' | 'reason'>;
