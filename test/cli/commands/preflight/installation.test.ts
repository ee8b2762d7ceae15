/** An installation with a name, roles and a key of its own is looked for under those. */
import { expect, test } from 'vitest';
import { blueprint } from '../../../../cli/commands/preflight/blueprint.ts';
import type { Answer, Call } from '../../../../cli/commands/preflight/google.ts';
import { USUAL } from '../../../../cli/commands/preflight/installation.ts';
import { preflight } from '../../../../cli/commands/preflight/preflight.ts';
import { guarded } from '../../../../cli/commands/preflight/wanted-grants.ts';
import { CONFIG, PROJECT } from './recorded.ts';

const KEY = 'projects/my-keys/locations/us-central1/keyRings/ml/cryptoKeys/slipway';
const TEAM = { ...USUAL, namePrefix: 'fraud-team', roleIdSuffix: '_2', kmsKey: KEY };

test('every name that is asked for is its own', async () => {
  const asked: string[] = [];
  const send = ({ url }: Call): Promise<Answer> => {
    asked.push(url);
    const body = url.endsWith(PROJECT)
      ? { name: 'projects/4711', projectId: 'my-project', state: 'ACTIVE' }
      : { error: { message: 'denied' } };
    return Promise.resolve({ status: url.endsWith(PROJECT) ? 200 : 403, body });
  };
  await preflight(CONFIG, send, TEAM);
  expect(asked.filter((url) => /slipway-(on|push|dead)/.test(url))).toEqual([]);
  for (const name of ['functions/fraud-team-on-tick', 'subscriptions/fraud-team-on-request']) {
    expect(asked).toContainEqual(expect.stringContaining(name));
  }
  expect(asked).toContainEqual(expect.stringContaining('topics/fraud-team-dead-letters'));
});

test('roles have no hyphens, and end in their suffix', () => {
  const wanted = guarded(blueprint(CONFIG, '4711', TEAM)).flatMap(({ grants }) => grants);
  const own = new Set(wanted.map(({ role }) => role).filter((role) => role.startsWith('projects/')));
  expect([...own].toSorted()).toEqual([
    'projects/my-project/roles/fraud_teamEngine_2',
    'projects/my-project/roles/fraud_teamLedger_2',
    'projects/my-project/roles/fraud_teamPipelines_2',
  ]);
});

test("the key has to be usable by each of Google's agents", () => {
  const key = guarded(blueprint(CONFIG, '4711', TEAM)).find(({ resource }) => resource === `key ${KEY}`);
  expect(key?.policy.url).toBe(`https://cloudkms.googleapis.com/v1/${KEY}:getIamPolicy`);
  expect(key?.grants.map(({ member }) => /@([a-z-]+)\./.exec(member)?.[1]).toSorted()).toEqual([
    'gcf-admin-robot',
    'gcp-sa-aiplatform',
    'gcp-sa-artifactregistry',
    'gcp-sa-pubsub',
    'gs-project-accounts',
    'serverless-robot-prod',
  ]);
  expect(guarded(blueprint(CONFIG, '4711')).some(({ resource }) => resource.startsWith('key '))).toBe(false);
});
