import { expect, it } from 'vitest';
import type { FirstWanted } from '../../../../functions/release/requests/identity.ts';
import { newestMarker } from '../../../../functions/release/requests/newest.ts';
import { parsePattern, type ArtifactPattern } from '../../../../functions/config/pattern.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';

const NEVER: FirstWanted = () => null;

function patternOf(marker: string): ArtifactPattern {
  const pattern = parsePattern(`gs://models/churn/*/${marker}`);
  if (typeof pattern === 'string') throw new Error(pattern);
  return pattern;
}

/** A marker in each of these folders, one second after the other. */
async function bucketOf(marker: string, folders: readonly string[]): Promise<MemoryWorld> {
  const world = memoryWorld();
  for (const folder of folders) {
    await world.clock.sleep(1_000);
    world.objects.put('models', `churn/${folder}/weights.bin`, folder);
    world.objects.put('models', `churn/${folder}/${marker}`, marker === '_SUCCESS' ? '' : folder);
  }
  return world;
}

async function newestIn(
  world: MemoryWorld,
  marker: string,
  wantedAt: FirstWanted,
): Promise<string | undefined> {
  const found = await newestMarker(world.artifacts, patternOf(marker), wantedAt);
  return found?.name.split('/')[1];
}

it.each(['model.onnx', '_SUCCESS'])(
  '%s: the last one to be created is the newest, where none is known',
  async (marker) => {
    const world = await bucketOf(marker, ['c', 'a', 'b']);
    await expect(newestIn(world, marker, NEVER)).resolves.toBe('b');
    await expect(newestIn(memoryWorld(), marker, NEVER)).resolves.toBeUndefined();
  },
);

it.each(['model.onnx', '_SUCCESS'])(
  '%s: of those that are known the first creation counts',
  async (marker) => {
    const world = await bucketOf(marker, ['a', 'b', 'c', 'd']);
    const first = world.clock.now() - 10_000;
    const rewritten = new Map([
      [`churn/b/${marker}`, first + 1],
      [`churn/c/${marker}`, first],
      [`churn/d/${marker}`, first - 1],
    ]);
    const wantedAt: FirstWanted = ({ marker: name }) => rewritten.get(name) ?? null;
    await expect(newestIn(world, marker, wantedAt)).resolves.toBe('a');
    const known: FirstWanted = ({ marker: name }) => rewritten.get(name) ?? first - 2;
    await expect(newestIn(world, marker, known)).resolves.toBe('b');
  },
);

it('of a thousand signals those created last are asked for their folder, and no more of them than it takes', async () => {
  const world = await bucketOf(
    '_SUCCESS',
    Array.from({ length: 1_000 }, (_, n) => `run-${n}`),
  );
  let listed = 0;
  const artifacts = {
    list: (bucket: string, prefix: string, glob: string) => {
      listed += 1;
      return world.artifacts.list(bucket, prefix, glob);
    },
  };
  const isRewritten = /run-99\d/;
  const wantedAt: FirstWanted = ({ marker }) => (isRewritten.test(marker) ? 0 : null);
  const found = await newestMarker(artifacts, patternOf('_SUCCESS'), wantedAt);
  expect(found?.name).toBe('churn/run-989/_SUCCESS');
  expect(listed).toBe(12);
});
