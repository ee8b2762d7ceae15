/** How PostgreSQL is reached, with stand-ins for Google's connector and for Secret Manager: neither runs on this machine. */
import { afterEach, expect, it, vi } from 'vitest';
import type { PostgresStore } from '../../../../common/artifact/feature-settings.ts';
import { postgresAddress } from '../../../../predictor/features/stores/postgres-address.ts';

const asked = vi.hoisted(() => ({ options: [] as object[], closed: 0, fails: false }));

vi.mock('@google-cloud/cloud-sql-connector', () => ({
  default: undefined,
  AuthTypes: { IAM: 'IAM', PASSWORD: 'PASSWORD' },
  IpAddressTypes: { PUBLIC: 'PUBLIC' },
  Connector: class {
    getOptions(options: object) {
      asked.options.push(options);
      return asked.fails ? Promise.reject(new Error('403')) : Promise.resolve({ stream: 'its stream' });
    }
    close() {
      asked.closed += 1;
    }
  },
}));
vi.mock('../../../../predictor/features/stores/access-token.ts', () => ({
  accessToken: () => Promise.resolve('token'),
}));

const SECRET = 'projects/p/secrets/db/versions/3';
const INSTANCE: PostgresStore = {
  kind: 'postgres',
  instance: 'p:us-central1:db',
  host: null,
  port: 5432,
  database: 'features',
  user: 'serving@p.iam',
  passwordSecret: null,
  tls: true,
};

afterEach(() => {
  vi.unstubAllGlobals();
  Object.assign(asked, { options: [], closed: 0, fails: false });
});

function secretManager(status: number, body: object) {
  const fetched = vi.fn<typeof fetch>(() => Promise.resolve(Response.json(body, { status })));
  vi.stubGlobal('fetch', fetched);
  return fetched;
}

it('opens an instance by the connector as the IAM user, and what it says reaches pg', async () => {
  const { options, close } = await postgresAddress(INSTANCE);
  expect(asked.options).toEqual([
    { instanceConnectionName: 'p:us-central1:db', ipType: 'PUBLIC', authType: 'IAM' },
  ]);
  expect(options).toEqual({ stream: 'its stream', database: 'features', user: 'serving@p.iam' });
  close();
  expect(asked.closed).toBe(1);
});

it('reads the password in Secret Manager, and opens the instance by it', async () => {
  const fetched = secretManager(200, { payload: { data: Buffer.from('geheim ü').toString('base64') } });
  const { options } = await postgresAddress({ ...INSTANCE, passwordSecret: SECRET });
  const [[url, init] = []] = fetched.mock.calls;
  expect(url).toBe(`https://secretmanager.googleapis.com/v1/${SECRET}:access`);
  expect(init?.headers).toEqual({ authorization: 'Bearer token' });
  expect(asked.options).toEqual([expect.objectContaining({ authType: 'PASSWORD' })]);
  expect(options).toMatchObject({ stream: 'its stream', password: 'geheim ü' });
});

it('says which instance or secret it cannot have', async () => {
  asked.fails = true;
  await expect(postgresAddress(INSTANCE)).rejects.toThrow(
    'the Cloud SQL instance p:us-central1:db cannot be reached',
  );
  expect(asked.closed).toBe(1);
  secretManager(403, {});
  await expect(postgresAddress({ ...INSTANCE, passwordSecret: SECRET })).rejects.toThrow(
    `the password ${SECRET} cannot be read`,
  );
});
