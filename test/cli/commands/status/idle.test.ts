/** A live model that nobody asks. */
import { describe, expect, it } from 'vitest';
import { idleOf, idleText } from '../../../../cli/commands/status/idle.ts';
import { CallError } from '../../../../functions/errors.ts';
import { atRest, NOW } from '../../fixtures.ts';

const { ledger } = atRest('v1');

describe('an idle model', () => {
  const clock = { now: () => NOW, sleep: () => Promise.resolve() };
  const long = { ...ledger, live: ledger.live && { ...ledger.live, since: NOW - 86_400_001 } };
  const answering = (requests: number) => ({
    served: () => Promise.resolve(new Map([['1', { requests, errors: 0, p95Ms: null }]])),
  });

  it('is one that was live all day, and asked nothing', async () => {
    expect(await idleOf({ clock, monitoring: answering(0) }, long)).toEqual({ hours: 24 });
    expect(await idleOf({ clock, monitoring: answering(1) }, long)).toBeNull();
    expect(await idleOf({ clock, monitoring: answering(0) }, ledger)).toBeNull();
    const parked = { ...long, parked: { since: NOW, reason: '' } };
    expect(await idleOf({ clock, monitoring: answering(0) }, parked)).toBeNull();
  });

  it('is not looked for where Cloud Monitoring does not tell', async () => {
    const refused = {
      served: () => Promise.reject(new CallError('ListTimeSeries', 'PERMISSION_DENIED', 'no')),
    };
    expect(await idleOf({ clock, monitoring: refused }, long)).toBeNull();
  });

  it('is told with what to do', () => {
    expect(idleText('churn', { hours: 24 })).toBe(
      'no requests in the last 24 h; "slipway park churn" ends its cost until it is woken',
    );
  });
});
