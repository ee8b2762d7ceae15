/**
 * The stored predictions of this version: looks at the object that names them, makes a table of the results it names, and
 * answers from the table before until that is done. Results that cannot be read change nothing, and are reported.
 */
import type { StoredSettings } from '../../common/artifact/stored-settings.ts';
import { readPublished, type Published } from '../../common/batch/published.ts';
import type { Objects } from '../artifact/objects.ts';
import { tableOf, type StoredTable } from './table.ts';

export interface StoredRows {
  readonly table: StoredTable;
  readonly published: Published;
}

export interface StoredEvents {
  /** `rows` answer from now on; `ms`: how long it took to make a table of them. */
  stored(published: Published, rows: number, ms: number): void;
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
  #generation: string | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(settings: StoredSettings, objects: Objects, events: StoredEvents) {
    this.#settings = settings;
    this.#objects = objects;
    this.#events = events;
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
      const published = readPublished(await this.#objects.text(uri, generation));
      this.#assertOwn(published);
      const table = await tableOf(published, this.#objects);
      this.#replace({ table, published }, generation);
      this.#events.stored(published, table.rows, performance.now() - start);
    } catch (error) {
      this.#events.notStored(error);
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#replace(null, null);
  }

  #replace(next: StoredRows | null, generation: string | null): void {
    // Lookups are synchronous: none is in progress.
    this.current?.table.close();
    this.current = next;
    this.#generation = generation;
  }

  #assertOwn({ release, key }: Published): void {
    const settings = this.#settings;
    if (release !== settings.release)
      throw new Error(`expected results of ${settings.release}, got those of ${release}`);
    if (JSON.stringify(key) !== JSON.stringify(settings.key))
      throw new Error(`expected results by ${settings.key.join(', ')}, got those by ${key.join(', ')}`);
  }
}
