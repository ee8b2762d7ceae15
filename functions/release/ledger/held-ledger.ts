/**
 * Reading and writing the ledger: compare-and-swap on the object's generation, a lease for efficiency, the epoch
 * for safety. Changes are functions of the ledger, so that what others wrote meanwhile (a new request) is kept.
 */
import { CallError, isTransient } from '../../errors.ts';
import type { Instant, World } from '../../world.ts';
import { backOff } from '../refusals/back-off.ts';
import { emptyLedger, formatLedger, parseLedger, type Ledger } from './ledger.ts';

export type Change = (ledger: Ledger) => Ledger;

/** Cloud Storage takes about one write a second of one name. */
const WRITE_SPACING_MS = 1_100;

const MOST_TRIES = 6;

/** Somebody else holds the ledger now, or our lease has run out. Nothing may be done on its account any more. */
export class Deposed extends Error {
  override readonly name = 'Deposed';
}

/** What ledgers are read and written with. */
export type LedgerWorld = Pick<World, 'ledgers' | 'clock' | 'random'>;

export interface Stored {
  readonly ledger: Ledger;
  readonly generation: string;
  readonly updatedAt: Instant;
}

/** Reads the ledger. Null: the service has none yet. Throws LEDGER_UNREADABLE or a CallError. */
export async function readLedger(world: LedgerWorld, service: string): Promise<Ledger | null> {
  return (await load(world, service))?.ledger ?? null;
}

/** Changes the ledger without holding it: for intake. `writer` is unique to the caller. */
export async function changeLedger(
  world: LedgerWorld,
  service: string,
  writer: string,
  change: Change,
): Promise<Ledger> {
  for (let n = 1; ; n += 1) {
    const stored = await load(world, service);
    const before = stored?.ledger ?? emptyLedger(service, world.clock.now());
    const after = change(before);
    if (after === before) return before;
    const next = { ...after, writeId: `${writer}.${n}` };
    if ((await swap(world, service, stored, next)) !== null) return next;
  }
}

/** The ledger in the hands of one tick, until it is released, runs out or is taken by another. */
export class HeldLedger {
  readonly #world: LedgerWorld;
  readonly #holder: string;
  #stored: Stored;
  #deferred: Change[] = [];
  /** Something was deferred that has to be written before a long wait. */
  #isDue = false;
  #current: Ledger;
  #writes = 0;
  #readAt: Instant;
  /** Writes of which nothing is known yet, and how many of the deferred changes each has in it. */
  #unsettled: { readonly number: number; readonly changes: number }[] = [];

  private constructor(world: LedgerWorld, holder: string, stored: Stored) {
    this.#world = world;
    this.#holder = holder;
    this.#stored = stored;
    this.#current = stored.ledger;
    this.#readAt = world.clock.now();
  }

  /**
   * Takes the lease and raises the epoch. `busy`: somebody holds it. Null: there is no ledger. `known`: what has
   * been read of it already.
   */
  static async take(
    world: LedgerWorld,
    service: string,
    holder: string,
    leaseMs: number,
    known?: Stored,
  ): Promise<HeldLedger | 'busy' | null> {
    for (let n = 1; ; n += 1) {
      const stored = n === 1 && known !== undefined ? known : await load(world, service);
      if (stored === null) return null;
      const { lease, epoch } = stored.ledger;
      const now = world.clock.now();
      if (lease !== null && lease.until > now) return 'busy';
      // What came in until now is seen: what comes in later asks for a tick of its own.
      const { waking: _, ...found } = stored.ledger;
      const ledger: Ledger = {
        ...found,
        epoch: epoch + 1,
        lease: { by: holder, until: now + leaseMs },
        writeId: `${holder}.take.${n}`,
      };
      const written = await swap(world, service, stored, ledger);
      if (written !== null) return new HeldLedger(world, holder, written);
    }
  }

  /** The ledger as it will be once everything deferred is written. */
  get ledger(): Ledger {
    return this.#current;
  }

