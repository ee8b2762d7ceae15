/**
 * A World in memory, without faults: calls succeed, operations take the time they are given, and sleeping moves the
 * clock. What it refuses is what Google refuses: a stale generation or etag, a model with traffic undeployed.
 */
import { createHash } from 'node:crypto';
import type { Clock, Served, StoredObject, Topic, World } from '../../functions/world.ts';
import { InMemoryLedgers, type StoredText } from '../../functions/rehearsal/in-memory-ledgers.ts';
import { VirtualClock } from '../../functions/rehearsal/virtual-clock.ts';
import { InMemoryVertex } from '../../functions/rehearsal/in-memory-vertex.ts';

export interface Published {
  readonly topic: Topic;
  readonly data: unknown;
}

export interface MemoryWorld extends World {
  readonly clock: VirtualClock;
  readonly vertex: InMemoryVertex;
  readonly objects: MemoryObjects;
  /** By service. `write` counts generations up from 1. */
  readonly ledgerTexts: Map<string, StoredText>;
  readonly published: Published[];
  /** What Cloud Monitoring says, and what containers have written, by deployed model. */
  readonly served: Map<string, Served>;
  readonly containerLogs: Map<string, readonly string[]>;
  /** Everything that a handler could have changed, for comparing before with after. */
  snapshot(): unknown;
}

export class MemoryObjects {
  readonly #clock: Clock;
  readonly #live = new Map<string, { object: StoredObject; content: string; sha256: string }>();
  #generation = 1_700_000_000_000_000n;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** `sha256` is what the object is said to hash to; nothing here computes one. */
  put(
    bucket: string,
    name: string,
    content = 'model',
    sha256 = 'a'.repeat(64),
    contentEncoding: string | null = null,
  ): StoredObject {
    this.#generation += 1n;
    const generation = String(this.#generation);
    const object = {
      bucket,
      name,
      generation,
      createdAt: this.#clock.now(),
      size: content.length,
      checksum: content === '' ? null : `md5:${createHash('md5').update(content).digest('base64')}`,
      contentEncoding,
    };
    this.#live.set(`${bucket}/${name}`, { object, content, sha256 });
    return object;
  }

  /** An object as it was in another world. */
  restore(object: StoredObject, content: string): void {
    this.#live.set(`${object.bucket}/${object.name}`, { object, content, sha256: 'a'.repeat(64) });
  }

  /** What a key rotation, a change of storage class, a restore or a synchronisation does: all is new but the content. */
  rewrite(bucket: string, name: string): StoredObject {
    const found = this.find(bucket, name);
    if (found === null) throw new Error(`there is no ${name}`);
    return this.put(bucket, name, found.content, found.sha256, found.object.contentEncoding);
  }

  delete(bucket: string, name: string): void {
    this.#live.delete(`${bucket}/${name}`);
  }

  find(bucket: string, name: string) {
    return this.#live.get(`${bucket}/${name}`) ?? null;
  }

  all(): StoredObject[] {
    return [...this.#live.values()].map(({ object }) => object);
  }
}

export const DURATIONS = {
  createEndpoint: 1_000,
  upload: 60_000,
  deploy: 600_000,
  undeploy: 120_000,
  deleteVersion: 1_000,
};

export function memoryWorld(): MemoryWorld {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const objects = new MemoryObjects(clock);
  const vertex = new InMemoryVertex('projects/test-project/locations/us-central1', clock, DURATIONS);
  const ledgers = new InMemoryLedgers(clock);
  const ledgerTexts = ledgers.texts;
  const published: Published[] = [];
  const generationOf = (object: StoredObject) => {
    const found = objects.find(object.bucket, object.name);
    return found?.object.generation === object.generation ? found : null;
  };
  const served: MemoryWorld['served'] = new Map();
  const logs: MemoryWorld['containerLogs'] = new Map();
  let drawn = 0;

  return {
    clock,
    objects,
    vertex,
    ledgerTexts,
    published,
    served,
    containerLogs: logs,
    // Spread evenly and never the same twice, so that no two deliveries share a name.
    random: () => ((drawn += 1) * 0.618_033_988_749) % 1,
    snapshot: () =>
      structuredClone({ objects: objects.all(), ledgerTexts, published, vertex: vertex.snapshot() }),
    artifacts: {
      head: async (bucket, name) => objects.find(bucket, name)?.object ?? null,
      async *list(bucket, prefix) {
        yield objects.all().filter((o) => o.bucket === bucket && o.name.startsWith(prefix));
      },
      read: async (object, maxBytes) => {
        const found = generationOf(object);
        return found === null || found.object.size > maxBytes ? null : found.content;
      },
      readRange: async (object, start, end) => {
        const found = generationOf(object);
        return found === null ? null : Buffer.from(found.content).subarray(start, end);
      },
      sha256: async (object) => {
        const found = generationOf(object);
        return found === null ? { ended: 'gone' } : { ended: 'read', sha256: found.sha256 };
      },
    },
    ledgers,
    monitoring: { served: async () => served },
    logs: { tail: async (_, deployedModel) => logs.get(deployedModel) ?? [] },
    bus: {
      publish: async (topic, data) => {
        published.push({ topic, data: structuredClone(data) });
      },
    },
  };
}
