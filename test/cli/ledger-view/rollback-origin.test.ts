import { expect, it } from 'vitest';
import { wentBackFrom } from '../../../cli/ledger-view/rollback-origin.ts';
import { causeOf } from '../../../functions/release/publish/outcome.ts';
import { ledger, outcome, releaseOf, request } from '../fixtures.ts';

const v2 = request('v2', 30);
const back = request('v1', 5, {
  id: 'r-back00000000',
  askedBy: 'request',
  rollback: { from: v2.id, deployedModel: '1234567890' },
});

it.each([
  ['waits', { queue: [back] }],
  ['is in progress', { release: releaseOf(back) }],
  ['is live', { live: { request: back, attempt: 1, deployedModel: '1234567890', since: 1 } }],
])('reads it from the request of one that %s', (_, state) => {
  expect(wentBackFrom(ledger(state), back.id)).toBe(v2.id);
});

it('reads it from the end of the other, which came with its own', () => {
  const live = outcome(back, 1);
  const given = outcome(v2, 1, {
    result: 'RolledBack',
    cause: causeOf('ROLLED_BACK', ''),
    endedAt: live.endedAt,
  });
  expect(wentBackFrom(ledger({ outcomes: [live, given] }), back.id)).toBe(v2.id);
  expect(wentBackFrom(ledger({ outcomes: [live, { ...given, endedAt: 1 }] }), back.id)).toBeNull();
  expect(wentBackFrom(ledger({ outcomes: [live, given] }), v2.id)).toBeNull();
});

it('finds none for what is no rollback, or is not known', () => {
  expect(wentBackFrom(ledger({ release: releaseOf(v2) }), v2.id)).toBeNull();
  expect(wentBackFrom(ledger(), v2.id)).toBeNull();
});
