/** What an uploaded version carries. */
import { expect, it } from 'vitest';
import { land } from './support/refusing.ts';
import { passTime, testApp, YAML } from '../support/test-app.ts';

it("the predictor is told its endpoint's ID, unless the service says otherwise", async () => {
  const s = testApp();
  await land(s, 'v1');
  await passTime(s, 600_000);
  const [endpoint = ''] = s.world.vertex.endpoints.keys();
  expect(endpoint).toMatch(/\/endpoints\/\d{9}$/);
  expect(s.world.vertex.uploads.map(({ env }) => env.get('SLIPWAY_ENDPOINT_ID'))).toEqual([
    endpoint.split('/').at(-1),
  ]);

  const serving = "    serving: { env: { SLIPWAY_ENDPOINT_ID: '' } }\n";
  const without = testApp({ yaml: YAML.replace('    keepVersions: 2\n', serving) });
  await land(without, 'v1');
  await passTime(without, 600_000);
  expect(without.world.vertex.uploads.map(({ env }) => env.get('SLIPWAY_ENDPOINT_ID'))).toEqual(['']);
});
