/** A stored ledger, and what of the world it speaks of. */
import type { DeployedModel, Endpoint, ModelVersion, StoredObject } from '../../functions/world.ts';

type Entries<T> = readonly (readonly [string, T])[];

/** JSON has no Map. */
export interface EndpointForm extends Omit<Endpoint, 'labels' | 'traffic'> {
  readonly labels: Entries<string>;
  readonly traffic: Entries<number>;
}

export interface VersionForm extends Omit<ModelVersion, 'labels'> {
  readonly labels: Entries<string>;
}

/** An operation that had begun, and what it makes when it ends. */
export interface OperationForm {
  readonly name: string;
  readonly endsAt: number | null;
  readonly error: { readonly status: string; readonly message: string } | null;
  readonly deploys: string | null;
  readonly makes: {
    readonly endpoints: readonly EndpointForm[];
    readonly versions: readonly VersionForm[];
    readonly deployed: readonly DeployedModel[];
    readonly undeployed: readonly string[];
    readonly deleted: readonly string[];
  };
}

export interface StoredState {
  readonly state: string;
  readonly at: number;
  readonly ledger: unknown;
  readonly objects: readonly (StoredObject & { readonly content: string })[];
  readonly endpoints: readonly EndpointForm[];
  readonly versions: readonly VersionForm[];
  readonly operations: readonly OperationForm[];
}
