/** The bench of releases: that it measures what it says. */
import { describe, expect, it } from 'vitest';
import { measure } from '../../bench/release/releases.ts';

describe('releases of several services at once', () => {
  it('go live in little more than the time of their operations, at the same number of calls each', async () => {
    const [first, , third] = await measure(1, 3);
    const [together] = await measure(5);
    expect(first).toMatchObject({ services: 1, wave: 1, releases: 1, busiestMinute: { submissions: 1 } });
    expect(first?.overhead).toBeGreaterThan(1);
    expect(first?.overhead).toBeLessThanOrEqual(1.02);
    expect(first?.callsPerRelease).toBeLessThanOrEqual(74);
    // The one before it is undeployed, and how long operations take is known.
    expect(third).toMatchObject({ services: 1, wave: 3, releases: 1 });
    expect(third?.overhead).toBeLessThanOrEqual(1.011);
    expect(third?.callsPerRelease).toBeLessThanOrEqual(45);
    expect(third?.requestsPerRelease).toBeGreaterThan(third?.callsPerRelease ?? NaN);
    expect(together).toMatchObject({ services: 5, releases: 5, busiestMinute: { submissions: 5 } });
    expect(together?.callsPerRelease).toBeLessThanOrEqual(1.1 * (first?.callsPerRelease ?? NaN));
  });
});
