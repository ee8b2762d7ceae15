/** The preflight looks whether each model server's account may read its feature store. */
import { expect, it } from 'vitest';
import { blueprint } from '../../../../cli/commands/preflight/blueprint.ts';
import { checkFeatures } from '../../../../cli/commands/preflight/features.ts';
import type { Send } from '../../../../cli/commands/preflight/google.ts';
import { USUAL } from '../../../../cli/commands/preflight/installation.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import { withService } from '../../../functions/config/samples.ts';

const NO_DATABASE = () => Promise.reject(new Error('no database'));
const ACCOUNT = 'churn@my-project.iam.gserviceaccount.com';

/** Google with these grants. What it is not asked for a policy for, the caller may not see. */
function policies(bindings: object[]): Send {
  return ({ url }) => {
    const isPolicy = /IamPolicy|\/iam\?/.test(url);
    return Promise.resolve({ status: isPolicy ? 200 : 403, body: { bindings } });
  };
}

async function found(store: object, bindings: object[], account: string | null = ACCOUNT) {
  const parts = {
    interface: { request: { id: { type: 'string' } }, response: { y: { type: 'number' } } },
    features: { store, views: { customer: { key: ['id'] } } },
    ...(account !== null && { serving: { serviceAccount: account } }),
  };
  const yaml = Object.entries(parts).map(([name, part]) => `    ${name}: ${JSON.stringify(part)}`);
  const config = parseConfig(withService(yaml.join('\n')));
  const send = policies(bindings);
  const findings = await checkFeatures(send, blueprint(config, '123', USUAL), NO_DATABASE);
  return findings
    .filter(({ check, state }) => check === 'grant' || state !== 'unknown')
    .map(({ subject, state, detail, fix }) => [state, subject, detail, fix]);
}

const as = `serviceAccount:${ACCOUNT}`;
const SQL = { kind: 'postgres', instance: 'shop-project:europe-west4:shop', database: 'd', user: 'u' };

it.each<[object, string, [resource: string, address: string]]>([
  [
    { kind: 'sqlite', uri: 'gs://features/churn.sqlite' },
    'roles/storage.objectViewer',
    ['bucket features', 'google_storage_bucket_iam_member.features["churn"]'],
  ],
  [
    { kind: 'firestore' },
    'roles/datastore.viewer',
    ['project my-project', 'google_project_iam_member.features["churn/firestore"]'],
  ],
  [
    { kind: 'vertex', featureOnlineStore: 'shop' },
    'projects/my-project/roles/slipwayFeatures',
    ['project my-project', 'google_project_iam_member.features["churn/vertex"]'],
  ],
])('%j asks for %s', async (store, role, [resource, address]) => {
  await expect(found(store, [{ role, members: [as] }])).resolves.toEqual([
    ['ok', `${as} on ${resource}`, role, null],
  ]);
  const fix = `terraform -chdir=terraform apply   # module.slipway.${address}`;
  await expect(found(store, [])).resolves.toEqual([
    ['missing', `${as} on ${resource}`, `has no ${role}`, fix],
  ]);
});

it('Cloud SQL asks for two roles, and for the password where there is one', async () => {
  const roles = async (store: object) =>
    (await found(store, [])).map(([, subject, detail]) => [subject, detail]);
  await expect(roles(SQL)).resolves.toEqual([
    [`${as} on project shop-project`, 'has no roles/cloudsql.client'],
    [`${as} on project shop-project`, 'has no roles/cloudsql.instanceUser'],
  ]);
  const secret = { ...SQL, passwordSecret: 'projects/vault/secrets/p/versions/1' };
  expect((await roles(secret)).at(-1)).toEqual([
    `${as} on project vault`,
    'has no roles/secretmanager.secretAccessor',
  ]);
});

it('a model server without an account is told of, unless its store asks for none', async () => {
  await expect(found({ kind: 'firestore' }, [], null)).resolves.toEqual([
    [
      'missing',
      'churn',
      'reads features, and its model server runs as no account of yours',
      'set services.churn.serving.serviceAccount in slipway.yaml',
    ],
  ]);
  await expect(found({ kind: 'feast', url: 'https://feast.example.com' }, [], null)).resolves.toEqual([]);
});

it('stored predictions ask for their bucket', async () => {
  const yaml = (serving: object) =>
    withService(`    interface: { request: { id: { type: string } }, response: { y: { type: number } } }
    batch: { outputs: gs://results/churn/, publish: { key: [id] } }
    serving: ${JSON.stringify(serving)}`);
  const send = policies([]);
  const findings = async (serving: object) =>
    checkFeatures(send, blueprint(parseConfig(yaml(serving)), '123', USUAL), NO_DATABASE);
  await expect(findings({ serviceAccount: ACCOUNT })).resolves.toMatchObject([
    { state: 'missing', subject: `${as} on bucket results`, detail: 'has no roles/storage.objectViewer' },
  ]);
  await expect(findings({})).resolves.toMatchObject([
    {
      state: 'missing',
      detail: 'reads stored predictions, and its model server runs as no account of yours',
    },
  ]);
});
