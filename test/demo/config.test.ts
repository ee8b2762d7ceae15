/** The demo shows what slipway.yaml says. */
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfig } from '../../functions/config/config.ts';

/** With the files that the commands of `local.images` name by their place, wherever the configuration is. */
function read(path: string) {
  const file = fileURLToPath(new URL(`../../${path}`, import.meta.url));
  const config = loadConfig({ SLIPWAY_CONFIG: file });
  const commands = [...config.localImages].map(([image, [program, ...files]]) => ({
    image,
    command: [program, ...files.map((name) => resolve(dirname(file), name))],
  }));
  return { ...config, localImages: commands };
}

it('has the service of slipway.yaml as it is there, with a batch beside', () => {
  const shipped = read('slipway.yaml');
  const demo = read('demo/slipway.yaml');
  const { batch, ...service } = demo.services.get('breast-cancer') ?? {};
  expect({ ...service, batch: null }).toEqual(shipped.services.get('breast-cancer'));
  expect(batch).toMatchObject({ key: 'id', ordered: true });
  expect({ ...demo, services: null }).toEqual({ ...shipped, services: null });
});
