/**
 * Keeps the store in a directory, so that a restart finds it. Every file is named by a hash, never by what a
 * client said. A content is written before the record that makes it exist, and both by renaming, so a crash
 * leaves an object whole or not there.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import type { Static, TSchema } from 'typebox';
import { Value } from 'typebox/value';

import { parseJson } from '../core/json.ts';
import { keyOf } from './backing.ts';
import type { Backing } from './backing.ts';
import { BucketRecordSchema } from './bucket.ts';
import type { BucketRecord } from './bucket.ts';
import { StoredObjectSchema } from './object.ts';
import type { StoredObject } from './object.ts';

export class DiskBacking implements Backing {
  readonly #buckets: string;
  readonly #objects: string;

  /** Makes the directory when it is not there. Throws what the file system throws. */
  constructor(directory: string) {
    this.#buckets = join(directory, 'buckets');
    this.#objects = join(directory, 'objects');
    mkdirSync(this.#buckets, { recursive: true });
    mkdirSync(this.#objects, { recursive: true });
  }

  /** Throws when a record is not one of ours, naming its file. */
  load(): { buckets: BucketRecord[]; objects: StoredObject[] } {
    const buckets = readRecords(this.#buckets, BucketRecordSchema);
    const objects = readRecords(this.#objects, StoredObjectSchema);
    this.#removeLeftovers(new Set(objects.map((object) => hash(keyOf(object)))));
    return { buckets, objects };
  }

  writeBucket(record: BucketRecord): void {
    writeWhole(join(this.#buckets, `${hash(record.name)}.json`), JSON.stringify(record));
  }

  removeBucket(name: string): void {
    rmSync(join(this.#buckets, `${hash(name)}.json`), { force: true });
  }

  writeObject(object: StoredObject, content?: Uint8Array): void {
    const path = this.#pathOf(object);
    if (content !== undefined) writeWhole(`${path}.content`, content);
    writeWhole(`${path}.json`, JSON.stringify(object));
  }

  removeObject(object: StoredObject): void {
    const path = this.#pathOf(object);
    rmSync(`${path}.json`, { force: true });
    rmSync(`${path}.content`, { force: true });
  }

  readContent(object: StoredObject): Buffer {
    return readFileSync(`${this.#pathOf(object)}.content`);
  }

  streamContent(object: StoredObject): AsyncIterable<Buffer> {
    return createReadStream(`${this.#pathOf(object)}.content`, { highWaterMark: 1024 ** 2 });
  }

  #pathOf(object: StoredObject): string {
    return join(this.#objects, hash(keyOf(object)));
  }

  /** Contents that no record names: of uploads that a crash cut off, or of deletions. */
  #removeLeftovers(known: ReadonlySet<string>): void {
    for (const file of readdirSync(this.#objects)) {
      const [key, kind] = file.split('.');
      if (kind === 'content' && !known.has(key ?? '')) rmSync(join(this.#objects, file));
    }
  }
}

function readRecords<Schema extends TSchema>(directory: string, schema: Schema): Static<Schema>[] {
  const records: Static<Schema>[] = [];
  for (const file of readdirSync(directory)) {
    const path = join(directory, file);
    if (file.endsWith('.partial')) rmSync(path);
    if (!file.endsWith('.json')) continue;
    records.push(readRecord(path, schema));
  }
  return records;
}

function readRecord<Schema extends TSchema>(path: string, schema: Schema): Static<Schema> {
  const record = parseJson(readFileSync(path, 'utf8'));
  if (Value.Check(schema, record)) return record;
  throw new Error(`expected a record of the storage emulator in ${path}; delete it to start without it`);
}

function writeWhole(path: string, content: string | Uint8Array): void {
  writeFileSync(`${path}.partial`, content);
  renameSync(`${path}.partial`, path);
}

function hash(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}
