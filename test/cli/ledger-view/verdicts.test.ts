import { expect, it } from 'vitest';
import { verdictViews, verdictText } from '../../../cli/ledger-view/verdicts.ts';
import { plain, verdict } from '../fixtures.ts';

it.each([
  [verdict('golden', 'pass', '32 rows'), 'golden passed in step 1: 32 rows'],
  [verdict('metrics', 'fail', '9 % errors', 2), 'metrics failed in step 3: 9 % errors'],
  [verdict('comparison', 'hold', ''), 'comparison is inconclusive in step 1'],
  [verdict('contract', 'pass', 'as before'), 'contract passed: as before'],
  [verdict('golden', 'fail', 'a\u001B[2J\nb'), 'golden failed in step 1: a�[2J b'],
])('tells %j', (said, text) => {
  const [told] = verdictViews([said]);
  expect(told).toMatchObject({ gate: said.gate, step: said.step + 1, at: '2026-11-23T17:59:00.000Z' });
  expect(told && verdictText(told, plain)).toBe(text);
});

it('tells nothing where nothing was said', () => {
  expect(verdictViews(undefined)).toEqual([]);
});
