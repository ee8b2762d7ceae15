/** What happens to the batches of a service, drawn by the seed. Times are in ms after the beginning. */
import { Chance } from '../../support/random.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

export type BatchInput =
  | {
      readonly at: number;
      readonly do: 'land';
      readonly name: string;
      readonly rows: number;
      readonly isWrong: boolean;
    }
  | { readonly at: number; readonly do: 'ask'; readonly name: string; readonly requestId: string }
  | { readonly at: number; readonly do: 'cancel' }
  /** What the ledger of the releases says from then on. */
  | {
      readonly at: number;
      readonly do: 'live';
      readonly version: string | null;
      readonly from: string | null;
    }
  | { readonly at: number; readonly do: 'hold' | 'resume' };

/** How a job ends that nobody cancels. `early`: half of its rows are not answered; null: it hangs. */
export type JobEnd = 'well' | 'someErrors' | 'manyErrors' | 'early' | 'failed' | null;

export interface BatchScenario {
  readonly inputs: readonly BatchInput[];
  readonly ordered: boolean;
  readonly onHold: 'wait' | 'refuse';
  readonly maxConcurrent: number;
  readonly maxErrorRate: number;
  readonly hasSchedule: boolean;
  /** Results answer by key. */
  readonly isPublished: boolean;
  readonly ends: readonly (readonly [JobEnd, number])[];
  /** How long a job is not listed after its creation, at most. */
  readonly hiddenMs: number;
}

export const VERSIONS = ['1', '2', '3'] as const;

export function drawBatches(seed: number): { batch: BatchScenario; healAt: number } {
  const chance = new Chance(seed ^ 0x1d872b41);
  const inputs: BatchInput[] = [];
  const files = chance.whole('files', 1, 4);
  for (let i = 0; i < files; i += 1) {
    const name = `in/${chance.whole('name', 1, 3)}.jsonl`;
    const at = chance.whole('landing', 1_000, 90 * MINUTE);
    const rows = chance.pick('rows', [1, 4, 40]);
    inputs.push({ at, do: 'land', name, rows, isWrong: chance.chance('wrong', 0.08) });
    if (!chance.chance('asked', 0.3)) continue;
    const asked = { do: 'ask', name, requestId: `ask-${i}` } as const;
    inputs.push({ ...asked, at: at + chance.whole('asking', 1_000, HOUR) });
    if (chance.chance('twice', 0.5))
      inputs.push({ ...asked, at: at + chance.whole('asking', 1_000, 3 * HOUR) });
  }
  inputs.push(...drawReleases(chance));
  if (chance.chance('cancel', 0.2))
    inputs.push({ at: chance.whole('cancel', MINUTE, 3 * HOUR), do: 'cancel' });
  if (chance.chance('hold', 0.25)) {
    const at = chance.whole('hold', 1_000, 2 * HOUR);
    inputs.push({ at, do: 'hold' }, { at: at + chance.whole('held', MINUTE, 4 * HOUR), do: 'resume' });
  }
  const batch: BatchScenario = {
    inputs: inputs.toSorted((a, b) => a.at - b.at),
    ordered: chance.chance('ordered', 0.5),
    onHold: chance.chance('onHold', 0.75) ? 'wait' : 'refuse',
    maxConcurrent: chance.whole('concurrent', 1, 3),
    maxErrorRate: chance.pick('errorRate', [0, 0.3]),
    hasSchedule: chance.chance('schedule', 0.15),
    isPublished: chance.chance('published', 0.5),
    ends: [
      ['well', 0.6],
      ['someErrors', 0.1],
      ['manyErrors', 0.08],
      ['early', 0.08],
      ['failed', 0.08],
      [null, 0.06],
    ],
    hiddenMs: chance.pick('hidden', [0, 10_000, 90_000]),
  };
  return { batch, healAt: 4 * HOUR };
}

/** A first release, sooner or later; then newer ones, and rollbacks from them. */
function drawReleases(chance: Chance): BatchInput[] {
  const events: BatchInput[] = [];
  let at = chance.chance('early', 0.7) ? 0 : chance.whole('first', MINUTE, 2 * HOUR);
  events.push({ at, do: 'live', version: '1', from: null });
  let newest = 1;
  let live = 1;
  for (let i = 0; i < chance.whole('releases', 0, 2); i += 1) {
    at += chance.whole('next', 5 * MINUTE, 90 * MINUTE);
    newest += 1;
    events.push({ at, do: 'live', version: String(newest), from: null });
    if (chance.chance('rollback', 0.5)) {
      at += chance.whole('back', MINUTE, HOUR);
      events.push({ at, do: 'live', version: String(live), from: String(newest) });
    } else live = newest;
  }
  return events;
}
