/**
 * Cloud Storage's state: buckets, every generation of their objects, and the news of each change. Each
 * method is one synchronous step, so a compare-and-swap holds against every other writer. What a client got wrong
 * is thrown as a StorageError.
 */
import type { Clock } from '../core/clock.ts';
import { MemoryBacking } from './backing.ts';
import type { Backing } from './backing.ts';
import { Bucket } from './bucket.ts';
import type { BucketRecord, BucketSettings, NotificationConfig } from './bucket.ts';
import { Changes } from './changes.ts';
import type { ChangeListener } from './changes.ts';
import { crc32cOf, md5Of, verifyChecksums } from './checksums.ts';
import { DiskBacking } from './disk.ts';
import { bucketNotFound, conflict, objectNotFound, StorageError, tooManyWrites } from './errors.ts';
import { listPage } from './listing.ts';
import type { ListPage, ListQuery } from './listing.ts';
import { checkBucketName, checkObjectName, compareNames } from './names.ts';
import type { ObjectAttributes, StoredObject } from './object.ts';
import { checkBucketPreconditions, checkPreconditions } from './preconditions.ts';
import type { Preconditions } from './preconditions.ts';
import type { PutOptions, Selection, StoreOptions } from './store-options.ts';

type Parting = ['archive' | 'delete', StoredObject];

export class Store {
  /** May be switched at any time; see StoreOptions. */
  limitWrites: boolean;
  readonly clock: Clock;
  readonly #backing: Backing;
  readonly #changes: Changes;
  readonly #buckets = new Map<string, Bucket>();
  readonly #lastWrites = new Map<string, number>();
  #lastGeneration = 0;

  /** With a dataDir, throws what the file system throws, and an Error for a file that is not the store's. */
  constructor(options: StoreOptions) {
    this.clock = options.clock;
    this.#changes = new Changes(options.clock, options.baseUrl ?? (() => 'https://storage.googleapis.com'));
    this.limitWrites = options.limitWrites ?? false;
    this.#backing = options.dataDir === undefined ? new MemoryBacking() : new DiskBacking(options.dataDir);
    this.#load();
  }

  /** Calls `listener` after each change, in order. It must not throw. Returns a function that ends it. */
  onChange(listener: ChangeListener): () => void {
    return this.#changes.subscribe(listener);
  }

