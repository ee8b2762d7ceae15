import { expect, it } from 'vitest';
import { withReached } from '../../../../functions/release/ledger/reached.ts';
import { ledger, releaseOf, request } from '../../../cli/fixtures.ts';

it('remembers when a release reached which stage; what a further attempt reaches again counts from then', () => {
  const begun = ledger({ release: releaseOf(request('v1')) });
  const deployed = withReached(begun, { type: 'deployed' }, 5);
  const stepped = withReached(deployed, { type: 'stepReached', step: 0 }, 7);
  expect(stepped.release?.reached).toEqual([
    ['deployed', 5],
    ['step 1', 7],
  ]);
  expect(withReached(stepped, { type: 'deployed' }, 9).release?.reached).toEqual([
    ['step 1', 7],
    ['deployed', 9],
  ]);
});

it('remembers nothing of what reaches no stage, nor without a release', () => {
  const begun = ledger({ release: releaseOf(request('v1')) });
  expect(withReached(begun, { type: 'hadTraffic' }, 5)).toBe(begun);
  const none = ledger();
  expect(withReached(none, { type: 'deployed' }, 5)).toBe(none);
});
