/** What one object of Cloud Storage asks of those who read and write it again and again. */
import { CallError, isTransient } from '../../errors.ts';
import type { Instant, World } from '../../world.ts';
import { backOff } from '../refusals/back-off.ts';

type PatientWorld = Pick<World, 'clock' | 'random'>;

/** Cloud Storage takes about one write a second of one name. */
const WRITE_SPACING_MS = 1_100;
const TRIES_MAX = 6;

/** Waits until the object that was written then may be written again. */
export async function respectWriteRate(world: PatientWorld, updatedAt: Instant): Promise<void> {
  const since = world.clock.now() - updatedAt;
  if (since >= 0 && since < WRITE_SPACING_MS) await world.clock.sleep(WRITE_SPACING_MS - since);
}

/** Repeats a read that failed for a passing reason. */
export async function withReadRetries<T>(world: PatientWorld, read: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CallError) || !isTransient(error.status) || n >= TRIES_MAX) throw error;
      await world.clock.sleep(backOff(n, 2_000, 32_000, world.random));
    }
  }
}
