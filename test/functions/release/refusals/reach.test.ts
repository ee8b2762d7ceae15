import { expect, it } from 'vitest';
import { parseConfig, type Service } from '../../../../functions/config/config.ts';
import { unreachable } from '../../../../functions/release/refusals/reach.ts';
import { withService } from '../../config/samples.ts';

function rolloutWith(gates: string): Service['rollout'] {
  const service = parseConfig(withService(`    rollout: { gates: ${gates} }`)).services.get('churn');
  if (service === undefined) throw new Error('no service');
  return service.rollout;
}

const name = 'projects/p/locations/l/endpoints/1';

it.each(['{ golden: {} }', '{ metrics: {} }', '{ golden: {}, metrics: {} }'])(
  'gates that ask models do not reach a private endpoint: %s',
  (gates) => {
    expect(unreachable({ name, isPrivate: true }, rolloutWith(gates))).toContain(`${name} is private`);
    expect(unreachable({ name, isPrivate: false }, rolloutWith(gates))).toBeNull();
  },
);

it.each(['{}', '{ contract: enforce }'])('the others need no answer: %s', (gates) => {
  expect(unreachable({ name, isPrivate: true }, rolloutWith(gates))).toBeNull();
});
