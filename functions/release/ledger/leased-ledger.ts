/**
 * Reading and writing the ledger: compare-and-swap on the object's generation, a lease for efficiency, the epoch
 * for safety. Changes are functions of the ledger, so that what others wrote meanwhile (a new request) is kept.
 */
import { CallError, isTransient } from '../../errors.ts';
import type { Instant, World } from '../../world.ts';
import { backOff } from '../refusals/back-off.ts';
import { withReadRetries, respectWriteRate } from './patience.ts';
import { RELEASES, withoutWaking, type Holdable, type LedgerForm } from './form.ts';
import type { Ledger } from './ledger.ts';

export type Change<L = Ledger> = (ledger: L) => L;

const TRIES_MAX = 6;

/** Somebody else holds the ledger now, or our lease has run out. Nothing may be done on its account any more. */
export class LeaseLost extends Error {
  override readonly name = 'LeaseLost';
}

/** What ledgers are read and written with. */
export type LedgerWorld = Pick<World, 'ledgers' | 'clock' | 'random'>;

export interface Stored<L = Ledger> {
  readonly ledger: L;
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
  return changeLedgerOf(RELEASES, world, service, writer, change);
}

/** The same of any kind of ledger. */
export async function changeLedgerOf<L extends Holdable>(
  form: LedgerForm<L>,
  world: LedgerWorld,
  service: string,
  writer: string,
  change: Change<L>,
): Promise<L> {
  for (let n = 1; ; n += 1) {
    const stored = await loadOf(form, world, service);
    const before = stored?.ledger ?? form.empty(service, world.clock.now());
    const after = change(before);
    if (after === before) return before;
    const next = { ...after, writeId: `${writer}.${n}` };
    if ((await swap(form, world, service, stored, next)) !== null) return next;
  }
}

/** The ledger in the hands of one tick, until it is released, runs out or is taken by another. */
export class LeasedLedger<L extends Holdable = Ledger> {
  readonly #form: LedgerForm<L>;
  readonly #service: string;
  readonly #world: LedgerWorld;
  readonly #holder: string;
  #stored: Stored<L>;
  #deferred: Change<L>[] = [];
  /** Something was deferred that has to be written before a long wait. */
  #isDue = false;
  #current: L;
  #writes = 0;
  /** Writes of which nothing is known yet, and how many of the deferred changes each has in it. */
  #unconfirmedWrites: { readonly number: number; readonly changes: number }[] = [];

  private constructor(
    form: LedgerForm<L>,
    service: string,
    world: LedgerWorld,
    holder: string,
    stored: Stored<L>,
  ) {
    this.#form = form;
    this.#service = service;
    this.#world = world;
    this.#holder = holder;
    this.#stored = stored;
    this.#current = stored.ledger;
  }

  /**
   * Takes the lease and raises the epoch. `busy`: somebody holds it, and does more than wait. Null: there is no ledger.
   * `known`: what has been read of it already.
   */
  static async take(
    world: LedgerWorld,
    service: string,
    holder: string,
    leaseMs: number,
    known?: Stored,
  ): Promise<LeasedLedger | 'busy' | null> {
    return LeasedLedger.takeOf(RELEASES, world, service, holder, leaseMs, known);
  }

  /** The same of any kind of ledger. */
  static async takeOf<L extends Holdable>(
    form: LedgerForm<L>,
    world: LedgerWorld,
    service: string,
    holder: string,
    leaseMs: number,
    known?: Stored<L>,
  ): Promise<LeasedLedger<L> | 'busy' | null> {
    for (let n = 1; ; n += 1) {
      const stored = n === 1 && known !== undefined ? known : await loadOf(form, world, service);
      if (stored === null) return null;
      const { lease, epoch } = stored.ledger;
      const now = world.clock.now();
      // The reply was lost, and others have written since: it is ours all the same, and nobody else would work on it.
      if (n > 1 && lease?.by === holder) return new LeasedLedger(form, service, world, holder, stored);
      if (lease !== null && lease.until > now && !form.isTakeable(stored.ledger)) return 'busy';
      // What came in until now is seen: what comes in later asks for a tick of its own.
      const ledger: L = {
        ...withoutWaking(stored.ledger),
        epoch: epoch + 1,
        lease: { by: holder, until: now + leaseMs },
        writeId: `${holder}.take.${n}`,
      };
      const written = await swap(form, world, service, stored, ledger);
      if (written !== null) return new LeasedLedger(form, service, world, holder, written);
    }
  }

  /** The ledger as it will be once everything deferred is written. */
  get ledger(): L {
    return this.#current;
  }

  /** The ledger as it was last read or written. */
  get stored(): Stored<L> {
    return this.#stored;
  }

  get hasUnwritten(): boolean {
    return this.#deferred.length > 0;
  }

