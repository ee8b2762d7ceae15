/**
 * What happens to one service in one run: the artifacts that land, what people ask for, what an operator does behind
 * Slipway's back, how long Vertex's operations take, and how Vertex behaves where no source settles it. Plain data,
 * drawn by the seed, so that a tape can hold it and the shrinker can make it smaller.
 */
import type { BatchScenario } from './batches/scenario.ts';
import type { Pending } from '../../functions/release/ledger/ledger.ts';
import type { Status } from '../../functions/errors.ts';

/** What is wrong with an artifact, for good. */
export type Flaw =
  | 'manifest'
  | 'upload'
  | 'deploy'
  | 'empty'
  /** It comes up and answers wrongly, or fails often; or its callers would have to change. */
  | 'answers'
  | 'errors'
  | 'contract';

export type Command = 'rollback' | 'abort' | 'promote' | 'hold' | 'resume' | 'park' | 'wake';

export const OPERATOR_ACTS = [
  'traffic to another',
  'traffic to none',
  'undeploy the live one',
  'delete the live version',
  'give a foreign model a share',
  'foreign model takes all',
  'delete the ledger',
  'delete the ledger and ask for another',
  'corrupt the ledger',
  'corrupt the ledger and ask for another',
  'hold for an hour',
  'delete the artifact',
  'delete the endpoint',
] as const;

export type OperatorAct = (typeof OPERATOR_ACTS)[number];

export type Input =
  | { readonly at: number; readonly do: 'land'; readonly folder: string; readonly flaw: Flaw | null }
  | {
      readonly at: number;
      readonly do: 'ask';
      /** Null: the newest. */
      readonly folder: string | null;
      readonly requestId: string | null;
      readonly overrideContract?: boolean;
    }
  | { readonly at: number; readonly do: 'command'; readonly action: Command }
  | { readonly at: number; readonly do: 'operate'; readonly act: OperatorAct }
  /** Somebody gives all of our models so many replicas by hand. */
  | { readonly at: number; readonly do: 'rescale'; readonly minReplicas: number }
  /** The same objects are written again, as a copy, a key rotation or another storage class does. */
  | { readonly at: number; readonly do: 'rewrite'; readonly folder: string };

/** Vertex AI's unsettled behaviours: A1–A12 of the research, and early or lingering sights. */
export interface Switches {
  /** A1: what a stale etag is answered with. */
  readonly staleEtag: 'ABORTED' | 'FAILED_PRECONDITION';
  /** A2: what besides UpdateEndpoint changes the etag. */
  readonly etagOnDeploy: boolean;
  readonly etagOnUndeploy: boolean;
  /** A4, A10: a second call with an id in use is refused at once, or by its operation. */
  readonly duplicate: 'call' | 'operation';
  /** A6: traffic may be given to a model that is being undeployed. */
  readonly trafficWhileUndeploying: boolean;
  /** A7: traffic may be given to a model that is being deployed. */
  readonly trafficWhileDeploying: boolean;
  /** A11: one endpoint takes one operation at a time. */
  readonly oneAtATime: boolean;
  /** A model shows among the deployed ones before its operation is done. */
  readonly earlyModel: boolean;
  /** A version shows before its operation is done. */
  readonly earlyVersion: boolean;
  /** A model whose deployment failed stays among the deployed ones. */
  readonly failedModelStays: boolean;
  /** How long a version counts as deployed after it was undeployed, in ms. */
  readonly deleteLag: number;
  /** UpdateEndpoint is refused while an operation runs on the endpoint. */
  readonly updateRefusedWhileBusy?: boolean;
}

