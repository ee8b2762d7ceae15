/** How many rows a batch has, and what became of them. */
import type { Run } from './ledger.ts';

export interface Tally {
  /** Null, each: not known. */
  readonly rows: number | null;
  readonly succeeded: number | null;
  /** Rows with an error. */
  readonly failed: number | null;
  /** Rows of which there is no result at all. */
  readonly missing: number | null;
}

/** What was counted in files; of tables, what Vertex AI says. */
export function tallyOf({ scan, count, end }: Run): Tally {
  const succeeded = count?.succeeded ?? end?.successful ?? null;
  const failed = count?.failed ?? end?.failed ?? null;
  const said = succeeded === null || failed === null ? null : succeeded + failed;
  const rows = scan?.rows ?? said;
  const missing = rows === null || said === null ? null : Math.max(0, rows - said);
  return { rows, succeeded, failed, missing };
}
