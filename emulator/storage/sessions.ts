/**
 * Resumable uploads in progress. They live in memory: a restart ends them, and the client starts again.
 * https://cloud.google.com/storage/docs/performing-resumable-uploads
 */
import type { Checksums } from './checksums.ts';
import { StorageError } from './errors.ts';
import type { ObjectAttributes, StoredObject } from './object.ts';
import type { Preconditions } from './preconditions.ts';
import type { Store } from './store.ts';

export interface UploadTarget {
  readonly bucket: string;
  readonly name: string;
  readonly attributes: ObjectAttributes;
  readonly preconditions: Preconditions;
  /** All of them are checked. */
  readonly checksums: readonly Checksums[];
}

/** Short of the end, Cloud Storage keeps whole multiples of this many bytes. */
const GRANULE = 256 * 1024;
const LIFETIME_MS = 7 * 24 * 3600 * 1000;

export class Session {
  readonly id: string;
  readonly startedAt: number;
  readonly target: UploadTarget;
  /** The object, once it is written. */
  result: StoredObject | undefined;
  cancelled = false;
  #chunks: Buffer[] = [];
  #received = 0;

  constructor(id: string, startedAt: number, target: UploadTarget) {
    this.id = id;
    this.startedAt = startedAt;
    this.target = target;
  }

  /** How many bytes from the start are kept. */
  get received(): number {
    return this.#received;
  }

  /** Keeps what is new of bytes that start at `offset`, which is at most `received`. */
  append(chunk: Buffer, offset: number): void {
    const fresh = chunk.subarray(this.#received - offset);
    if (fresh.length === 0) return;
    this.#chunks.push(fresh);
    this.#received += fresh.length;
  }

  /** Forgets what exceeds a multiple of 256 KiB. */
  keepWholeGranules(): void {
    const kept = this.#received - (this.#received % GRANULE);
    if (kept === this.#received) return;
    this.#chunks = [Buffer.concat(this.#chunks).subarray(0, kept)];
    this.#received = kept;
  }

  /** Writes the object. When the store refuses, the session stays as it is. */
  commit(store: Store, checksums: Checksums): StoredObject {
    const { bucket, name, attributes, preconditions } = this.target;
    this.result = store.putObject(bucket, name, Buffer.concat(this.#chunks), {
      attributes,
      preconditions,
      checksums: [...this.target.checksums, checksums],
    });
    this.#chunks = [];
    return this.result;
  }

  cancel(): void {
    this.cancelled = true;
    this.#chunks = [];
  }
}

export class Sessions {
  readonly #store: Store;
  readonly #sessions = new Map<string, Session>();
  #lastId = 0;

  constructor(store: Store) {
    this.#store = store;
  }

  start(target: UploadTarget): Session {
    const now = this.#store.clock.now();
    for (const session of this.#sessions.values()) {
      if (now - session.startedAt > LIFETIME_MS) this.#sessions.delete(session.id);
    }
    // Made of the time, so that an id of an earlier run of the emulator is not taken for one of this run.
    this.#lastId = Math.max(this.#lastId + 1, now * 1000);
    const session = new Session(this.#lastId.toString(36), now, target);
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Throws a 404 StorageError for an id that is unknown or a week old, 499 for one that was cancelled. */
  get(id: string): Session {
    const session = this.#sessions.get(id);
    if (session === undefined || this.#store.clock.now() - session.startedAt > LIFETIME_MS) {
      throw new StorageError(404, 'Upload session not found.', { reason: 'notFound' });
    }
    if (session.cancelled) throw cancelled();
    return session;
  }
}

export function cancelled(): StorageError {
  return new StorageError(499, 'Client Closed Request', { reason: 'clientClosedRequest' });
}
