/** How the last release of a service ended. Pure. */
import { artifactName } from '../../cli/ledger-view/progress.ts';
import type { Service } from '../../functions/config/config.ts';
import { Problem } from '../../functions/errors.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import type { RowOutcome } from './row.ts';

/** Null: none has ended, or the ledger cannot be read. A release that something newer replaced is left out. */
export function lastOutcome(service: Service, ledger: Ledger | Problem | null): RowOutcome | null {
  if (ledger === null || ledger instanceof Problem) return null;
  const last = ledger.outcomes.find(({ result }) => result !== 'Superseded');
  if (last === undefined) return null;
  const { release, result, cause, artifact } = last;
  return { release, name: artifactName(service, artifact), result, code: cause?.code ?? null };
}
