/**
 * What `plan` may decide, from what it has seen: the words that planner, actor and tests share.
 */
import type { ProblemCode } from '../problems.ts';
import type { DeployedModel, Deployment, Endpoint, Instant, ModelVersion, Operation } from '../world.ts';
import type { Abandoned, Leftover, Release, Request } from './ledger/ledger.ts';
import type { LeftoverKind } from './steps/leftovers.ts';
import type { Outcome, Verdict } from './publish/outcome.ts';
import type { Asked, Patience, Refusal } from './refusals/refusal.ts';
import type { Gate, Stage } from './view/position.ts';
import type { Signature } from './checks/signature.ts';

/** What has been seen since the last change. Absent: not looked at yet. */
export interface Seen {
  /** When the first of these looks began: what has happened since then may not show. */
  readonly at?: Instant;
  readonly endpoints?: readonly Endpoint[];
  readonly versions?: readonly ModelVersion[];
  /** Those on the endpoint that the ledger names. */
  readonly deployments?: readonly Deployment[];
  /** Null: Vertex does not know the operation any more. */
  readonly operation?: Operation | null;
  /** The first of those abandoned that was looked at. Null: Vertex does not know it any more. */
  readonly abandoned?: { readonly of: Abandoned; readonly operation: Operation | null };
}

export type Action =
  | { readonly do: 'look'; readonly at: 'endpoints' | 'versions' | 'deployments' | 'operation' }
  /** At an operation that nothing waits for any more. */
  | { readonly do: 'look'; readonly at: 'abandoned'; readonly operation: Abandoned & { name: string } }
  | { readonly do: 'wait'; readonly ms: number; readonly why: string }
  | { readonly do: 'note'; readonly change: Note }
  | {
      readonly do: 'announce';
      readonly outcomes: readonly Outcome[];
      readonly leftovers: readonly Leftover[];
    }
  | { readonly do: 'verify'; readonly request: Request }
  | { readonly do: 'createEndpoint' }
  | { readonly do: 'upload'; readonly release: Release }
  | {
      readonly do: 'deploy';
      readonly release: Release;
      readonly version: ModelVersion;
      readonly endpoint: Endpoint;
    }
  | { readonly do: 'shift'; readonly endpoint: Endpoint; readonly traffic: ReadonlyMap<string, number> }
  | {
      readonly do: 'judge';
      readonly gates: readonly Gate[];
      readonly stage: Stage;
      readonly release: Release;
      readonly endpoint: Endpoint;
      readonly candidate: DeployedModel;
    }
  /** Finds out from the container's log why a deployment has failed. */
  | {
      readonly do: 'explain';
      readonly subject: string;
      readonly since: Instant;
      readonly error: NonNullable<Operation['error']>;
    }
  | { readonly do: 'moveAliases'; readonly model: string; readonly version: string }
  | { readonly do: 'fence'; readonly endpoint: Endpoint }
  | { readonly do: 'undeploy'; readonly endpoint: Endpoint; readonly id: string }
  | { readonly do: 'deleteVersion'; readonly version: ModelVersion }
  /** `drift`: what is not as it should be, and is left so because the service is on hold. */
  | { readonly do: 'stop'; readonly drift?: string };

/** A change of the ledger that needs no call to Vertex. `notes.ts` makes it. */
export type Note =
  | { readonly note: 'started'; readonly request: Request }
  | { readonly note: 'parked' }
  /** `isOurs`: it carries an epoch, so a ledger has known it. */
  | { readonly note: 'endpointFound'; readonly endpoint: string | null; readonly isOurs?: boolean }
  | { readonly note: 'uploaded'; readonly version: string }
  | { readonly note: 'versionGone' }
  | { readonly note: 'settled' }
  | { readonly note: 'deployed' }
  | { readonly note: 'deploymentUnproven'; readonly id: string }
  | {
      readonly note: 'attemptFailed';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly again: boolean;
      /** How long failures of its kind are tried again; absent: a few times. */
      readonly patience?: Patience;
    }
  | {
      readonly note: 'tidyFailed';
      readonly kind: LeftoverKind;
      readonly subject: string;
      readonly detail: string;
      /** Another operation was in the way. */
      readonly isBusy: boolean;
    }
  /** Nothing waits for the operation any more. `isHopeless`: not even the next deployment. */
  | { readonly note: 'abandoned'; readonly isHopeless: boolean; readonly detail: string }
  | { readonly note: 'abandonedEnded'; readonly operation: Abandoned }
  /** What could not be cleaned up is gone. */
  | { readonly note: 'cleaned'; readonly kind: LeftoverKind; readonly subject: string }
  /** No call is needed any more. */
  | { readonly note: 'allDone' }
  /** The traffic that was to be given back could not be. */
  | { readonly note: 'stuck'; readonly detail: string }
  /** Files that the manifest lists are still to come. */
  | { readonly note: 'incomplete'; readonly detail: string; readonly againMs: number }
  | { readonly note: 'partlyVerified'; readonly files: number; readonly detail: string }
  /** `refusal`: what its operation ended with, where that says no more than that it was asked for before. */
  | { readonly note: 'replyLost'; readonly refusal?: Refusal & { readonly asked: Asked } }
  | { readonly note: 'doubted' }
  | { readonly note: 'verified'; readonly signature: Signature | null; readonly verdict: Verdict | null }
  | { readonly note: 'splitSeen'; readonly traffic: readonly (readonly [string, number])[] }
  | { readonly note: 'stepReached'; readonly step: number }
  | { readonly note: 'nextStep'; readonly step: number }
  | { readonly note: 'judged'; readonly verdicts: readonly Verdict[]; readonly againMs: number }
  | { readonly note: 'goingBack'; readonly code: ProblemCode | 'SUPERSEDED'; readonly detail: string }
  | { readonly note: 'served' }
  | { readonly note: 'gaveBack' }
  | { readonly note: 'live'; readonly deployedModel: string; readonly standbyMs: number }
  | { readonly note: 'repair' }
  | { readonly note: 'needless' };

/** Under which name refusals of the action's call are counted; null for what calls nothing, or cannot be refused. */
export function askedBy(action: Action): Asked | null {
  switch (action.do) {
    case 'look':
      return `look ${action.at}`;
    case 'verify':
    case 'createEndpoint':
    case 'upload':
    case 'deploy':
    case 'shift':
    case 'judge':
    case 'undeploy':
    case 'deleteVersion':
    case 'announce':
    case 'fence':
      return action.do;
    case 'moveAliases':
      return 'aliases';
    default:
      return null;
  }
}
