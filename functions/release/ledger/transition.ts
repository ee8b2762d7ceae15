/** The changes of a ledger that need no call to Vertex AI, and what each of them means for the tick that makes it. */
import type { Interface } from '../../../common/artifact/interface.ts';
import type { ProblemCode } from '../../problems.ts';
import type { Instant } from '../../world.ts';
import type { Signature } from '../checks/signature.ts';
import type { Verdict } from '../publish/outcome.ts';
import type { Asked, Patience, Refusal } from '../refusals/refusal.ts';
import type { LeftoverKind } from '../steps/leftovers.ts';
import type { Abandoned, Release, Request } from './ledger.ts';
import type { Evidence } from './shown.ts';

/** A change of the ledger that needs no call to Vertex. `apply-transition.ts` makes it. */
export type Transition =
  | { readonly type: 'requestStarted'; readonly request: Request }
  | { readonly type: 'requeued' }
  /** `isOurs`: it carries an epoch, so a ledger has known it. */
  | { readonly type: 'endpointRecorded'; readonly endpoint: string | null; readonly isOurs?: boolean }
  | { readonly type: 'uploaded'; readonly version: string }
  | { readonly type: 'versionGone' }
  /** `tookMs`: how long the operation ran by Google's clock; absent: it counts from its intent until now. */
  | { readonly type: 'operationCleared'; readonly tookMs?: number }
  | { readonly type: 'deployed'; readonly tookMs?: number }
  | { readonly type: 'deploymentUnproven'; readonly id: string }
  | {
      readonly type: 'attemptFailed';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly again: boolean;
      /** How long failures of its kind are tried again; absent: a few times. */
      readonly patience?: Patience;
    }
  | {
      readonly type: 'cleanUpFailed';
      readonly kind: LeftoverKind;
      readonly subject: string;
      readonly detail: string;
      /** Another operation was in the way. */
      readonly isBusy: boolean;
      /** It may have had its effect all the same. */
      readonly isUncertain?: boolean;
    }
  /** Nothing waits for the operation any more. `isHopeless`: not even the next deployment. */
  | { readonly type: 'operationAbandoned'; readonly isHopeless: boolean; readonly detail: string }
  | { readonly type: 'abandonedOperationEnded'; readonly operation: Abandoned }
  /** What could not be cleaned up is gone. */
  | { readonly type: 'leftoverCleared'; readonly kind: LeftoverKind; readonly subject: string }
  /** No call is needed any more. */
  | { readonly type: 'refusalsCleared' }
  /** The traffic that was to be given back could not be. */
  | { readonly type: 'trafficStuck'; readonly detail: string }
  /** Files that the manifest lists are still to come. */
  | { readonly type: 'artifactIncomplete'; readonly detail: string; readonly againMs: number }
  | { readonly type: 'partlyVerified'; readonly files: number; readonly detail: string }
  /** `refusal`: what its operation ended with, where that says no more than that it was asked for before. */
  | { readonly type: 'replyLost'; readonly refusal?: Refusal & { readonly asked: Asked } }
  | { readonly type: 'recheckOnce' }
  | {
      readonly type: 'verified';
      readonly signature: Signature | null;
      /** Of the service; null: it has none, or the release goes back to what had its own. */
      readonly interface: Interface | null;
      readonly verdict: Verdict | null;
      /** Where the files beside a model of the registry are, if they can be read. */
      readonly madeFrom?: NonNullable<Release['madeFrom']>;
    }
  | { readonly type: 'previousSplitRecorded'; readonly traffic: readonly (readonly [string, number])[] }
  | { readonly type: 'stepReached'; readonly step: number }
  | { readonly type: 'stepPassed'; readonly step: number }
  | {
      readonly type: 'judged';
      readonly verdicts: readonly Verdict[];
      readonly againMs: number;
      readonly evidence?: Evidence;
    }
  | { readonly type: 'rollbackStarted'; readonly code: ProblemCode | 'SUPERSEDED'; readonly detail: string }
  | { readonly type: 'hadTraffic' }
  | { readonly type: 'rollbackFinished' }
  | { readonly type: 'wentLive'; readonly deployedModel: string; readonly standbyMs: number }
  /** The hours of the service have begun or ended. */
  | {
      readonly type: 'boundaryPassed';
      readonly at: Instant;
      readonly isAwake: boolean;
      readonly artifactsWait: boolean;
    }
  /** Nothing of the parked service is deployed any more, if that is the parking that was seen. */
  | { readonly type: 'emptied'; readonly since: Instant }
  /** The service is parked no longer, if that is the parking that was seen. */
  | { readonly type: 'woken'; readonly since: Instant }
  /** The live model of a service that was woken serves, and was never undeployed. */
  | { readonly type: 'awake' }
  /** No change of scale is in progress, or refused, any more. */
  | { readonly type: 'scaled' }
  | { readonly type: 'scaleDoubted' }
  | { readonly type: 'scaleFailed'; readonly refusal: Refusal }
  /** The traffic of what serves is about to be taken away, for what is deployed in its place. */
  | { readonly type: 'outageStarted' }
  | { readonly type: 'outageEnded' }
  | { readonly type: 'repairStarted' }
  | { readonly type: 'repairCancelled' };

