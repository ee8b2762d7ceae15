/** What a service costs an hour. */
import { describe, expect, it } from 'vitest';
import { costOf, costText } from '../../../../cli/commands/status/cost.ts';
import type { Endpoint } from '../../../../functions/world.ts';
import { churn, endpointWith } from '../../fixtures.ts';

describe('the cost of a service', () => {
  const endpoint = endpointWith([
    { folder: 'v1', percent: 100 },
    { folder: 'v0', percent: 0 },
  ]);
  const cost = (of: Endpoint | null) => costOf(churn, of);

  it('is that of all that Slipway has deployed', () => {
    const theirs = { id: '77', model: 'm', version: '3', displayName: 'theirs' };
    const shared = { ...endpoint, deployedModels: [...endpoint.deployedModels, theirs] };
    expect(costText(cost(shared), false)).toBe(
      'about $0.22 an hour: 2 replicas of n1-standard-2 (prices of 2026-11-28)',
    );
  });

  it('is nothing while the service is parked, and what it will be', () => {
    expect(costText(cost(null), true)).toBe('$0 an hour; awake about $0.11 (prices of 2026-11-28)');
  });

  it('is unknown where the table has no price', () => {
    const service = { ...churn, serving: { ...churn.serving, machineType: 'n9-mega-2' } };
    expect(costText(costOf(service, endpoint), false)).toBe(
      '2 replicas of n9-mega-2; no price of n9-mega-2 in the table',
    );
  });
});
