/** Deployments that the predictor ends because it cannot look features up. */
import { expect, it } from 'vitest';
import { codeOf, EXITED, pino } from './deployment-errors.ts';

it.each([
  [
    'a feature that the store does not have',
    'view customer, feature orders, key customer_id "c-1" and 4 more golden keys: no value in the store, and the model has no default for it',
  ],
  [
    'a store that may not be read',
    'view customer: the store cannot be asked: view customer: Firestore cannot be asked: 7 PERMISSION_DENIED: Missing or insufficient permissions.',
  ],
])('DEPLOY_FEATURES: %s', (_, cause) => {
  const lines = [
    pino('WARNING', 'features not looked up', { view: 'customer', reason: 'error' }),
    pino('CRITICAL', 'features refused', { causes: [cause] }),
  ];
  expect(codeOf(EXITED, lines)).toBe('DEPLOY_FEATURES');
});
