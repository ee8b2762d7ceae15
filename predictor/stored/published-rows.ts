/**
 * The stored predictions of this version: looks at the object that names them, opens what it names, and answers from what
 * there was before until that is done. What cannot be opened changes nothing, and is reported.
 */
import type { StoredSettings } from '../../common/artifact/stored-settings.ts';
import type { Published } from '../../common/batch/published.ts';
import type { Objects } from '../artifact/objects.ts';
import type { Unavailable } from '../features/fetcher.ts';
import type { Key } from '../features/stores/store.ts';

/** What each kind of publication says of itself. */
export type Publication = Omit<Published, 'files'>;

/** The text of a prediction; null: there is none of that key. */
export type StoredText = string | null | Unavailable;

export interface StoredRows {
  readonly published: Publication;
  readonly rows: number;
  /** The view of the feature store that they are in; null: they are in this process. */
  readonly view: string | null;
  /** Calls `done` once, before it returns or later, with one text a key. Null: what is asked for has no key. */
  find(keys: readonly (Key | null)[], done: (texts: readonly StoredText[]) => void): void;
  close(): void;
}

/** Opens what an object of that text names. Rejects where it cannot be read. */
export type OpenRows = (text: string) => Promise<StoredRows>;

export interface StoredEvents {
  /** `rows` answer from now on; `ms`: how long it took to make a table of them. */
  stored(published: Publication, rows: number, ms: number): void;
  /** The object that named them was removed. */
  withdrawn(): void;
  /** What is published cannot be read: the table before still answers. */
  notStored(cause: unknown): void;
}

export class PublishedRows {
  /** Null: nothing of this version is published, or not read yet. */
  current: StoredRows | null = null;
  readonly #settings: StoredSettings;
  readonly #objects: Objects;
  readonly #events: StoredEvents;
  readonly #open: OpenRows;
  #generation: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: StoredSettings, objects: Objects, events: StoredEvents, open: OpenRows) {
    this.#settings = settings;
    this.#objects = objects;
    this.#events = events;
    this.#open = open;
  }

  /** Looks now, and from then on every `refreshMs`: the next look begins when this one is over. Never rejects. */
  async follow(): Promise<void> {
    await this.look();
    // Replicas look at different times.
    const ms = this.#settings.refreshMs * (0.9 + 0.2 * Math.random());
    this.#timer = setTimeout(() => void this.follow(), ms).unref();
  }

  async look(): Promise<void> {
    try {
      const { uri } = this.#settings;
      const generation = await this.#objects.generation(uri);
      if (generation === this.#generation) return;
      if (generation === null) {
        this.#replace(null, null);
        this.#events.withdrawn();
        return;
      }
      const start = performance.now();
      const opened = await this.#open(await this.#objects.text(uri, generation));
      this.#replace(opened, generation);
      this.#events.stored(opened.published, opened.rows, performance.now() - start);
    } catch (error) {
      this.#events.notStored(error);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#replace(null, null);
  }

  #replace(next: StoredRows | null, generation: string | null): void {
    this.current?.close();
    this.current = next;
    this.#generation = generation;
  }
}

/** Throws an Error where it is another version's, or has another key. */
export function assertOwn({ release, key }: Publication, settings: StoredSettings): void {
  if (release !== settings.release)
    throw new Error(`expected results of ${settings.release}, got those of ${release}`);
  if (JSON.stringify(key) !== JSON.stringify(settings.key))
    throw new Error(`expected results by ${settings.key.join(', ')}, got those by ${key.join(', ')}`);
}
