/** What Google refuses again and again, and what is left because of it. */
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { iso, printable } from '../../terminal/words.ts';

export interface Refused {
  /** Such as `upload`, or `look endpoints`. */
  readonly call: string;
  readonly code: string;
  /** Status and Google's own words. */
  readonly words: string;
  readonly since: string;
  readonly times: number;
}

export interface Left {
  readonly what: 'undeploy' | 'deleteVersion' | 'moveAliases' | 'giveBack' | 'operation';
  /** The deployed model, the version, or what the operation is about. */
  readonly subject: string;
  readonly words: string;
  readonly since: string;
  /** When Slipway tries again; null: it waits for the operation to end. */
  readonly nextTry: string | null;
}

/** A single refusal is no news. */
export function refusedIn({ refusals = [] }: Ledger): Refused[] {
  return refusals
    .filter(({ count, patience }) => count > 1 || patience === 'none')
    .toSorted((a, b) => b.at - a.at)
    .map(({ asked, code, detail, since, count }) => ({
      call: asked,
      code,
      words: printable(detail),
      since: iso(since),
      times: count,
    }));
}

export function leftIn({ leftovers = [], abandoned = [] }: Ledger): Left[] {
  const operations = abandoned.map(({ kind, subject, since }): Left => ({
    what: 'operation',
    subject,
    words: `${kind} has not ended`,
    since: iso(since),
    nextTry: null,
  }));
  const tried = leftovers.map(({ kind, subject, detail, since, notBefore }): Left => ({
    what: kind,
    subject,
    words: printable(detail),
    since: iso(since),
    nextTry: iso(notBefore),
  }));
  return [...tried, ...operations];
}
