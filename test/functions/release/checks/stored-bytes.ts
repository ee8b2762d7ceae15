/** Artifacts whose content is bytes, and which count what is read of them. */
import type { Artifacts, Digest, StoredObject } from '../../../../functions/world.ts';

/** A number: so many zeros that nobody holds in memory. */
export type Part = Uint8Array | number;

export class StoredBytes implements Artifacts {
  reads = 0;
  bytesRead = 0;
  readonly #objects = new Map<string, { object: StoredObject; parts: readonly Part[] }>();

  put(name: string, ...parts: readonly Part[]): StoredObject {
    const size = parts.reduce<number>((sum, part) => sum + lengthOf(part), 0);
    const object = {
      bucket: 'models',
      name,
      generation: String(this.#objects.size + 1),
      createdAt: 0,
      size,
      checksum: null,
      contentEncoding: null,
    };
    this.#objects.set(name, { object, parts });
    return object;
  }

  delete(name: string): void {
    this.#objects.delete(name);
  }

  async head(_: string, name: string): Promise<StoredObject | null> {
    return this.#objects.get(name)?.object ?? null;
  }

  async *list(_: string, prefix: string): AsyncGenerator<readonly StoredObject[]> {
    yield [...this.#objects.values()].map(({ object }) => object).filter((o) => o.name.startsWith(prefix));
  }

  async read(object: StoredObject, maxBytes: number): Promise<string | null> {
    if (object.size > maxBytes) return null;
    const bytes = await this.readRange(object, 0, object.size);
    return bytes === null ? null : Buffer.from(bytes).toString();
  }

  async readRange(object: StoredObject, start: number, end: number): Promise<Uint8Array | null> {
    const found = this.#objects.get(object.name);
    if (found?.object.generation !== object.generation) return null;
    const bytes = Buffer.alloc(Math.max(0, Math.min(end, object.size) - start));
    let offset = 0;
    for (const part of found.parts) {
      if (part instanceof Uint8Array && offset < end && offset + part.length > start)
        bytes.set(part.subarray(Math.max(0, start - offset), end - offset), Math.max(0, offset - start));
      offset += lengthOf(part);
    }
    this.reads += 1;
    this.bytesRead += bytes.length;
    return bytes;
  }

  async sha256(): Promise<Digest> {
    throw new Error('nothing here asks for a hash');
  }
}

function lengthOf(part: Part): number {
  return typeof part === 'number' ? part : part.length;
}
