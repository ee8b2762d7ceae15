/** The preflight looks whether feature stores are there and let model servers in. */
import { expect, it } from 'vitest';
import { checkStore } from '../../../../cli/commands/preflight/feature-stores.ts';
import type { StoreSettings } from '../../../../common/artifact/feature-settings.ts';

const SQLITE = { kind: 'sqlite', uri: 'gs://shop/a/b.sqlite', refreshMs: 1000 } as const;
const FIRESTORE = { kind: 'firestore', project: 'p', database: '(default)' } as const;
const SQL = {
  kind: 'postgres',
  instance: 'example.com:p:europe-west4:shop',
  host: null,
  port: 5432,
  database: 'd',
  user: 'churn@p.iam',
  passwordSecret: null,
  tls: true,
} as const;
const VERTEX = { kind: 'vertex', project: 'p', region: 'us-central1', featureOnlineStore: 'shop' } as const;

const STORAGE = 'https://storage.googleapis.com/storage/v1/b/shop';
const INSTANCE = 'https://sqladmin.googleapis.com/v1/projects/example.com:p/instances/shop';
const OPEN = {
  state: 'RUNNABLE',
  settings: {
    ipConfiguration: { ipv4Enabled: true },
    databaseFlags: [{ name: 'cloudsql.iam_authentication', value: 'on' }],
  },
};

/** What is wrong, where Google has these resources and no other. */
async function faults(store: StoreSettings, resources: Readonly<Record<string, object>>) {
  const findings = await checkStore(
    ({ url }) => Promise.resolve({ status: url in resources ? 200 : 404, body: resources[url] ?? {} }),
    'churn',
    store,
  );
  return findings.filter(({ state }) => state !== 'ok').map(({ subject, detail }) => `${subject} ${detail}`);
}

it('a SQLite file is there, in a bucket whose grants may name one file', async () => {
  const bucket = { iamConfiguration: { uniformBucketLevelAccess: { enabled: true } } };
  const all = { [STORAGE]: bucket, [`${STORAGE}/o/a%2Fb.sqlite`]: {} };
  expect(await faults(SQLITE, all)).toEqual([]);
  expect(await faults(SQLITE, {})).toEqual(['bucket shop is not there', 'gs://shop/a/b.sqlite is not there']);
  expect(await faults(SQLITE, { ...all, [STORAGE]: {} })).toEqual([
    'bucket shop has no uniform bucket-level access, which a grant on one file needs',
  ]);
});

it('a Firestore database is there, in native mode', async () => {
  const url = 'https://firestore.googleapis.com/v1/projects/p/databases/(default)';
  expect(await faults(FIRESTORE, { [url]: { type: 'FIRESTORE_NATIVE' } })).toEqual([]);
  expect(await faults(FIRESTORE, { [url]: { type: 'DATASTORE_MODE' } })).toEqual([
    'Firestore p/(default) is in Datastore mode, and the client reads native mode',
  ]);
  expect(await faults(FIRESTORE, {})).toEqual(['Firestore p/(default) is not there']);
});

it('an instance of Cloud SQL runs, has a public address, the database, and the user', async () => {
  const users = { items: [{ name: 'churn@p.iam', type: 'CLOUD_IAM_SERVICE_ACCOUNT' }] };
  const all = { [INSTANCE]: OPEN, [`${INSTANCE}/databases/d`]: {}, [`${INSTANCE}/users`]: users };
  expect(await faults(SQL, all)).toEqual([]);
  expect(await faults(SQL, { ...all, [INSTANCE]: { state: 'SUSPENDED' } })).toEqual([
    'instance example.com:p:europe-west4:shop is SUSPENDED',
    'instance example.com:p:europe-west4:shop has no public address',
    'instance example.com:p:europe-west4:shop lets no IAM user in',
  ]);
  expect(await faults(SQL, { [INSTANCE]: OPEN, [`${INSTANCE}/users`]: {} })).toEqual([
    'database d of example.com:p:europe-west4:shop is not there',
    'user churn@p.iam of example.com:p:europe-west4:shop is not there',
  ]);
  // A user with a password needs no IAM.
  const secret = { ...SQL, passwordSecret: 'projects/p/secrets/s/versions/1' };
  const withoutIam = { ...OPEN, settings: { ipConfiguration: { ipv4Enabled: true } } };
  expect(await faults(secret, { ...all, [INSTANCE]: withoutIam })).toEqual([]);
});

it('a feature online store of Vertex AI is there', async () => {
  const url =
    'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/featureOnlineStores/shop';
  expect(await faults(VERTEX, { [url]: {} })).toEqual([]);
  expect(await faults(VERTEX, {})).toEqual(['feature online store shop is not there']);
});
