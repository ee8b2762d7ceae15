/** What can be decided of the batches of a service, what is looked at for it, and what is noted in the ledger. */
import type { ProblemCode } from '../problems.ts';
import type { Signature } from '../release/checks/signature.ts';
import type { BatchJob } from '../batch-world.ts';
import type { Instant, StoredObject } from '../world.ts';
import type { BatchLedger, Run } from './ledger.ts';
import type { BatchOutcome, BatchResult } from './outcome.ts';

/** The live release, as the ledger of the releases has it. */
export interface LiveModel {
  readonly release: string;
  readonly version: string;
  /** The name of a model of the registry that Slipway did not upload. */
  readonly model?: string;
  /** Null: not known. */
  readonly signature: Signature | null;
}

/** What the ledger of the releases says. */
export interface ReleasesSeen {
  readonly live: LiveModel | null;
  readonly isOnHold: boolean;
  /** The ledger cannot be read: nothing is known of who is live. */
  readonly isUnknown?: boolean;
  /** Releases that were live and were rolled back. */
  readonly rolledBack: readonly string[];
}

/** What has been seen since the last change; by the id of the batch where it is of one. */
export interface Seen {
  /** Looks at running jobs that were due by then have been made, or are another tick's. Absent: each job is looked at now. */
  readonly followedUntil?: Instant;
  /** The outcomes have been compared with the releases. */
  readonly isCompared?: true;
  readonly releases?: ReleasesSeen;
  readonly jobs?: ReadonlyMap<string, readonly BatchJob[]>;
  /** When the first of the looks at `jobs` began. */
  readonly jobsAsOf?: Instant;
  readonly files?: ReadonlyMap<string, readonly StoredObject[]>;
}

export type Note =
  | { readonly note: 'copied'; readonly object: StoredObject; readonly generation: string }
  | { readonly note: 'scanned'; readonly release: Run['release']; readonly scan: NonNullable<Run['scan']> }
  | { readonly note: 'staged'; readonly object: StoredObject }
  | { readonly note: 'burnt' }
  | { readonly note: 'found'; readonly job: BatchJob }
  | { readonly note: 'jobEnded'; readonly job: BatchJob }
  | { readonly note: 'jobLost' }
  | { readonly note: 'counted'; readonly count: NonNullable<Run['count']> }
  | { readonly note: 'merged'; readonly merge: NonNullable<Run['merge']> }
  | {
      readonly note: 'judged';
      readonly result: BatchResult;
      readonly code: ProblemCode | null;
      readonly detail: string;
    }
  | { readonly note: 'published'; readonly as: string | null }
  | { readonly note: 'marked' }
  | { readonly note: 'tidied' }
  | { readonly note: 'ended' };

export type RunAction =
  | { readonly do: 'copy'; readonly run: Run }
  | { readonly do: 'scan'; readonly run: Run; readonly live: LiveModel | null }
  /** Moves what the job reads to a name that no earlier call knows. */
  | { readonly do: 'restage'; readonly run: Run }
  /** Removes what an earlier call was to read. */
  | { readonly do: 'burn'; readonly run: Run }
  | { readonly do: 'create'; readonly run: Run }
  | { readonly do: 'cancel'; readonly run: Run; readonly job: BatchJob }
  | { readonly do: 'count'; readonly run: Run; readonly files: readonly StoredObject[] }
  | { readonly do: 'merge'; readonly run: Run }
  | { readonly do: 'publish'; readonly run: Run; readonly files: readonly StoredObject[] }
  | { readonly do: 'mark'; readonly run: Run; readonly files: readonly StoredObject[] }
  | { readonly do: 'tidy'; readonly run: Run };

export type Action =
  | RunAction
  | { readonly do: 'note'; readonly run: Run; readonly change: Note }
  | { readonly do: 'look'; readonly at: 'releases' }
  | { readonly do: 'look'; readonly at: 'jobs' | 'files'; readonly run: Run }
  | { readonly do: 'announce'; readonly outcomes: readonly BatchOutcome[] }
  | { readonly do: 'announceStale'; readonly outcomes: readonly BatchOutcome[] }
  | { readonly do: 'schedule'; readonly at: Instant }
  /** `isForJob`: until a running job is looked at again. Nothing is held meanwhile. */
  | { readonly do: 'wait'; readonly ms: number; readonly isForJob?: true }
  /** Nothing can be done before something else happens. */
  | { readonly do: 'stop' };

export type Change = (ledger: BatchLedger) => BatchLedger;