export interface Scenario {
  /** What is answered in batch: then the rest is of no concern. */
  readonly batch?: BatchScenario;
  readonly endpoint: 'none' | 'there';
  /** A model that others deployed is there from the beginning, without traffic. */
  readonly foreign: boolean;
  readonly inputs: readonly Input[];
  /** Typical time of each operation, in ms. */
  readonly durations: Readonly<Record<Pending['kind'], number>> & { readonly mutate?: number };
  /** Every operation takes exactly its typical time. */
  readonly exact: boolean;
  readonly switches: Switches;
  /** While one lasts, every call to that service fails at once. */
  readonly outages: readonly Outage[];
  /** From one sweep to the next, in ms; null: no sweep. */
  readonly sweep: number | null;
  /** When faults stop, in ms after the beginning. */
  readonly healAt: number;
  readonly deadlineMs: number;
  readonly keepVersions: number;
  /** Absent: all the traffic at once, no questions, and nothing kept. */
  readonly rollout?: RolloutScenario;
  /** What Google refuses, or does not finish, for longer than a call is repeated. */
  readonly lasting?: readonly Trouble[];
  /** How long the service is watched at rest, in ms; absent: until two sweeps have found nothing to change. */
  readonly restMs?: number;
  /** A run that has not come to rest by then never will, in ms; absent: three days. */
  readonly longestMs?: number;
  /** Deliveries of a message until it is given up; absent: fewer than Terraform sets. */
  readonly deliveries?: number;
  /** How long it takes to read one file of an artifact, in ms. */
  readonly readingMs?: number;
  /** In their order; absent: one replica, for ever. */
  readonly scales?: readonly ScaleChange[];
  /** Replicas of the standby; absent: as many as the live model has. */
  readonly standbyReplicas?: number;
  /** One model at a time: the live one is undeployed before a candidate is deployed. */
  readonly recreate?: boolean;
  /** What lands while the service is parked waits until it wakes. */
  readonly artifactsWait?: boolean;
  /** Of each day, none of which touches another one; absent: the service is always awake. */
  readonly openings?: readonly OpeningScenario[];
  /** How long the service is watched, in ms, so that hours begin and end. */
  readonly openUntil?: number;
  /** The model of others has all the traffic from the beginning. */
  readonly foreignServes?: boolean;
}

/** One of them; `from` in ms after the beginning, `ms` null: for ever. */
export type Trouble =
  /** Every call of a method is refused in these words. */
  | {
      readonly is: 'refused';
      readonly of: string;
      readonly status: Status;
      readonly message: string;
      readonly from: number;
      readonly ms: number | null;
    }
  /** Operations that begin meanwhile end so much later than usual, or never (null). */
  | {
      readonly is: 'hanging';
      readonly of: OperationKind;
      readonly from: number;
      readonly ms: number | null;
      readonly endsAfter: number | null;
      readonly ends: 'well' | 'badly';
    }
  /** Operations that begin meanwhile fail in these words. */
  | {
      readonly is: 'failing';
      readonly of: OperationKind;
      readonly status: Status;
      readonly message: string;
      readonly from: number;
      readonly ms: number | null;
    };

export interface RolloutScenario {
  readonly steps: readonly { readonly traffic: number; readonly bakeMs: number }[];
  readonly standbyMs: number;
  readonly gates: readonly ('contract' | 'golden' | 'comparison' | 'metrics')[];
  readonly whenUnsure: 'fail' | 'pass';
  /** How often callers ask the endpoint. */
  readonly perMinute: number;
  /** Traffic of models that others deployed is taken over. */
  readonly takeOver?: boolean;
}

/** In minutes of the day, in UTC. */
export interface OpeningScenario {
  readonly from: number;
  readonly to: number;
}

export interface Outage {
  readonly of: 'vertex' | 'ledgers' | 'artifacts' | 'bus';
  /** In ms after the beginning. */
  readonly from: number;
  readonly ms: number;
}

export type OperationKind = Pending['kind'] | 'mutate';

/** The replicas that slipway.yaml says from then on, in ms after the beginning. */
export interface ScaleChange {
  readonly at: number;
  readonly minReplicas: number;
  readonly maxReplicas: number;
}

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

export const USUAL: Switches = {
  staleEtag: 'ABORTED',
  etagOnDeploy: true,
  etagOnUndeploy: true,
  duplicate: 'call',
  trafficWhileUndeploying: false,
  trafficWhileDeploying: false,
  oneAtATime: false,
  earlyModel: false,
  earlyVersion: false,
  failedModelStays: false,
  deleteLag: 0,
};

/** One artifact on an endpoint that has to be made, and every operation in its proportion. */
export const PLAIN: Scenario = {
  endpoint: 'there',
  foreign: false,
  inputs: [{ at: 1_000, do: 'land', folder: 'v1', flaw: null }],
  durations: {
    createEndpoint: 5 * SECOND,
    upload: MINUTE,
    deploy: 10 * MINUTE,
    undeploy: 2 * MINUTE,
    deleteVersion: 10 * SECOND,
  },
  exact: true,
  switches: USUAL,
  outages: [],
  sweep: null,
  healAt: 0,
  deadlineMs: 3 * HOUR,
  keepVersions: 5,
};

/** Those that let no release go live. */
export const FATAL_FLAWS: readonly [Flaw, ...Flaw[]] = ['manifest', 'upload', 'deploy', 'empty'];
