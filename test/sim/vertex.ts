/**
 * Vertex AI, simulated: models with versions, endpoints with etag, labels and traffic, and operations that take their
 * time. It can do all that the real one can, also what the engine must never ask for: a split with a deployment, an
 * update without etag. Where no source settles how Vertex behaves, a switch of the scenario does.
 */
import { SimEndpoints } from './endpoints.ts';
import { SimModels } from './models.ts';
import { SimOperations } from './operations.ts';
import type { SimDeployed, SimEndpoint, VertexParts } from './vertex-types.ts';

export class SimVertex {
  readonly operations: SimOperations;
  readonly models: SimModels;
  readonly endpoints: SimEndpoints;

  constructor(parts: VertexParts) {
    this.operations = new SimOperations(parts);
    this.models = new SimModels(parts, this.operations, (model, version) => this.#isDeployed(model, version));
    this.endpoints = new SimEndpoints(parts, this.operations, this.models);
  }

  endpoint(name: string): SimEndpoint | undefined {
    return this.endpoints.all.get(name);
  }

  /** The deployed model of that id, on whatever endpoint. */
  deployedModel(id: string): SimDeployed | undefined {
    for (const { deployed } of this.endpoints.all.values()) {
      const found = deployed.get(id);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #isDeployed(model: string, version: string): boolean {
    return [...this.endpoints.all.values()].some((endpoint) =>
      [...endpoint.deployed.values()].some((d) => d.model === model && d.version === version),
    );
  }
}
