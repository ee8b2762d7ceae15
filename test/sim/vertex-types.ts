/** What simulated Vertex AI holds. */
import type { Scale } from '../../functions/config/deployment.ts';
import type { Status } from '../../functions/errors.ts';
import type { Endpoint, Operation } from '../../functions/world.ts';
import type { Agenda } from '../../common/agenda.ts';
import type { Faults } from './faults.ts';
import type { LastingTroubles } from './lasting.ts';
import type { Chance } from '../support/random.ts';
import type { Flaw, OperationKind, Scenario } from './scenario.ts';

export interface SimVersion {
  readonly model: string;
  readonly version: string;
  readonly description: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: number;
  readonly flaw: Flaw | null;
  aliases: readonly string[];
  /** Made by an operation that is still in progress. */
  making: boolean;
  lastDeployedAt: number;
}

export interface SimDeployed {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly displayName: string;
  scale: Scale;
  state: 'deploying' | 'ready' | 'failed' | 'undeploying';
}

export interface SimEndpoint {
  readonly name: string;
  readonly displayName: string;
  etag: number;
  labels: ReadonlyMap<string, string>;
  readonly deployed: Map<string, SimDeployed>;
  traffic: ReadonlyMap<string, number>;
  making: boolean;
  view: Endpoint | null;
  readonly past: { readonly until: number; readonly view: Endpoint }[];
}

export interface SimOperation {
  readonly name: string;
  readonly kind: OperationKind;
  readonly endpoint: string | null;
  /** What it is for: a release, or a deployed model's display name. */
  readonly subject: string;
  /** The deployed model's id, of a deployment. */
  readonly model: string | null;
  done: boolean;
  error: { status: Status; message: string } | null;
  forgotten: boolean;
  readonly startedAt: number;
  /** Infinity: it never ends. */
  readonly endsAt: number;
  settled: Operation | null;
}

export interface VertexWatch {
  /** An operation begins. */
  began(operation: SimOperation): void;
  /** The state of an endpoint has changed. */
  changed(endpoint: SimEndpoint, why: string): void;
  /** An operation has come to nothing: with an error, without its resource, or forgotten. */
  failed(operation: SimOperation): void;
  /** An operation is done, however. */
  ended(operation: SimOperation): void;
}

export const LOCATION = 'projects/1/locations/us-central1';

/** What everything on Vertex AI depends on. */
export interface VertexParts {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly lasting: LastingTroubles;
  readonly scenario: Scenario;
  readonly watch: VertexWatch;
  readonly flawOf: (artifactUri: string) => Flaw | null;
}