  /** Raises the epoch, so that what an update of our own that was sent and not answered may bring about can be fenced. */
  raiseEpoch(): void {
    this.defer((ledger) => ({ ...ledger, epoch: this.#stored.ledger.epoch + 1 }));
  }

  /** Writes the epoch if it has been raised: none may show on an endpoint that the ledger does not have. */
  async settleEpoch(): Promise<void> {
    if (this.#current.epoch !== this.#stored.ledger.epoch) await this.flush();
  }

  /** Changes the ledger in memory; written with the next save. Losing it must cost no more than a look. */
  defer(change: Change<L>): void {
    this.#isDue = true;
    this.deferLightly(change);
  }

  /** The same for what is not worth a write of its own. */
  deferLightly(change: Change<L>): void {
    this.#deferred.push(change);
    this.#current = change(this.#current);
  }

  /** Writes what was deferred, if any of it is worth a write. */
  async flushIfDue(): Promise<void> {
    if (this.#isDue) await this.flush();
  }

  async save(change: Change<L>): Promise<void> {
    this.defer(change);
    await this.flush();
  }

  /** Writes what was deferred. Throws LeaseLost if somebody else has taken the ledger. */
  async flush(): Promise<void> {
    while (this.#deferred.length > 0) {
      this.#writes += 1;
      const number = this.#writes;
      const lease = this.#current.lease && { ...this.#current.lease, writes: number };
      const next = { ...this.#current, lease, writeId: `${this.#holder}.${number}` };
      this.#unconfirmedWrites.push({ number, changes: this.#deferred.length });
      const written = await swap(this.#form, this.#world, this.#service, this.#stored, next);
      if (written !== null) {
        this.#stored = written;
        this.#current = written.ledger;
        this.#deferred = [];
        this.#unconfirmedWrites = [];
        this.#isDue = false;
        return;
      }
      await this.refresh();
    }
  }

  /** Takes in what others wrote, and says whether they did. Throws LeaseLost if the ledger is not ours any more. */
  async refresh(): Promise<boolean> {
    const stored = await loadOf(this.#form, this.#world, this.#service);
    if (stored === null) throw new LeaseLost('the ledger is gone');
    // A write that raised the epoch may have won unnoticed.
    const epochs = [this.#stored.ledger.epoch, this.#current.epoch];
    if (!epochs.includes(stored.ledger.epoch) || stored.ledger.lease?.by !== this.#holder) {
      throw new LeaseLost('the ledger was taken by another tick');
    }
    if (stored.generation === this.#stored.generation) return false;
    // What has been written already must not be made again: a write may have won although it failed.
    const won = this.#unconfirmedWrites.find(({ number }) => number === stored.ledger.lease?.writes);
    this.#deferred = this.#deferred.slice(won?.changes ?? 0);
    this.#unconfirmedWrites = [];
    this.#stored = stored;
    this.#current = this.#deferred.reduce((ledger, change) => change(ledger), stored.ledger);
    return true;
  }

  /** Throws LeaseLost when the lease is about to run out: a process that was frozen must not act on an old look. */
  assertHeld(): void {
    const until = this.#current.lease?.until ?? 0;
    if (this.#world.clock.now() > until - 30_000) throw new LeaseLost('the lease has run out');
  }

  /** Lets the next tick have the ledger at once. */
  async release(): Promise<void> {
    await this.save((ledger) => ({ ...ledger, lease: null }));
  }
}

/** The ledger with its generation. Null: the service has none yet. Throws LEDGER_UNREADABLE or a CallError. */
export async function load(world: LedgerWorld, service: string): Promise<Stored | null> {
  return loadOf(RELEASES, world, service);
}

/** The same of any kind of ledger. */
export async function loadOf<L extends Holdable>(
  form: LedgerForm<L>,
  world: LedgerWorld,
  service: string,
): Promise<Stored<L> | null> {
  const found = await withReadRetries(world, () => world.ledgers.read(form.nameOf(service)));
  if (found === null) return null;
  return {
    ledger: form.parse(found.text, service),
    generation: found.generation,
    updatedAt: found.updatedAt,
  };
}

/**
 * Writes `next` over `stored`. Null: somebody else wrote first. A write whose reply was lost is recognised by its
 * writeId; it keeps that id over all its tries, so that it can never be taken for somebody else's.
 */
async function swap<L extends Holdable>(
  form: LedgerForm<L>,
  world: LedgerWorld,
  service: string,
  stored: Stored<L> | null,
  next: L,
): Promise<Stored<L> | null> {
  const text = form.format(next);
  if (stored !== null) await respectWriteRate(world, stored.updatedAt);
  for (let n = 1; ; n += 1) {
    try {
      const generation = await world.ledgers.write(form.nameOf(service), text, stored?.generation ?? '0');
      return { ledger: next, generation, updatedAt: world.clock.now() };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      if (error.status !== 'FAILED_PRECONDITION' && (!isTransient(error.status) || n >= TRIES_MAX))
        throw error;
      if (error.status !== 'RESOURCE_EXHAUSTED') {
        const found = await loadOf(form, world, service);
        if (found?.ledger.writeId === next.writeId) return found;
        if (error.status === 'FAILED_PRECONDITION' || found?.generation !== stored?.generation) return null;
      }
      await world.clock.sleep(backOff(n, 2_000, 32_000, world.random));
    }
  }
}
