/** Models that the official client has uploaded, released without an upload on the whole local stack. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { slipwayHere } from '../cli/run-slipway.ts';
import { LOCATION, startLocalStack, type LocalStack } from '../support/local-stack.ts';
import { uploadForeign } from './foreign-model.ts';

vi.setConfig({ testTimeout: 120_000 });

const LAB = 'projects/research-lab/locations/us-central1';

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({
    registry: {
      registry: ['research-lab'],
      rollout: {
        strategy: 'canary',
        steps: [{ traffic: 50, bake: '1s' }],
        standby: '10m',
        gates: { golden: {} },
      },
    },
    landing: {},
  });
  // The folder that the models are made from.
  await local.land('landing', 'v1');
  await local.outcomes('landing', 1);
}, 90_000);

afterAll(() => local.close());

it('releases them beside artifacts, goes back to them, and changes nothing of theirs', async () => {
  const name = (model: string, parent: string) => model.replace(/^projects\/\d+\/locations\/[^/]+/, parent);
  const own = `${name(await uploadForeign(local), LOCATION)}@1`;
  const foreign = `${name(await uploadForeign(local, LAB), LAB)}@1`;

  const planned = await slipwayHere(local, 'plan', 'registry', '--model', own, '--json');
  const plan: { calls: { method: string }[]; result: string } = JSON.parse(planned.stdout);
  expect(plan.calls.map(({ method }) => method)).not.toContain('UploadModel');
  expect(plan.result).toBe('Live');

  const asked = await slipwayHere(local, 'release', 'registry', '--model', own, '--watch');
  expect(asked.stdout).toMatch(/^asked for \d+@1 of registry \(projects\/e2e-project\//);
  expect(asked.exitCode).toBe(0);
  const [first] = await local.outcomes('registry', 1);
  expect(first).toMatchObject({
    result: 'Live',
    artifact: own,
    version: '1',
  });

  await local.land('registry', 'v2', { from: 'v2' });
  const [, second] = await local.outcomes('registry', 2);
  expect(second).toMatchObject({ result: 'Live' });

  // The predictions of version 1 are those of its golden rows, which lie in the folder that it was made from.
  await local.request({ service: 'registry', model: foreign, overrideContract: true });
  const [, , third] = await local.outcomes('registry', 3);
  expect(third).toMatchObject({ result: 'Live', artifact: foreign });
  expect(third?.verdicts).toContainEqual(expect.objectContaining({ gate: 'golden', verdict: 'pass' }));
  const { stdout: status } = await slipwayHere(local, 'status', 'registry');
  expect(status).toMatch(/live .*@1/);
  const { stdout: why } = await slipwayHere(local, 'why', 'registry');
  expect(why).toContain('/models/');

  await local.request({ service: 'registry', action: 'rollback' });
  await local.told(third?.release ?? '', 'RolledBack');
  await local.atRest('registry');
  for (const model of [own, foreign]) {
    const [found] = await local.models.getModel({ name: model });
    expect(found.versionAliases).toEqual(['default']);
    expect(found.labels).toEqual({});
  }
});
