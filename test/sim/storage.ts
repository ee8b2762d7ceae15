/** Cloud Storage, simulated: the ledgers with their generations and their one write a second, and the artifacts. */
import { createHash } from 'node:crypto';
import { CallError } from '../../functions/errors.ts';
import { parseLedger, type Ledger } from '../../functions/release/ledger/ledger.ts';
import type { StoredObject } from '../../functions/world.ts';
import type { Flaw } from './scenario.ts';

export interface StoredLedger {
  readonly text: string;
  readonly generation: string;
  readonly updatedAt: number;
  /** What the text says; null if it is not a ledger. */
  readonly ledger: Ledger | null;
}

/** Cloud Storage takes about one write a second of one name. */
const WRITE_SPACING_MS = 1_000;

export class SimLedgers {
  readonly #objects = new Map<string, StoredLedger>();
  readonly #lastWrites = new Map<string, number>();
  #generation = 1_000;

  read(service: string): StoredLedger | null {
    return this.#objects.get(service) ?? null;
  }

  /** `generation` null: a blind write. Returns what is stored now. */
  write(service: string, text: string, generation: string | null, now: number): StoredLedger {
    const found = this.#objects.get(service)?.generation ?? '0';
    if (generation !== null && generation !== found) {
      throw new CallError(
        'ledgers.write',
        'FAILED_PRECONDITION',
        `expected generation ${generation}, got ${found}`,
      );
    }
    if (now - (this.#lastWrites.get(service) ?? -Infinity) < WRITE_SPACING_MS) {
      throw new CallError('ledgers.write', 'RESOURCE_EXHAUSTED', 'rate limit for object mutation operations');
    }
    return this.put(service, text, now);
  }

  /** Also what an operator does by hand. */
  put(service: string, text: string, now: number): StoredLedger {
    this.#lastWrites.set(service, now);
    this.#generation += 1;
    const stored = {
      text,
      generation: String(this.#generation),
      updatedAt: now,
      ledger: readable(text, service),
    };
    this.#objects.set(service, stored);
    return stored;
  }

  delete(service: string): void {
    this.#objects.delete(service);
  }
}

function readable(text: string, service: string): Ledger | null {
  // The ledger of its batches is of another form.
  if (service.endsWith('.batch')) return null;
  try {
    return parseLedger(text, service);
  } catch {
    return null;
  }
}

export interface SimObject extends StoredObject {
  readonly text: string;
  readonly sha256: string;
  readonly flaw: Flaw | null;
}

export class SimArtifacts {
  readonly #live = new Map<string, SimObject>();
  /** Every generation there ever was. */
  readonly history: SimObject[] = [];
  #generation = 1_700_000_000_000_000;

  put(bucket: string, name: string, text: string, flaw: Flaw | null, now: number): SimObject {
    this.#generation += 1_000;
    const object: SimObject = {
      bucket,
      name,
      generation: String(this.#generation),
      createdAt: now,
      size: text.length,
      checksum: `md5:${createHash('md5').update(text).digest('base64')}`,
      contentEncoding: null,
      text,
      sha256: SHA256,
      flaw,
    };
    this.#live.set(name, object);
    this.history.push(object);
    return object;
  }

  delete(name: string): void {
    this.#live.delete(name);
  }

  head(name: string): SimObject | null {
    return this.#live.get(name) ?? null;
  }

  list(prefix: string): SimObject[] {
    return [...this.#live.values()].filter((object) => object.name.startsWith(prefix));
  }

  at(object: StoredObject): SimObject | null {
    const live = this.#live.get(object.name);
    return live?.generation === object.generation ? live : null;
  }
}

/** Of every object here; a manifest with another one is wrong. */
export const SHA256 = 'a'.repeat(64);
