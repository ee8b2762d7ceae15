/** How the PostgreSQL server is reached: a host, or an instance of Cloud SQL by Google's connector, as IAM allows. */
import type { PoolConfig } from 'pg';
import type { PostgresStore } from '../../../common/artifact/feature-settings.ts';
import { accessToken } from './access-token.ts';
import { clientOf } from './client.ts';
import { StoreError } from './store.ts';

export interface Address {
  readonly options: PoolConfig;
  /** Lets go of what finds the address out again and again. */
  readonly close: () => void;
}

/** Rejects with a StoreError if the instance or the password cannot be found. */
export async function postgresAddress(settings: PostgresStore): Promise<Address> {
  const { instance, host, port, database, user, passwordSecret, tls } = settings;
  const password = passwordSecret === null ? {} : { password: await readSecret(passwordSecret) };
  if (instance === null) {
    const options = { host: host ?? 'localhost', port, database, user, ...password, ssl: tls };
    return { options, close: () => {} };
  }
  const { AuthTypes, Connector, IpAddressTypes } = await clientOf(
    '@google-cloud/cloud-sql-connector',
    () => import('@google-cloud/cloud-sql-connector'),
  );
  const connector = new Connector();
  try {
    // Without a password the user is the service account, and its token the password.
    const options = await connector.getOptions({
      instanceConnectionName: instance,
      ipType: IpAddressTypes.PUBLIC,
      authType: passwordSecret === null ? AuthTypes.IAM : AuthTypes.PASSWORD,
    });
    return { options: { ...options, database, user, ...password }, close: () => connector.close() };
  } catch (error) {
    connector.close();
    throw new StoreError(`the Cloud SQL instance ${instance} cannot be reached`, { cause: error });
  }
}

/** https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access */
async function readSecret(name: string): Promise<string> {
  try {
    const response = await fetch(`https://secretmanager.googleapis.com/v1/${name}:access`, {
      headers: { authorization: `Bearer ${await accessToken()}` },
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`Secret Manager answered ${response.status}`);
    const body: unknown = await response.json();
    const payload: unknown = typeof body === 'object' && body !== null ? Reflect.get(body, 'payload') : null;
    const data: unknown =
      typeof payload === 'object' && payload !== null ? Reflect.get(payload, 'data') : null;
    if (typeof data !== 'string') throw new Error('expected a payload, got none');
    return Buffer.from(data, 'base64').toString('utf8');
  } catch (error) {
    throw new StoreError(`the password ${name} cannot be read`, { cause: error });
  }
}
