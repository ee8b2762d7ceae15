/** The demo shows what slipway.yaml says. */
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfig } from '../../functions/config/config.ts';

const read = (path: string) =>
  loadConfig({ SLIPWAY_CONFIG: fileURLToPath(new URL(`../../${path}`, import.meta.url)) });

it('has the service of slipway.yaml as it is there', () => {
  const shipped = read('slipway.yaml');
  const demo = read('demo/slipway.yaml');
  expect(demo.services.get('breast-cancer')).toEqual(shipped.services.get('breast-cancer'));
  expect({ ...demo, services: null }).toEqual({ ...shipped, services: null });
});
