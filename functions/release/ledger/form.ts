/** The kinds of ledgers: what all of them have, so that leases, epochs and lost replies are handled in one place. */
import type { Instant } from '../../world.ts';
import { isCommanded } from './queries.ts';
import { emptyLedger, formatLedger, parseLedger, type Ledger } from './ledger.ts';

/** What every kind of ledger has. */
export interface Holdable {
  /** Raised by every taking of the lease. */
  epoch: number;
  writeId: string;
  lease: { by: string; until: Instant; writes?: number } | null;
  waking?: Instant;
}

/** A kind of ledger: the object that holds it, and how its text is read and written. */
export interface LedgerForm<L extends Holdable> {
  /** The name by which `world.ledgers` has it. */
  readonly nameOf: (service: string) => string;
  readonly empty: (service: string, now: Instant) => L;
  /** Throws a Problem LEDGER_UNREADABLE. */
  readonly parse: (text: string, service: string) => L;
  /** Throws a CallError if `parse` could not read it again. */
  readonly format: (ledger: L) => string;
  /** Whether its holder only waits, while somebody has asked for what must not wait: then another may take it. */
  readonly isTakeable: (ledger: L) => boolean;
}

/** The ledger of the releases of a service. */
export const RELEASES: LedgerForm<Ledger> = {
  nameOf: (service) => service,
  empty: emptyLedger,
  parse: parseLedger,
  format: formatLedger,
  // Once it is taken `waking` is gone: each message takes it once at most.
  isTakeable: (ledger) => ledger.waking !== undefined && isCommanded(ledger) && isWaiting(ledger),
};

/** Its holder waits for an operation. The name of a clean-up is not written. */
function isWaiting({ pending }: Ledger): boolean {
  if (pending === null) return false;
  return pending.name !== null || pending.kind === 'undeploy' || pending.kind === 'deleteVersion';
}

export function withoutWaking<L extends Holdable>(ledger: L): L {
  const { waking: _, ...rest } = ledger;
  // The field is optional: without it the ledger is still one.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return rest as L;
}
