/**
 * What `plan` may decide, from what it has seen: the words that planner, actor and tests share.
 */
import type { EndpointChange, Scale } from '../config/deployment.ts';
import type { ProblemCode } from '../problems.ts';
import type { Transition } from './ledger/transition.ts';
import type {
  CopyRequest,
  DeployedModel,
  Deployment,
  Endpoint,
  Instant,
  ModelVersion,
  Operation,
} from '../world.ts';
import type { Abandoned, Leftover, ParkingNotice, Release, Request } from './ledger/ledger.ts';
import type { Outcome } from './publish/outcome.ts';
import type { LookedAt } from './refusals/refusal.ts';
import type { Gate, RolloutPosition } from './view/position.ts';

/** What has been seen since the last change. Absent: not looked at yet. */
export interface Observed {
  /** When the first of these looks began: what has happened since then may not show. */
  readonly at?: Instant;
  readonly endpoints?: readonly Endpoint[];
  readonly versions?: readonly ModelVersion[];
  /** The version of the registry that the release deploys. Null: there is none, or no copy of it yet. */
  readonly model?: ModelVersion | null;
  /** Those on the endpoint that the ledger names. */
  readonly deployments?: readonly Deployment[];
  /** Null: Vertex does not know the operation any more. */
  readonly operation?: Operation | null;
  /** The change of scale in progress. Null: Vertex does not know it any more. */
  readonly scaling?: Operation | null;
  /** The first of those abandoned that was looked at. Null: Vertex does not know it any more. */
  readonly abandoned?: { readonly of: Abandoned; readonly operation: Operation | null };
}

export type Action =
  | { readonly do: 'look'; readonly at: LookedAt }
  /** At an operation that nothing waits for any more. */
  | { readonly do: 'look'; readonly at: 'abandoned'; readonly operation: Abandoned & { name: string } }
  | { readonly do: 'wait'; readonly ms: number; readonly why: string }
  | { readonly do: 'record'; readonly change: Transition }
  | {
      readonly do: 'announce';
      readonly outcomes: readonly Outcome[];
      readonly leftovers: readonly Leftover[];
      readonly notices: readonly ParkingNotice[];
    }
  | { readonly do: 'verify'; readonly request: Request }
  | { readonly do: 'createEndpoint' }
  | { readonly do: 'upload'; readonly release: Release }
  | { readonly do: 'copy'; readonly release: Release; readonly request: CopyRequest }
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
      readonly stage: RolloutPosition;
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
  | { readonly do: 'configure'; readonly endpoint: Endpoint; readonly change: EndpointChange }
  | { readonly do: 'moveAliases'; readonly model: string; readonly version: string }
  | { readonly do: 'fence'; readonly endpoint: Endpoint }
  | { readonly do: 'undeploy'; readonly endpoint: Endpoint; readonly id: string }
  | { readonly do: 'deleteVersion'; readonly version: ModelVersion }
  | {
      readonly do: 'mutate';
      readonly endpoint: Endpoint;
      readonly model: DeployedModel;
      readonly scale: Scale;
    }
  /** `drift`: what is not as it should be, and is left so because the service is on hold. */
  | { readonly do: 'stop'; readonly drift?: string };

/** The action that makes a change of the ledger. */
export function record(change: Transition): Action {
  return { do: 'record', change };
}

/** The attempt fails, and no other one follows. */
export function fail(code: ProblemCode, detail: string): Action {
  return record({ type: 'attemptFailed', code, detail, again: false });
}
