/** Which release a rollback went back from. Pure. */
import type { Ledger, Request } from '../../functions/release/ledger/ledger.ts';
import type { Outcome } from '../../functions/release/publish/outcome.ts';

/** Null: it is no rollback, or one of so long ago that the ledger has forgotten. */
export function wentBackFrom(ledger: Ledger, release: string): string | null {
  const request = requestsOf(ledger).find(({ id }) => id === release);
  if (request !== undefined) return request.rollback?.from ?? null;
  const live = ledger.outcomes.find((outcome) => outcome.release === release && outcome.result === 'Live');
  return live === undefined ? null : (replacedBy(ledger, live)?.release ?? null);
}

/** A rollback ends two releases in one write: the one that it goes back from, and itself. */
function replacedBy({ outcomes }: Ledger, { endedAt }: Outcome): Outcome | undefined {
  return outcomes.find((o) => o.cause?.code === 'ROLLED_BACK' && o.endedAt === endedAt);
}

function requestsOf({ live, release, previous, queue }: Ledger): Request[] {
  return [live?.request, release?.request, previous?.live.request, ...queue].filter((r) => r !== undefined);
}
