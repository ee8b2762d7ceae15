/**
 * A mutation edits the source text of a module as it is loaded; what it looks for has to be there exactly once, so
 * that a mutation that no longer means anything fails loudly.
 */
import type { Profile } from '../run.ts';

export interface Mutation {
  readonly name: string;
  /** Where it shows best. */
  readonly profile: Profile;
  readonly edits: readonly Edit[];
  /** Shows too rarely in seeds of the usual number: the tape that has what it takes. */
  readonly tape?: string;
  /** Why nothing can notice it. */
  readonly equivalent?: string;
}

export interface Edit {
  /** From the repository's root. */
  readonly file: string;
  readonly find: string;
  readonly put: string;
}
