/** Whether a model answers the same row the same way again, whatever it was asked in between. */
import { RunError } from '../model/model-error.ts';
import type { Runtime } from '../model/runtime.ts';
import { allowance, rowDifference } from './rows.ts';
import { tryRun, type Sample } from './samples.ts';

const ASKED_AGAIN = 4;

/** True if samples that have been asked before others are answered as before. */
export async function isSteady(runtime: Runtime, samples: readonly Sample[]): Promise<boolean> {
  for (const { row, results } of samples.slice(0, ASKED_AGAIN)) {
    const again = await tryRun(runtime, row);
    if (again instanceof RunError) return false;
    for (const [i, before] of results.entries()) {
      const now = again[i];
      if (now === undefined || rowDifference(before, now, 0, allowance(row, before), '') !== null)
        return false;
    }
  }
  return true;
}
