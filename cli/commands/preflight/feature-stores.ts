/** Whether the stores that model servers read are there, and let them in: what IAM (features.ts) does not say. */
import { Type, type Static, type TSchema } from 'typebox';
import type { PostgresStore, StoreSettings } from '../../../common/artifact/feature-settings.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';

/** A problem, and the command that fixes it. */
type Fault = readonly [detail: string, fix: string];

export async function checkStore(send: Send, service: string, store: StoreSettings): Promise<Finding[]> {
  switch (store.kind) {
    case 'sqlite':
      return checkFile(send, service, store.uri);
    case 'firestore':
      return checkFirestore(send, store.project, store.database);
    case 'postgres':
      return store.instance === null ? [] : checkInstance(send, store, store.instance);
    case 'vertex': {
      const { project, region, featureOnlineStore: id } = store;
      const name = `projects/${project}/locations/${region}/featureOnlineStores/${id}`;
      const url = `https://${region}-aiplatform.googleapis.com/v1/${name}`;
      const fix = 'see https://cloud.google.com/vertex-ai/docs/featurestore/latest/create-onlinestore';
      return judged(send, [`feature online store ${id}`, url, fix], Type.Object({}), () => []);
    }
    case 'feast':
      return [];
    default:
      return store satisfies never;
  }
}

async function judged<S extends TSchema>(
  send: Send,
  [subject, url, create]: readonly [subject: string, url: string, create: string],
  schema: S,
  faultsOf: (value: Static<S>) => readonly Fault[],
): Promise<Finding[]> {
  const found = await fetchResource(send, schema, { url });
  if (found.is === 'hidden') return [unknown('features', subject, found.why)];
  if (found.is === 'absent') return [missing('features', subject, 'is not there', create)];
  const faults = faultsOf(found.value);
  if (faults.length === 0) return [ok('features', subject)];
  return faults.map(([detail, fix]) => missing('features', subject, detail, fix));
}

/** https://cloud.google.com/storage/docs/json_api/v1/buckets */
const Bucket = Type.Object({
  iamConfiguration: Type.Optional(
    Type.Object({
      uniformBucketLevelAccess: Type.Optional(Type.Object({ enabled: Type.Optional(Type.Boolean()) })),
    }),
  ),
});

/** A model server starts with the file that is there. */
async function checkFile(send: Send, service: string, uri: string): Promise<Finding[]> {
  const [, bucket = '', object = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  if (bucket === '') return [];
  const url = `https://storage.googleapis.com/storage/v1/b/${bucket}`;
  const found = await Promise.all([
    judged(
      send,
      [`bucket ${bucket}`, url, `gcloud storage buckets create gs://${bucket} --uniform-bucket-level-access`],
      Bucket,
      ({ iamConfiguration }) =>
        iamConfiguration?.uniformBucketLevelAccess?.enabled === true
          ? []
          : [
              [
                'has no uniform bucket-level access, which a grant on one file needs',
                `gcloud storage buckets update gs://${bucket} --uniform-bucket-level-access`,
              ],
            ],
    ),
    judged(
      send,
      [uri, `${url}/o/${encodeURIComponent(object)}`, `npx slipway features load ${service} VIEW FILE`],
      Type.Object({}),
      () => [],
    ),
  ]);
  return found.flat();
}

/** https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases */
async function checkFirestore(send: Send, project: string, database: string): Promise<Finding[]> {
  const create = `gcloud firestore databases create --project=${project} --database='${database}' --location=LOCATION`;
  const url = `https://firestore.googleapis.com/v1/projects/${project}/databases/${encodeURIComponent(database)}`;
  const Database = Type.Object({ type: Type.Optional(Type.String()) });
  return judged(send, [`Firestore ${project}/${database}`, url, create], Database, ({ type }) =>
    type === 'DATASTORE_MODE' ? [['is in Datastore mode, and the client reads native mode', create]] : [],
  );
}

/** https://cloud.google.com/sql/docs/mysql/admin-api/rest/v1/instances */
const Instance = Type.Object({
  state: Type.Optional(Type.String()),
  settings: Type.Optional(
    Type.Object({
      ipConfiguration: Type.Optional(Type.Object({ ipv4Enabled: Type.Optional(Type.Boolean()) })),
      databaseFlags: Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: Type.String() }))),
    }),
  ),
});

const Users = Type.Object({
  items: Type.Optional(Type.Array(Type.Object({ name: Type.String(), type: Type.Optional(Type.String()) }))),
});

const IAM_FLAG = 'cloudsql.iam_authentication';

async function checkInstance(send: Send, store: PostgresStore, connection: string): Promise<Finding[]> {
  const { database, user, passwordSecret } = store;
  const project = connection.split(':').slice(0, -2).join(':');
  const instance = connection.split(':').at(-1) ?? '';
  const url = `https://sqladmin.googleapis.com/v1/projects/${project}/instances/${instance}`;
  const gcloud = (words: string) => `gcloud sql ${words} --project=${project}`;
  const isByIam = passwordSecret === null;
  const type = isByIam ? ' --type=cloud_iam_service_account' : '';
  const createUser = gcloud(`users create ${user} --instance=${instance}${type}`);
  const found = await Promise.all([
    judged(
      send,
      [`instance ${connection}`, url, gcloud('instances list')],
      Instance,
      ({ state, settings }) => {
        const faults: Fault[] = [];
        if (state !== 'RUNNABLE')
          faults.push([`is ${state ?? 'not running'}`, gcloud(`instances describe ${instance}`)]);
        // What the connector of a model server on a public endpoint reaches.
        if (settings?.ipConfiguration?.ipv4Enabled !== true)
          faults.push(['has no public address', gcloud(`instances patch ${instance} --assign-ip`)]);
        const flag = settings?.databaseFlags?.find(({ name }) => name === IAM_FLAG);
        if (isByIam && flag?.value !== 'on') {
          const fix = gcloud(`instances patch ${instance} --database-flags=${IAM_FLAG}=on`);
          faults.push([`lets no IAM user in`, `${fix}   # with all other flags of the instance`]);
        }
        return faults;
      },
    ),
    judged(
      send,
      [
        `database ${database} of ${connection}`,
        `${url}/databases/${encodeURIComponent(database)}`,
        gcloud(`databases create ${database} --instance=${instance}`),
      ],
      Type.Object({}),
      () => [],
    ),
    judged(send, [`user ${user} of ${connection}`, `${url}/users`, createUser], Users, ({ items = [] }) =>
      items.some(({ name }) => name === user) ? [] : [['is not there', createUser]],
    ),
  ]);
  return found.flat();
}
