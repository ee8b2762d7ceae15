import { describe, expect, it } from 'vitest';
import { Doorbell } from '../../../../functions/release/requests/doorbell.ts';
import type { Clock } from '../../../../functions/world.ts';

/** A clock whose sleepers wake when the test says so. */
class HeldClock implements Clock {
  readonly #sleepers: (() => void)[] = [];

  now(): number {
    return 0;
  }

  sleep(): Promise<void> {
    return new Promise((resolve) => this.#sleepers.push(resolve));
  }

  pass(): void {
    for (const wake of this.#sleepers.splice(0)) wake();
  }
}

describe('a doorbell', () => {
  it('wakes who waits for that service, and nobody else', async () => {
    const clock = new HeldClock();
    const doorbell = new Doorbell(clock);
    const churn = doorbell.sleep('churn', 1_000);
    const fraud = doorbell.sleep('fraud', 1_000);
    doorbell.ring('churn');
    await expect(churn).resolves.toBe(true);
    clock.pass();
    await expect(fraud).resolves.toBe(false);
  });

  it('that nobody rings lets the time pass', async () => {
    const clock = new HeldClock();
    const pause = new Doorbell(clock).sleep('churn', 1_000);
    clock.pass();
    await expect(pause).resolves.toBe(false);
  });

  it('rung while nobody waits is heard by nobody: the ledger says what came in', async () => {
    const clock = new HeldClock();
    const doorbell = new Doorbell(clock);
    doorbell.ring('churn');
    const pause = doorbell.sleep('churn', 1_000);
    clock.pass();
    await expect(pause).resolves.toBe(false);
    doorbell.ring('churn');
  });

  it('wakes the second of two who wait, also once the first has woken', async () => {
    const clock = new HeldClock();
    const doorbell = new Doorbell(clock);
    const first = doorbell.sleep('churn', 1_000);
    clock.pass();
    const second = doorbell.sleep('churn', 1_000);
    await expect(first).resolves.toBe(false);
    doorbell.ring('churn');
    await expect(second).resolves.toBe(true);
  });
});
