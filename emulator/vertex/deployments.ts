/** EndpointService's DeployModel, UndeployModel and MutateDeployedModel. */
import { ApiError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { OperationJson } from '../core/operations.ts';
import { newId, timestamp, typePrefix } from './context.ts';
import type { Context } from './context.ts';
import { checkSplitIds, parseSplit } from './endpoint.ts';
import type { Deployment, EndpointRecord } from './endpoint.ts';
import { refuseWhileBusy } from './endpoints.ts';
import type { Endpoints } from './endpoints.ts';
import type { Models } from './models.ts';
import { checkResources, mutated, withDefaults } from './resources.ts';
import { invalidFields, parseMask, required } from './request.ts';
import type {
  DeployModelRequest,
  Model,
  MutateDeployedModelRequest,
  UndeployModelRequest,
} from './schemas.ts';
import type { Serving } from './serving.ts';

/** Of google.cloud.aiplatform.v1.DeploymentStage, in the order of a deployment. */
const stages = {
  running: [
    'STARTING_DEPLOYMENT',
    'PREPARING_MODEL',
    'CREATING_SERVING_CLUSTER',
    'ADDING_NODES_TO_CLUSTER',
    'GETTING_CONTAINER_IMAGE',
    'STARTING_MODEL_SERVER',
    'FINISHING_UP',
  ],
  succeeded: 'SUCCESSFULLY_DEPLOYED',
  failed: 'FAILED_TO_DEPLOY',
  cancelled: 'DEPLOYMENT_TERMINATED',
};

export class Deployments {
  readonly #context: Context;
  readonly #models: Models;
  readonly #endpoints: Endpoints;
  readonly #serving: Serving;

  constructor(context: Context, parts: { models: Models; endpoints: Endpoints; serving: Serving }) {
    this.#context = context;
    this.#models = parts.models;
    this.#endpoints = parts.endpoints;
    this.#serving = parts.serving;
  }

  deploy(endpointName: string, request: DeployModelRequest): OperationJson {
    const { behaviour, durations, operations } = this.#context;
    const record = this.#endpoints.find(endpointName);
    const { deployedModel } = request;
    if (deployedModel === undefined) throw required('deployed_model');
    if (deployedModel.model === undefined || deployedModel.model === '')
      throw required('deployed_model.model');
    const model = this.#models.find(deployedModel.model);
    // A Model of another project may be deployed; in another location it has to be copied first.
    if (regionOf(deployedModel.model) !== regionOf(record.name)) {
      throw new ApiError(
        'INVALID_ARGUMENT',
        `The Model "${deployedModel.model}" is not in the location of the Endpoint.`,
      );
    }
    checkResources(deployedModel);
    checkRoute(record, model.version.uploaded);
    const id = this.#deployedModelId(deployedModel.id);
    const joined = record.deployments.get(id);
    if (joined !== undefined) this.#refuseDuplicate(joined);
    const split = parseSplit(request.trafficSplit);
    if (split !== undefined) {
      checkSplitIds(split, (key) => key === '0' || record.deployments.get(key)?.state === 'deployed');
    }
    this.#refuseConcurrent(record);
    if (behaviour.maxDeployedModels > 0 && record.deployments.size >= behaviour.maxDeployedModels) {
      throw new ApiError(
        'RESOURCE_EXHAUSTED',
        `The Endpoint has ${record.deployments.size} DeployedModels already.`,
      );
    }

    const deployment = joined ?? this.#begin(record, id, deployedModel, model);
    const operation = operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}DeployModelOperationMetadata` },
      durationMs: durations.deploy * 1000,
      stages,
      ready: deployment.server.ready,
      cancellable: behaviour.cancelDeployment === 'undone',
      finish: () => {
        record.operations.delete(operation.name);
        this.#endpoints.change(record);
        if (deployment.state === 'deploying') deployment.state = 'deployed';
        deployment.resource = { ...deployment.resource, createTime: timestamp(this.#context.clock) };
        this.#applySplit(record, id, split);
        if (behaviour.deployChangesEtag) this.#endpoints.touch(record);
        return { '@type': `${typePrefix}DeployModelResponse`, deployedModel: deployment.resource };
      },
      failed: () => {
        record.operations.delete(operation.name);
        if (deployment.state === 'deploying') this.#giveUp(record, deployment);
      },
    });
    record.operations.add(operation.name);
    return operation;
  }

  undeploy(endpointName: string, request: UndeployModelRequest): OperationJson {
    const { behaviour, durations, operations } = this.#context;
    const record = this.#endpoints.find(endpointName);
    const id = request.deployedModelId ?? '';
    if (id === '') throw required('deployed_model_id');
    const deployment = this.#deployed(record, id);
    const split = this.#splitWithout(record, id, parseSplit(request.trafficSplit));
    this.#refuseConcurrent(record);

    this.#endpoints.change(record);
    deployment.state = 'undeploying';
    record.trafficSplit = split;
    const operation = operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}UndeployModelOperationMetadata` },
      durationMs: durations.undeploy * 1000,
      ready: deployment.server.stop(),
      cancellable: false,
      finish: () => {
        record.operations.delete(operation.name);
        this.#endpoints.change(record);
        record.deployments.delete(id);
        this.#endpoints.keepInUse(record, deployment);
        if (behaviour.undeployChangesEtag) this.#endpoints.touch(record);
        return { '@type': `${typePrefix}UndeployModelResponse` };
      },
      failed: () => {
        record.operations.delete(operation.name);
        // Its container has gone, so it serves nothing, but it can be undeployed again.
        deployment.state = 'deployed';
      },
    });
    record.operations.add(operation.name);
    return operation;
  }

  mutate(endpointName: string, request: MutateDeployedModelRequest): OperationJson {
    const record = this.#endpoints.find(endpointName);
    const { deployedModel } = request;
    if (deployedModel === undefined) throw required('deployed_model');
    const deployment = this.#deployed(record, deployedModel.id ?? '');
    const spec = mutated(deployment.spec, deployedModel, parseMask(request.updateMask));
    this.#refuseConcurrent(record);
    const operation = this.#context.operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}MutateDeployedModelOperationMetadata` },
      durationMs: this.#context.durations.mutate * 1000,
      finish: () => {
        record.operations.delete(operation.name);
        this.#endpoints.change(record);
        deployment.spec = spec;
        deployment.resource = { ...deployment.resource, ...jsonOf(spec) };
        return { '@type': `${typePrefix}MutateDeployedModelResponse`, deployedModel: deployment.resource };
      },
      failed: () => record.operations.delete(operation.name),
    });
    record.operations.add(operation.name);
    return operation;
  }

  #begin(
    record: EndpointRecord,
    id: string,
    spec: NonNullable<DeployModelRequest['deployedModel']>,
    { record: model, version }: ReturnType<Models['find']>,
  ): Deployment {
    const { deploymentTimeout } = version.uploaded.containerSpec ?? {};
    const own = deploymentTimeout === undefined ? Infinity : Number.parseFloat(deploymentTimeout);
    const readyWithinMs = Math.min(own, this.#context.durations.deploymentTimeout) * 1000;
    const deployment: Deployment = {
      id,
      state: 'deploying',
      model: model.name,
      modelVersion: version.id,
      modelDisplayName: model.displayName,
      spec,
      resource: {
        ...jsonOf(withDefaults(spec)),
        id,
        model: model.name,
        modelVersionId: version.id,
        // endpoint.proto, DeployedModel.display_name: the Model's, when it is not provided.
        displayName: spec.displayName || model.displayName,
      },
      server: this.#serving.start({ endpoint: record, deployedModelId: id, spec, version, readyWithinMs }),
    };
    this.#endpoints.change(record);
    record.deployments.set(id, deployment);
    return deployment;
  }

  /** After a failed deployment: the container ends, and so does the deployed model, sooner or later. */
  #giveUp(record: EndpointRecord, deployment: Deployment): void {
    void deployment.server.stop();
    this.#endpoints.change(record);
    const lingersMs = this.#context.behaviour.failedDeploymentLingersMs;
    if (lingersMs === 0) {
      record.deployments.delete(deployment.id);
      return;
    }
    deployment.state = 'failed';
    this.#context.clock.schedule(lingersMs, () => {
      if (record.deployments.get(deployment.id) === deployment) record.deployments.delete(deployment.id);
    });
  }

  #applySplit(record: EndpointRecord, id: string, split: ReadonlyMap<string, number> | undefined): void {
    if (split !== undefined) {
      record.trafficSplit = new Map([...split].map(([key, share]) => [key === '0' ? id : key, share]));
      return;
    }
    const first = record.trafficSplit.size === 0;
    if (first && this.#context.behaviour.firstDeploymentSplit === 'all')
      record.trafficSplit = new Map([[id, 100]]);
  }

  /** The split after `id` is gone. Refused when it has traffic and the request does not take that away. */
  #splitWithout(
    record: EndpointRecord,
    id: string,
    requested: ReadonlyMap<string, number> | undefined,
  ): ReadonlyMap<string, number> {
    const others = [...record.deployments.values()].filter(
      (other) => other.id !== id && other.state !== 'undeploying',
    );
    if (requested !== undefined) checkSplitIds(requested, (key) => record.deployments.has(key));
    if (others.length === 0) return new Map();
    const split = requested ?? record.trafficSplit;
    const share = split.get(id) ?? 0;
    if (share > 0) {
      throw new ApiError(
        'FAILED_PRECONDITION',
        `The DeployedModel "${id}" has ${share}% of the traffic of the Endpoint. Update the traffic split before undeploying it.`,
      );
    }
    return new Map([...split].filter(([key]) => key !== id));
  }

  #deployed(record: EndpointRecord, id: string): Deployment {
    const deployment = record.deployments.get(id);
    if (deployment?.state === 'deployed' || deployment?.state === 'failed') return deployment;
    if (deployment === undefined || !/^\d{1,19}$/.test(id)) {
      throw new ApiError('NOT_FOUND', `The DeployedModel "${id}" does not exist on the Endpoint.`);
    }
    throw new ApiError('FAILED_PRECONDITION', `The DeployedModel "${id}" is ${deployment.state}.`);
  }

  #deployedModelId(id: string | undefined): string {
    if (id === undefined || id === '') return newId(this.#context.random);
    if (/^[0-9]{1,10}$/.test(id) && id !== '0') return id;
    throw invalidFields([
      { field: 'deployed_model.id', message: 'The ID must be 1-10 characters of [0-9], and not "0".' },
    ]);
  }

  #refuseDuplicate({ id, state }: Deployment): void {
    const { duplicateDeployedId } = this.#context.behaviour;
    const joinable = state === 'deploying' || state === 'deployed';
    if (duplicateDeployedId === 'accepted' && joinable) return;
    throw new ApiError(
      duplicateDeployedId === 'accepted' ? 'ALREADY_EXISTS' : duplicateDeployedId,
      `The DeployedModel ID "${id}" is already in use on the Endpoint.`,
    );
  }

  #refuseConcurrent(record: EndpointRecord): void {
    const { concurrentOperations } = this.#context.behaviour;
    if (concurrentOperations !== 'accepted') refuseWhileBusy(record, concurrentOperations);
  }
}

/** model.proto, ModelContainerSpec.invoke_route_prefix: "the Model can only be deployed to dedicated endpoint". */
function checkRoute({ name, other }: EndpointRecord, { containerSpec }: Model): void {
  if ((containerSpec?.invokeRoutePrefix ?? '') === '' || other.dedicatedEndpointEnabled === true) return;
  throw new ApiError(
    'FAILED_PRECONDITION',
    `A Model with invoke_route_prefix can only be deployed to a dedicated Endpoint, which ${name} is not.`,
  );
}

/** A message that was parsed from JSON, as JSON again. */
function jsonOf(message: object): JsonObject {
  const json: JsonObject = JSON.parse(JSON.stringify(message));
  return json;
}

/** Of a name that was found. */
function regionOf(name: string): string | undefined {
  return name.split('/')[3];
}
