/** One request on its way through the batches. */
import type { RenderRow } from './render.ts';

export type Outcome =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: unknown };

export interface Job {
  readonly rows: number;
  /** The answers' JSON so far, if the request takes more than one run. `from`: the first instance it answers. */
  readonly parts: { readonly from: number; readonly text: string }[];
  /** Instances that have no answer yet. */
  waiting: number;
  /** JSON text of each instance's `key`, or null when none has one. */
  readonly keys: readonly (string | null)[] | null;
  readonly render: RenderRow;
  /** Milliseconds, of performance.now(). */
  readonly since: number;
  /** True once it is answered: nothing more is run for it. */
  settled: boolean;
  /** True if the caller has hung up. */
  readonly isGone: () => boolean;
  /** Called once. */
  readonly settle: (outcome: Outcome) => void;
}

/** Answers the job, once. Never throws: whoever runs others' rows besides must get on. */
export function settle(job: Job, outcome: Outcome): void {
  if (job.settled) return;
  job.settled = true;
  try {
    job.settle(outcome);
  } catch {
    // It was the answer's last way out; its caller has to see to it that it has another.
  }
}