  /** Raises the epoch, so that what an update of our own that is still under way may bring about can be fenced. */
  raiseEpoch(): void {
    this.defer((ledger) => ({ ...ledger, epoch: this.#stored.ledger.epoch + 1 }));
  }

  /** Writes the epoch if it has been raised: none may show on an endpoint that the ledger does not have. */
  async settleEpoch(): Promise<void> {
    if (this.#current.epoch !== this.#stored.ledger.epoch) await this.flush();
  }

  /** When the ledger was last read or written. */
  get readAt(): Instant {
    return this.#readAt;
  }

  /** Changes the ledger in memory; written with the next save. Losing it must cost no more than a look. */
  defer(change: Change): void {
    this.#isDue = true;
    this.deferLightly(change);
  }

  /** The same for what is not worth a write of its own. */
  deferLightly(change: Change): void {
    this.#deferred.push(change);
    this.#current = change(this.#current);
  }

  /** Writes what was deferred, if any of it is worth a write. */
  async flushIfDue(): Promise<void> {
    if (this.#isDue) await this.flush();
  }

  async save(change: Change): Promise<void> {
    this.defer(change);
    await this.flush();
  }

  /** Writes what was deferred. Throws Deposed if somebody else has taken the ledger. */
  async flush(): Promise<void> {
    while (this.#deferred.length > 0) {
      this.#writes += 1;
      const number = this.#writes;
      const lease = this.#current.lease && { ...this.#current.lease, writes: number };
      const next = { ...this.#current, lease, writeId: `${this.#holder}.${number}` };
      this.#unsettled.push({ number, changes: this.#deferred.length });
      const written = await swap(this.#world, next.service, this.#stored, next);
      if (written !== null) {
        this.#stored = written;
        this.#current = written.ledger;
        this.#deferred = [];
        this.#unsettled = [];
        this.#isDue = false;
        this.#readAt = this.#world.clock.now();
        return;
      }
      await this.refresh();
    }
  }

  /** Takes in what others wrote, and says whether they did. Throws Deposed if the ledger is not ours any more. */
  async refresh(): Promise<boolean> {
    const stored = await load(this.#world, this.#current.service);
    this.#readAt = this.#world.clock.now();
    if (stored === null) throw new Deposed('the ledger is gone');
    // A write that raised the epoch may have won unnoticed.
    const epochs = [this.#stored.ledger.epoch, this.#current.epoch];
    if (!epochs.includes(stored.ledger.epoch) || stored.ledger.lease?.by !== this.#holder) {
      throw new Deposed('the ledger was taken by another tick');
    }
    if (stored.generation === this.#stored.generation) return false;
    // What has been written already must not be made again: a write may have won although it failed.
    const won = this.#unsettled.find(({ number }) => number === stored.ledger.lease?.writes);
    this.#deferred = this.#deferred.slice(won?.changes ?? 0);
    this.#unsettled = [];
    this.#stored = stored;
    this.#current = this.#deferred.reduce((ledger, change) => change(ledger), stored.ledger);
    return true;
  }

  /** Throws Deposed when the lease is about to run out: whoever was frozen must not act on an old look. */
  assertHeld(): void {
    const until = this.#current.lease?.until ?? 0;
    if (this.#world.clock.now() > until - 30_000) throw new Deposed('the lease has run out');
  }

  /** Lets the next tick have the ledger at once. */
  async release(): Promise<void> {
    await this.save((ledger) => ({ ...ledger, lease: null }));
  }
}

/** The ledger with its generation. Null: the service has none yet. Throws LEDGER_UNREADABLE or a CallError. */
export async function load(world: LedgerWorld, service: string): Promise<Stored | null> {
  const found = await patiently(world, () => world.ledgers.read(service));
  if (found === null) return null;
  return {
    ledger: parseLedger(found.text, service),
    generation: found.generation,
    updatedAt: found.updatedAt,
  };
}

/**
 * Writes `next` over `stored`. Null: somebody else wrote first. A write whose reply was lost is recognised by its
 * writeId; it keeps that id over all its tries, so that it can never be taken for somebody else's.
 */
async function swap(
  world: LedgerWorld,
  service: string,
  stored: Stored | null,
  next: Ledger,
): Promise<Stored | null> {
  const text = formatLedger(next);
  if (stored !== null) await space(world, stored.updatedAt);
  for (let n = 1; ; n += 1) {
    try {
      const generation = await world.ledgers.write(service, text, stored?.generation ?? '0');
      return { ledger: next, generation, updatedAt: world.clock.now() };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.status !== 'FAILED_PRECONDITION' && (!isTransient(error.status) || n >= MOST_TRIES))
        throw error;
      if (error.status !== 'RESOURCE_EXHAUSTED') {
        const found = await load(world, service);
        if (found?.ledger.writeId === next.writeId) return found;
        if (error.status === 'FAILED_PRECONDITION' || found?.generation !== stored?.generation) return null;
      }
      await world.clock.sleep(backOff(n, 2_000, 32_000, world.random));
    }
  }
}

async function space(world: LedgerWorld, updatedAt: Instant): Promise<void> {
  const since = world.clock.now() - updatedAt;
  if (since >= 0 && since < WRITE_SPACING_MS) await world.clock.sleep(WRITE_SPACING_MS - since);
}

/** Repeats a read that failed for a passing reason. */
async function patiently<T>(world: LedgerWorld, read: () => Promise<T>): Promise<T> {
  for (let n = 1; ; n += 1) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CallError) || !isTransient(error.status) || n >= MOST_TRIES) throw error;
      await world.clock.sleep(backOff(n, 2_000, 32_000, world.random));
    }
  }
}
