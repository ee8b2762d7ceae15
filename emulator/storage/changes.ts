/** The news of a store: one change of one generation after the other. */
import type { Clock } from '../core/clock.ts';
import { objectResource, rfc3339 } from './object.ts';
import type { ObjectResource, StoredObject } from './object.ts';

/** What a notification tells. */
export interface ObjectChange {
  readonly kind: 'finalize' | 'metadataUpdate' | 'delete' | 'archive';
  readonly bucket: string;
  readonly name: string;
  readonly generation: string;
  /** RFC 3339. */
  readonly time: string;
  readonly resource: ObjectResource;
  /** On finalize: the generation that was live before. */
  readonly overwroteGeneration?: string;
  /** On delete and archive: the generation that took its place. */
  readonly overwrittenByGeneration?: string;
}

export type ChangeListener = (change: ObjectChange) => void;

export class Changes {
  readonly #clock: Clock;
  readonly #baseUrl: () => string;
  readonly #listeners = new Set<ChangeListener>();

  /** `baseUrl` is where the links in resources lead. */
  constructor(clock: Clock, baseUrl: () => string) {
    this.#clock = clock;
    this.#baseUrl = baseUrl;
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  tell(
    kind: ObjectChange['kind'],
    object: StoredObject,
    cause: Pick<ObjectChange, 'overwroteGeneration' | 'overwrittenByGeneration'> = {},
  ): void {
    const { bucket, name, generation } = object;
    const resource = objectResource(object, this.#baseUrl());
    const time = rfc3339(this.#clock.now());
    const change: ObjectChange = { kind, bucket, name, generation, time, resource, ...cause };
    for (const listener of this.#listeners) listener(change);
  }
}
