/** The objects of a simulated run of batches: every generation is kept, so that it can be said what a job has read. */
import { CallError } from '../../../functions/errors.ts';
import type { StoredObject } from '../../../functions/world.ts';

export interface SimFile extends StoredObject {
  readonly bytes: Buffer;
}

export class SimFiles {
  readonly #live = new Map<string, SimFile>();
  #generation = 1_700_000_000_000_000;

  put(bucket: string, name: string, bytes: Buffer, now: number): SimFile {
    this.#generation += 1_000;
    const file: SimFile = {
      bucket,
      name,
      generation: String(this.#generation),
      createdAt: now,
      size: bytes.length,
      checksum: null,
      contentEncoding: null,
      bytes,
    };
    this.#live.set(`${bucket}/${name}`, file);
    return file;
  }

  head(bucket: string, name: string): SimFile | null {
    return this.#live.get(`${bucket}/${name}`) ?? null;
  }

  /** What a URI of a job names. */
  at(uri: string): SimFile | null {
    return this.#live.get(uri.slice('gs://'.length)) ?? null;
  }

  generation(object: Pick<StoredObject, 'bucket' | 'name' | 'generation'>): SimFile | null {
    const file = this.head(object.bucket, object.name);
    return file?.generation === object.generation ? file : null;
  }

  list(bucket: string, prefix: string): SimFile[] {
    return [...this.#live.values()].filter((file) => file.bucket === bucket && file.name.startsWith(prefix));
  }

  replace(bucket: string, name: string, bytes: Buffer, generation: string, now: number): SimFile {
    const found = this.head(bucket, name)?.generation ?? '0';
    if (found !== generation) throw new CallError('files.replace', 'FAILED_PRECONDITION', name);
    return this.put(bucket, name, bytes, now);
  }

  compose(bucket: string, names: readonly string[], to: string, now: number): SimFile {
    const parts = names.map((name) => this.head(bucket, name));
    const found = parts.filter((part) => part !== null);
    if (found.length < parts.length) throw new CallError('files.compose', 'NOT_FOUND', 'a part is gone');
    return this.put(bucket, to, Buffer.concat(found.map(({ bytes }) => bytes)), now);
  }

  remove(bucket: string, name: string): void {
    this.#live.delete(`${bucket}/${name}`);
  }
}
