/** A service's own region, and what cannot be elsewhere than it. */
import { expect, it } from 'vitest';
import { ConfigError, parseConfig, type Environment } from '../../../functions/config/config.ts';
import { HEAD } from './samples.ts';

const KEY = 'projects/my-project/locations/us-central1/keyRings/ring/cryptoKeys/key';

const yaml = (image: string, more = '') => `${HEAD}
services:
  churn-eu:
    artifacts: gs://models-eu/churn/*/model.onnx
    image: ${image}
    endpoint: churn-eu
${more}
`;

function problems(text: string, env: Environment = {}): readonly string[] {
  try {
    parseConfig(text, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

const IMAGE = 'europe-west4-docker.pkg.dev/p/r/predictor';
const OWN = '    region: europe-west4';

it('is that of the installation, or the one that it says', () => {
  expect(parseConfig(yaml('image')).services.get('churn-eu')).toMatchObject({
    region: 'us-central1',
    parent: 'projects/my-project/locations/us-central1',
  });
  const config = parseConfig(yaml(IMAGE, OWN));
  expect(config.region).toBe('us-central1');
  expect(config.services.get('churn-eu')).toMatchObject({
    region: 'europe-west4',
    parent: 'projects/my-project/locations/europe-west4',
  });
});

it('is that of its reservation', () => {
  const reserved = (zone: string) =>
    yaml(IMAGE, `${OWN}\n    serving: { reservation: projects/p/zones/${zone}/reservations/r }`);
  expect(problems(reserved('europe-west4-a'))).toEqual([]);
  expect(problems(reserved('us-central1-a'))).toEqual([
    'services.churn-eu.serving.reservation: expected a zone of the region europe-west4, got us-central1-a',
  ]);
});

it('is that of the image', () => {
  expect(problems(yaml('us-central1-docker.pkg.dev/p/r/predictor', OWN))).toEqual([
    'services.churn-eu.region: expected us-central1, the region of services.churn-eu.image, got europe-west4',
  ]);
});

it('is that of the key', () => {
  expect(problems(yaml(IMAGE, OWN), { SLIPWAY_KMS_KEY: KEY })).toEqual([
    'services.churn-eu.region: expected us-central1, the region of SLIPWAY_KMS_KEY, got europe-west4',
  ]);
});
