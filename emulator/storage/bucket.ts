/** A bucket: its settings, its notification configurations, and every generation of its objects. */
import { Type } from 'typebox';
import type { Static } from 'typebox';

import { compareNames } from './names.ts';
import { rfc3339 } from './object.ts';
import type { StoredObject } from './object.ts';

const Strings = Type.Record(Type.String(), Type.String());

export const NotificationConfigSchema = Type.Object({
  id: Type.String(),
  /** `//pubsub.googleapis.com/projects/P/topics/T` */
  topic: Type.String(),
  payload_format: Type.Union([Type.Literal('JSON_API_V1'), Type.Literal('NONE')]),
  /** Absent means all. */
  event_types: Type.Optional(Type.Array(Type.String())),
  object_name_prefix: Type.Optional(Type.String()),
  custom_attributes: Type.Optional(Strings),
});

/** Where a bucket announces its changes. */
export type NotificationConfig = Static<typeof NotificationConfigSchema>;

/** Kept and shown, without effect. */
const anything = Type.Optional(Type.Unknown());
const kept = {
  autoclass: anything,
  billing: anything,
  cors: anything,
  customPlacementConfig: anything,
  defaultEventBasedHold: anything,
  encryption: anything,
  ipFilter: anything,
  logging: anything,
  retentionPolicy: anything,
  rpo: anything,
  website: anything,
};

/** What a client may set of a bucket. */
export const BucketSettingsSchema = Type.Object({
  location: Type.Optional(Type.String()),
  storageClass: Type.Optional(Type.String()),
  versioning: Type.Optional(Type.Object({ enabled: Type.Boolean() })),
  labels: Type.Optional(Strings),
  iamConfiguration: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  lifecycle: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  softDeletePolicy: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
  ...kept,
});

export type BucketSettings = Static<typeof BucketSettingsSchema>;

/** Times are milliseconds since the Unix epoch. */
export const BucketRecordSchema = Type.Object({
  name: Type.String(),
  /** Empty for a bucket that was made in process, which every project sees. */
  project: Type.String(),
  timeCreated: Type.Number(),
  updated: Type.Number(),
  metageneration: Type.Integer(),
  settings: BucketSettingsSchema,
  notifications: Type.Array(NotificationConfigSchema),
  lastNotificationId: Type.Integer(),
});

export type BucketRecord = Static<typeof BucketRecordSchema>;

export class Bucket {
  record: BucketRecord;
  readonly #versions = new Map<string, readonly StoredObject[]>();
  /** The names in order, made when somebody asks after a name has come or gone. */
  #sorted: readonly string[] | undefined;

  constructor(record: BucketRecord) {
    this.record = record;
  }

  get versioned(): boolean {
    return this.record.settings.versioning?.enabled ?? false;
  }

  get empty(): boolean {
    return this.#versions.size === 0;
  }

  /** What preconditions of the bucket are compared with. */
  get state(): { metageneration: number; etags: string[] } {
    return { metageneration: this.record.metageneration, etags: [bucketEtag(this.record)] };
  }

  /** What an object gets of its bucket: the storage class, where it names none. */
  get objectDefaults(): { storageClass?: string } {
    const { storageClass } = this.record.settings;
    return storageClass === undefined ? {} : { storageClass };
  }

  names(): readonly string[] {
    this.#sorted ??= [...this.#versions.keys()].toSorted(compareNames);
    return this.#sorted;
  }

  /** All generations of a name, oldest first. */
  versions(name: string): readonly StoredObject[] {
    return this.#versions.get(name) ?? [];
  }

  live(name: string): StoredObject | undefined {
    const newest = this.versions(name).at(-1);
    return newest?.timeDeleted === undefined ? newest : undefined;
  }

  /** The named generation, or the live one. */
  find(name: string, generation: string | undefined): StoredObject | undefined {
    if (generation === undefined) return this.live(name);
    return this.versions(name).find((version) => version.generation === generation);
  }

  /** Adds `object`, or puts it in the place of the same generation. */
  put(object: StoredObject): void {
    const others = this.versions(object.name).filter((version) => version.generation !== object.generation);
    const versions = [...others, object].toSorted((a, b) => Number(a.generation) - Number(b.generation));
    if (!this.#versions.has(object.name)) this.#sorted = undefined;
    this.#versions.set(object.name, versions);
  }

  remove(object: StoredObject): void {
    const others = this.versions(object.name).filter((version) => version.generation !== object.generation);
    if (others.length > 0) {
      this.#versions.set(object.name, others);
      return;
    }
    this.#versions.delete(object.name);
    this.#sorted = undefined;
  }
}

export function bucketEtag({ metageneration }: BucketRecord): string {
  return Buffer.from(`\b${metageneration}`).toString('base64');
}

/** The bucket resource of the JSON API. https://cloud.google.com/storage/docs/json_api/v1/buckets#resource */
export function bucketResource({ record }: Bucket, baseUrl: string) {
  const { name, settings } = record;
  const { location = 'US' } = settings;
  return {
    kind: 'storage#bucket',
    id: name,
    selfLink: `${baseUrl}/storage/v1/b/${name}`,
    name,
    metageneration: String(record.metageneration),
    iamConfiguration: { uniformBucketLevelAccess: { enabled: true }, publicAccessPrevention: 'inherited' },
    location,
    locationType: locationTypeOf(settings),
    storageClass: 'STANDARD',
    ...settings,
    etag: bucketEtag(record),
    timeCreated: rfc3339(record.timeCreated),
    updated: rfc3339(record.updated),
  };
}

/** https://cloud.google.com/storage/docs/locations */
function locationTypeOf({ location = 'US', customPlacementConfig }: BucketSettings): string {
  if (customPlacementConfig !== undefined) return 'dual-region';
  if (['US', 'EU', 'ASIA'].includes(location)) return 'multi-region';
  return location.includes('-') ? 'region' : 'dual-region';
}