  createBucket(name: string, settings: BucketSettings = {}, project = ''): Bucket {
    checkBucketName(name);
    if (this.#buckets.has(name)) {
      throw conflict('Your previous request to create the named bucket succeeded and you already own it.');
    }
    const now = this.clock.now();
    const bucket = new Bucket({
      name,
      project,
      timeCreated: now,
      updated: now,
      metageneration: 1,
      settings,
      notifications: [],
      lastNotificationId: 0,
    });
    this.#buckets.set(name, bucket);
    this.#backing.writeBucket(bucket.record);
    return bucket;
  }

  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw bucketNotFound();
    return bucket;
  }

  /** Throws a 404 StorageError, and 412 or 304 when it is not what was demanded. */
  getBucket(name: string, preconditions: Preconditions): Bucket {
    const bucket = this.bucket(name);
    checkBucketPreconditions(preconditions, bucket.state, 'read');
    return bucket;
  }

  /** The buckets of a project and those of no project, by name. */
  listBuckets(project: string, prefix = ''): Bucket[] {
    return [...this.#buckets.values()]
      .filter(({ record }) => record.project === project || record.project === '')
      .filter(({ record }) => record.name.startsWith(prefix))
      .toSorted((a, b) => compareNames(a.record.name, b.record.name));
  }

  /** The settings are what `change` makes of those there are. Throws a 412 StorageError. */
  updateBucket(
    name: string,
    change: (settings: BucketSettings) => BucketSettings,
    preconditions: Preconditions = {},
  ): Bucket {
    const bucket = this.bucket(name);
    checkBucketPreconditions(preconditions, bucket.state, 'write');
    const settings = change(bucket.record.settings);
    const metageneration = bucket.record.metageneration + 1;
    this.#saveBucket(bucket, { settings, metageneration, updated: this.clock.now() });
    return bucket;
  }

  deleteBucket(name: string, preconditions: Preconditions = {}): void {
    const bucket = this.bucket(name);
    checkBucketPreconditions(preconditions, bucket.state, 'write');
    if (!bucket.empty) throw conflict('The bucket you tried to delete is not empty.');
    this.#buckets.delete(name);
    this.#backing.removeBucket(name);
  }

  addNotification(bucketName: string, config: Omit<NotificationConfig, 'id'>): NotificationConfig {
    const bucket = this.bucket(bucketName);
    const { notifications, lastNotificationId } = bucket.record;
    if (notifications.length >= 100) throw conflict('A bucket has at most 100 notification configurations.');
    const added = { id: String(lastNotificationId + 1), ...config };
    this.#saveBucket(bucket, {
      notifications: [...notifications, added],
      lastNotificationId: lastNotificationId + 1,
    });
    return added;
  }

  notifications(bucketName: string): readonly NotificationConfig[] {
    return this.bucket(bucketName).record.notifications;
  }

  removeNotification(bucketName: string, id: string): void {
    const bucket = this.bucket(bucketName);
    const notifications = bucket.record.notifications.filter((config) => config.id !== id);
    if (notifications.length === bucket.record.notifications.length) {
      throw new StorageError(404, 'Not Found', { reason: 'notFound' });
    }
    this.#saveBucket(bucket, { notifications });
  }

  /** Writes a new generation. The content is copied. */
  putObject(bucketName: string, name: string, content: Uint8Array, options: PutOptions = {}): StoredObject {
    const { attributes = {}, preconditions = {}, checksums = [], componentCount, md5 = true } = options;
    const bucket = this.bucket(bucketName);
    checkObjectName(name);
    const before = bucket.live(name);
    checkPreconditions(preconditions, before, 'write');
    const actual = { crc32c: crc32cOf(content), md5Hash: md5Of(content) };
    for (const claimed of [checksums].flat()) verifyChecksums(claimed, actual);
    this.#countWrite(bucketName, name);
    const now = this.clock.now();
    const object: StoredObject = {
      bucket: bucketName,
      name,
      generation: this.#nextGeneration(),
      metageneration: 1,
      size: content.byteLength,
      crc32c: actual.crc32c,
      ...(componentCount === undefined ? {} : { componentCount }),
      ...(md5 && componentCount === undefined ? { md5Hash: actual.md5Hash } : {}),
      timeCreated: now,
      updated: now,
      attributes: { ...bucket.objectDefaults, ...attributes },
    };
    this.#backing.writeObject(object, content);
    bucket.put(object);
    if (before === undefined) {
      this.#changes.tell('finalize', object);
      return object;
    }
    const retired = this.#retire(bucket, before);
    this.#changes.tell('finalize', object, { overwroteGeneration: before.generation });
    this.#changes.tell(...retired, { overwrittenByGeneration: object.generation });
    return object;
  }

  /** Throws a 404 StorageError when there is none, 412 or 304 when it is not what was demanded. */
  getObject(bucketName: string, name: string, { generation, preconditions }: Selection = {}): StoredObject {
    const object = this.bucket(bucketName).find(name, generation);
    if (object === undefined) throw objectNotFound(bucketName, name);
    checkPreconditions(preconditions ?? {}, object, 'read');
    return object;
  }

  /** The object and its bytes, which must not be changed. Throws as getObject does. */
  readObject(
    bucketName: string,
    name: string,
    generation?: string,
  ): { object: StoredObject; content: Buffer } {
    const object = this.getObject(bucketName, name, { generation });
    return { object, content: this.contentOf(object) };
  }

  contentOf(object: StoredObject): Buffer {
    return this.#backing.readContent(object);
  }

  /** The bytes in pieces. An object that is overwritten or deleted meanwhile may end in an error. */
  streamContent(object: StoredObject): AsyncIterable<Buffer> {
    return this.#backing.streamContent(object);
  }

  listObjects(bucketName: string, query: ListQuery = {}): ListPage {
    return listPage(this.bucket(bucketName), query);
  }

  /** Changes attributes in place: same generation, next metageneration. */
  updateObject(
    bucketName: string,
    name: string,
    change: (attributes: ObjectAttributes) => ObjectAttributes,
    selection: Selection = {},
  ): StoredObject {
    const { bucket, found } = this.#findForWrite(bucketName, name, selection);
    const object: StoredObject = {
      ...found,
      attributes: change(found.attributes),
      metageneration: found.metageneration + 1,
      updated: this.clock.now(),
    };
    this.#backing.writeObject(object);
    bucket.put(object);
    this.#changes.tell('metadataUpdate', object);
    return object;
  }

  /** Without a generation, the live object of a versioned bucket becomes noncurrent; otherwise it is gone. */
  deleteObject(bucketName: string, name: string, selection: Selection = {}): void {
    const { bucket, found } = this.#findForWrite(bucketName, name, selection);
    const gone =
      selection.generation === undefined ? this.#retire(bucket, found) : this.#destroy(bucket, found);
    this.#changes.tell(...gone);
  }

  #load(): void {
    const { buckets, objects } = this.#backing.load();
    for (const record of buckets) this.#buckets.set(record.name, new Bucket(record));
    for (const object of objects.toSorted((a, b) => Number(a.generation) - Number(b.generation))) {
      const bucket = this.bucket(object.bucket);
      // A crash between writing a generation and retiring the one before leaves both.
      const before = bucket.live(object.name);
      bucket.put(object);
      if (before !== undefined) this.#retire(bucket, before);
      this.#lastGeneration = Number(object.generation);
    }
  }

  #findForWrite(bucketName: string, name: string, { generation, preconditions }: Selection) {
    const bucket = this.bucket(bucketName);
    const found = bucket.find(name, generation);
    if (found === undefined) throw objectNotFound(bucketName, name);
    checkPreconditions(preconditions ?? {}, found, 'write');
    this.#countWrite(bucketName, name);
    return { bucket, found };
  }

  /** Takes a live generation out of the way. Returns what there is to tell of it. */
  #retire(bucket: Bucket, object: StoredObject): Parting {
    if (!bucket.versioned) return this.#destroy(bucket, object);
    const noncurrent = { ...object, timeDeleted: this.clock.now() };
    this.#backing.writeObject(noncurrent);
    bucket.put(noncurrent);
    return ['archive', noncurrent];
  }

  #destroy(bucket: Bucket, object: StoredObject): Parting {
    this.#backing.removeObject(object);
    bucket.remove(object);
    return ['delete', { ...object, timeDeleted: object.timeDeleted ?? this.clock.now() }];
  }

  #saveBucket(bucket: Bucket, changes: Partial<BucketRecord>): void {
    bucket.record = { ...bucket.record, ...changes };
    this.#backing.writeBucket(bucket.record);
  }

  /** Google's generations are the microsecond of the write. */
  #nextGeneration(): string {
    this.#lastGeneration = Math.max(this.#lastGeneration + 1, this.clock.now() * 1000);
    return String(this.#lastGeneration);
  }

  #countWrite(bucket: string, name: string): void {
    if (!this.limitWrites) return;
    const now = this.clock.now();
    const key = `${bucket}\n${name}`;
    const last = this.#lastWrites.get(key);
    if (last !== undefined && now - last < 1000) throw tooManyWrites(bucket, name);
    this.#lastWrites.set(key, now);
  }
}
