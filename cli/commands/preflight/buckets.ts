/** The buckets: there, in the region of what uses them, closed to the public; those of artifacts and of inputs also notify. */
import { Type, type Static } from 'typebox';
import { bucketsOfBatch, type Blueprint } from './blueprint.ts';
import { missing, ok, terraform, unknown, type Finding } from './finding.ts';
import { fetchResource, type Looked, type Send } from './google.ts';
import { checkPolicy } from './grants.ts';
import { ofForeignBucket } from './wanted-grants.ts';

/** https://cloud.google.com/storage/docs/json_api/v1/buckets */
const Bucket = Type.Object({
  location: Type.String(),
  projectNumber: Type.Optional(Type.String()),
  iamConfiguration: Type.Optional(
    Type.Object({
      publicAccessPrevention: Type.Optional(Type.String()),
      uniformBucketLevelAccess: Type.Optional(Type.Object({ enabled: Type.Optional(Type.Boolean()) })),
    }),
  ),
});

/** https://cloud.google.com/storage/docs/json_api/v1/notifications */
const Notifications = Type.Object({
  items: Type.Optional(
    Type.Array(
      Type.Object({
        topic: Type.String(),
        event_types: Type.Optional(Type.Array(Type.String())),
        object_name_prefix: Type.Optional(Type.String()),
      }),
    ),
  ),
});

const STORAGE = 'https://storage.googleapis.com/storage/v1/b';

export async function checkBuckets(send: Send, plan: Blueprint): Promise<Finding[]> {
  const { config, artifactBuckets } = plan;
  const state = await lookAt(send, config.stateBucket);
  const artifacts = await Promise.all(artifactBuckets.map((name) => checkArtifacts(send, plan, name)));
  const batch = await Promise.all(batchBuckets(plan).map((name) => checkBatch(send, plan, name)));
  return [
    ...judge(state, [config.region], config.stateBucket, 'google_storage_bucket.state[0]'),
    ...artifacts.flat(),
    ...batch.flat(),
  ];
}

/** Those of inputs, copies and results that no artifacts land in. */
function batchBuckets({ artifactBuckets, batch }: Blueprint): string[] {
  const all = new Set([...batch.inputs, ...batch.outputs]);
  return [...all].filter((bucket) => !artifactBuckets.includes(bucket));
}

async function checkBatch(send: Send, plan: Blueprint, name: string): Promise<Finding[]> {
  const found = await lookAt(send, name);
  const judged = judge(found, regionsOf(plan, name), name, `google_storage_bucket.batch["${name}"]`);
  const isWatched = plan.batch.watched.some(({ bucket }) => bucket === name);
  if (found.is === 'absent' || !isWatched) return judged;
  return [...judged, ...(await checkNotifications(send, plan, name))];
}

async function checkArtifacts(send: Send, plan: Blueprint, name: string): Promise<Finding[]> {
  const found = await lookAt(send, name);
  const judged = judge(found, regionsOf(plan, name), name, `google_storage_bucket.artifacts["${name}"]`);
  if (found.is === 'absent') return judged;
  const notified = await checkNotifications(send, plan, name);
  const owner = found.is === 'there' ? found.value.projectNumber : undefined;
  const isForeign = owner !== undefined && owner !== plan.projectNumber;
  const read = isForeign ? await checkPolicy(send, ofForeignBucket(plan, name)) : [];
  return [...judged, ...notified, ...read];
}

/** Of the services that use the bucket: Vertex AI reads and writes it in each of them. */
function regionsOf({ config }: Blueprint, bucket: string): string[] {
  const users = [...config.services.values()].filter(({ artifacts, batch }) => {
    const landing = [artifacts, ...artifacts.others].some((pattern) => pattern.bucket === bucket);
    return landing || (batch !== null && bucketsOfBatch(batch).includes(bucket));
  });
  return [...new Set(users.map(({ region }) => region))];
}

function lookAt(send: Send, name: string): Promise<Looked<Static<typeof Bucket>>> {
  return fetchResource(send, Bucket, { url: `${STORAGE}/${name}` });
}

function judge(
  found: Looked<Static<typeof Bucket>>,
  regions: readonly string[],
  name: string,
  address: string,
): Finding[] {
  if (found.is === 'absent') return [missing('bucket', name, 'is not there', terraform(address))];
  if (found.is === 'hidden') return [unknown('bucket', name, found.why)];

  const { location, iamConfiguration } = found.value;
  const findings: Finding[] = [];
  const outside = regions.filter((region) => !contains(location.toLowerCase(), region));
  if (outside.length > 0) {
    const detail = `is in ${location.toLowerCase()}, expected ${outside.join(' and ')}`;
    const fix =
      regions.length === 1
        ? `gcloud storage buckets relocate gs://${name} --location=${regions[0]}`
        : `name another bucket for one of the services in slipway.yaml   # or one in a multi-region of ${regions.join(' and ')}`;
    findings.push(missing('bucket location', name, detail, fix));
  }
  const closed =
    iamConfiguration?.publicAccessPrevention === 'enforced' &&
    iamConfiguration.uniformBucketLevelAccess?.enabled === true;
  if (!closed) {
    const fix = `gcloud storage buckets update gs://${name} --uniform-bucket-level-access --public-access-prevention`;
    findings.push(missing('bucket access', name, 'may be opened to the public', fix));
  }
  return findings.length > 0 ? findings : [ok('bucket', name, location.toLowerCase())];
}

/** A multi-region holds the regions of its continent: https://cloud.google.com/storage/docs/locations. */
const MULTI_REGIONS: ReadonlyMap<string, string> = new Map([
  ['asia', 'asia-'],
  ['eu', 'europe-'],
  ['us', 'us-'],
]);

function contains(location: string, region: string): boolean {
  const prefix = MULTI_REGIONS.get(location);
  return location === region || (prefix !== undefined && region.startsWith(prefix));
}

/** Without its notification what lands starts nothing, and nothing says so. */
async function checkNotifications(
  send: Send,
  { config, batch }: Blueprint,
  bucket: string,
): Promise<Finding[]> {
  const found = await fetchResource(send, Notifications, { url: `${STORAGE}/${bucket}/notificationConfigs` });
  if (found.is !== 'there') {
    return [unknown('notification', bucket, found.is === 'hidden' ? found.why : 'the bucket is gone')];
  }
  const topic = `//pubsub.googleapis.com/projects/${config.project}/topics/${config.topics.artifacts}`;
  const prefixes = (found.value.items ?? [])
    .filter((item) => item.topic === topic)
    .filter(({ event_types: types = ['OBJECT_FINALIZE'] }) => types.includes('OBJECT_FINALIZE'))
    .map((item) => item.object_name_prefix ?? '');
  const artifacts = [...config.services.values()].flatMap(({ name, artifacts }) =>
    [artifacts, ...artifacts.others].map((pattern) => ({ ...pattern, what: `artifacts of ${name}` })),
  );
  const inputs = batch.watched.map((watched) => ({ ...watched, what: `inputs of ${watched.service}` }));
  const watched = [...artifacts, ...inputs].filter((place) => place.bucket === bucket);
  return watched.map(({ prefix, what }) => {
    const subject = `gs://${bucket}/${prefix}`;
    if (prefixes.some((covered) => prefix.startsWith(covered))) return ok('notification', subject);
    const address = `google_storage_notification.artifacts["${bucket}/${prefix}"]`;
    const detail = `${what} are not told to topic ${config.topics.artifacts}`;
    return missing('notification', subject, detail, terraform(address));
  });
}
