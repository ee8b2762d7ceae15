/** When the schedule of a service asks for a batch. Pure. */
import type { Batch } from '../config/batch.ts';
import { previousRun } from '../config/cron.ts';
import type { Instant } from '../world.ts';

/** A time that was missed by more than this is passed over: the next one comes. */
const MISSED_MS = 21_600_000;

/** The time of the schedule that is due, or null. `last`: the one that was answered last. */
export function dueRun(schedule: Batch['schedule'], last: Instant | null, now: Instant): Instant | null {
  if (schedule === null) return null;
  const { everyMs, cron } = schedule;
  const at =
    everyMs !== null ? Math.floor(now / everyMs) * everyMs : cron === null ? null : previousRun(cron, now);
  if (at === null || now - at > MISSED_MS) return null;
  return last === null || at > last ? at : null;
}
