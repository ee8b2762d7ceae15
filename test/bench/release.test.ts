/** The bench of releases: that it measures what it says. */
import { describe, expect, it } from 'vitest';
import { measure } from '../../bench/release/releases.ts';

describe('releases of several services at once', () => {
  it('go live in little more than the time of their operations, at the same number of calls each', async () => {
    const alone = await measure(1);
    const together = await measure(5);
    expect(alone).toMatchObject({ services: 1, releases: 1, busiestMinute: { submissions: 1 } });
    expect(alone.overhead).toBeGreaterThan(1);
    expect(alone.overhead).toBeLessThanOrEqual(1.05);
    // Eleven of them are reads of the ledger, once a minute of an operation: a rollback does not wait for its end.
    expect(alone.callsPerRelease).toBeLessThanOrEqual(70);
    expect(together).toMatchObject({ services: 5, releases: 5, busiestMinute: { submissions: 5 } });
    expect(together.callsPerRelease).toBeLessThanOrEqual(alone.callsPerRelease * 1.1);
  });
});
