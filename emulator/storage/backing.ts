/** Where the store keeps its contents, and with a directory everything else too. */
import type { BucketRecord } from './bucket.ts';
import type { StoredObject } from './object.ts';

export interface Backing {
  /** What an earlier run left behind. */
  load(): { readonly buckets: readonly BucketRecord[]; readonly objects: readonly StoredObject[] };
  writeBucket(record: BucketRecord): void;
  removeBucket(name: string): void;
  /** Makes the object last; `content` is left out when only what is known about it has changed. */
  writeObject(object: StoredObject, content?: Uint8Array): void;
  removeObject(object: StoredObject): void;
  readContent(object: StoredObject): Buffer;
  /** The same in pieces of 1 MB at most, so that an object larger than the memory can be read. */
  streamContent(object: StoredObject): AsyncIterable<Buffer>;
}

const PIECE_BYTES = 1024 ** 2;

/** Keeps contents in memory and everything else nowhere. */
export class MemoryBacking implements Backing {
  readonly #contents = new Map<string, Buffer>();

  load(): { buckets: []; objects: [] } {
    return { buckets: [], objects: [] };
  }

  writeBucket(): void {}

  removeBucket(): void {}

  writeObject(object: StoredObject, content?: Uint8Array): void {
    if (content !== undefined) this.#contents.set(keyOf(object), Buffer.from(content));
  }

  removeObject(object: StoredObject): void {
    this.#contents.delete(keyOf(object));
  }

  readContent(object: StoredObject): Buffer {
    const content = this.#contents.get(keyOf(object));
    if (content === undefined) throw new Error(`expected the content of ${keyOf(object)}`);
    return content;
  }

  async *streamContent(object: StoredObject): AsyncIterable<Buffer> {
    const content = this.readContent(object);
    for (let from = 0; from < content.length; from += PIECE_BYTES)
      yield content.subarray(from, from + PIECE_BYTES);
  }
}

/** Names one generation; neither buckets nor objects have a line break in their names. */
export function keyOf(object: StoredObject): string {
  return `${object.bucket}\n${object.name}\n${object.generation}`;
}