/** What a change means for the tick that makes it. */
export interface TransitionTraits {
  /** It is written before the tick goes on: an end, a failed attempt and a step outlive it; the rest can be seen again. */
  readonly isDurable: boolean;
  /** It follows from what has been observed, and casts no doubt on it. */
  readonly keepsObserved: boolean;
}

export const TRANSITIONS: Readonly<Record<Transition['type'], TransitionTraits>> = {
  requestStarted: { isDurable: false, keepsObserved: true },
  requeued: { isDurable: true, keepsObserved: false },
  endpointRecorded: { isDurable: false, keepsObserved: true },
  uploaded: { isDurable: false, keepsObserved: true },
  versionGone: { isDurable: false, keepsObserved: false },
  operationCleared: { isDurable: false, keepsObserved: true },
  deployed: { isDurable: false, keepsObserved: true },
  deploymentUnproven: { isDurable: false, keepsObserved: false },
  attemptFailed: { isDurable: true, keepsObserved: false },
  cleanUpFailed: { isDurable: true, keepsObserved: false },
  operationAbandoned: { isDurable: true, keepsObserved: false },
  abandonedOperationEnded: { isDurable: false, keepsObserved: false },
  leftoverCleared: { isDurable: false, keepsObserved: false },
  refusalsCleared: { isDurable: false, keepsObserved: false },
  trafficStuck: { isDurable: true, keepsObserved: false },
  artifactIncomplete: { isDurable: true, keepsObserved: false },
  partlyVerified: { isDurable: true, keepsObserved: false },
  replyLost: { isDurable: false, keepsObserved: false },
  recheckOnce: { isDurable: false, keepsObserved: false },
  verified: { isDurable: false, keepsObserved: false },
  previousSplitRecorded: { isDurable: true, keepsObserved: true },
  stepReached: { isDurable: true, keepsObserved: true },
  stepPassed: { isDurable: true, keepsObserved: true },
  judged: { isDurable: true, keepsObserved: false },
  rollbackStarted: { isDurable: true, keepsObserved: true },
  hadTraffic: { isDurable: true, keepsObserved: true },
  rollbackFinished: { isDurable: true, keepsObserved: false },
  wentLive: { isDurable: true, keepsObserved: true },
  boundaryPassed: { isDurable: true, keepsObserved: true },
  emptied: { isDurable: true, keepsObserved: true },
  woken: { isDurable: false, keepsObserved: true },
  awake: { isDurable: true, keepsObserved: true },
  scaled: { isDurable: false, keepsObserved: true },
  scaleDoubted: { isDurable: false, keepsObserved: false },
  scaleFailed: { isDurable: true, keepsObserved: true },
  outageStarted: { isDurable: true, keepsObserved: true },
  outageEnded: { isDurable: true, keepsObserved: true },
  repairStarted: { isDurable: true, keepsObserved: false },
  repairCancelled: { isDurable: true, keepsObserved: false },
};
