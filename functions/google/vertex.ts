/**
 * Vertex AI through the official clients, over gRPC. Resource names are built from the configuration; what Google
 * returns is turned into the engine's own types here and nowhere else.
 */
import type {
  EndpointServiceClient,
  ModelServiceClient,
  PipelineServiceClient,
  PredictionServiceClient,
} from '@google-cloud/aiplatform';
import type { Config } from '../config.ts';
import { CallError, STATUSES } from '../errors.ts';
import type { DeployRequest, Operation, UploadRequest, Vertex } from '../world.ts';
import { calling, orElse } from './call-error.ts';
import { fromValue, toValue } from './value.ts';
import {
  deployedBy,
  isDeployment,
  stageOf,
  toEndpoint,
  toPipelineJob,
  toVersion,
  type Packed,
} from './vertex-resources.ts';

/** Each client is made at its first use. */
export interface VertexClients {
  readonly models: () => Promise<ModelServiceClient>;
  readonly endpoints: () => Promise<EndpointServiceClient>;
  readonly pipelines: () => Promise<PipelineServiceClient>;
  readonly predictions: () => Promise<PredictionServiceClient>;
}

/** The clients retry nothing of these calls by themselves; the engine looks before it repeats. In ms. */
const READ = { timeout: 30_000 };
const WRITE = { timeout: 60_000 };

/** The operations client alone would go on retrying for ten minutes. */
const POLL = { timeout: 30_000, retry: { retryCodes: [] } };

/** How far back operations are read. */
const MOST_OPERATIONS = 1000;

export function vertexAi(clients: VertexClients, config: Config): Vertex {
  const { models, endpoints, pipelines, predictions } = clients;
  const parent = `projects/${config.project}/locations/${config.region}`;

  return {
    listVersions: (modelId) =>
      orElse([], 'ListModelVersions', async () => {
        const [versions] = await (
          await models()
        ).listModelVersions({ name: `${parent}/models/${modelId}` }, READ);
        return versions.map(toVersion).toSorted((a, b) => Number(b.version) - Number(a.version));
      }),

    upload: (request) =>
      calling('UploadModel', async () => {
        const name = `${parent}/models/${request.modelId}`;
        const exists = await orElse(false, 'GetModel', async () => {
          await (await models()).getModel({ name }, READ);
          return true;
        });
        const target = exists ? { parentModel: name } : { modelId: request.modelId };
        const [operation] = await (
          await models()
        ).uploadModel({ parent, ...target, model: toModel(request) }, WRITE);
        return nameOf(operation, 'UploadModel');
      }),

    moveAliases: (model, version, aliases) =>
      calling('MergeVersionAliases', async () => {
        await (
          await models()
        ).mergeVersionAliases({ name: `${model}@${version}`, versionAliases: [...aliases] }, WRITE);
      }),

    deleteVersion: (model, version) =>
      calling('DeleteModelVersion', async () => {
        const [operation] = await (await models()).deleteModelVersion({ name: `${model}@${version}` }, WRITE);
        return nameOf(operation, 'DeleteModelVersion');
      }),

    findEndpoints: (displayName) =>
      calling('ListEndpoints', async () => {
        const filter = `display_name=${JSON.stringify(displayName)}`;
        const [found] = await (await endpoints()).listEndpoints({ parent, filter }, READ);
        return found.map(toEndpoint).filter((endpoint) => endpoint.displayName === displayName);
      }),

    getEndpoint: (name) =>
      orElse(null, 'GetEndpoint', async () => {
        const [endpoint] = await (await endpoints()).getEndpoint({ name }, READ);
        return toEndpoint(endpoint);
      }),

    createEndpoint: (endpointId, displayName, labels) =>
      calling('CreateEndpoint', async () => {
        const endpoint = { displayName, labels: Object.fromEntries(labels) };
        const [operation] = await (await endpoints()).createEndpoint({ parent, endpointId, endpoint }, WRITE);
        return nameOf(operation, 'CreateEndpoint');
      }),

    updateEndpoint: (seen, change) =>
      calling('UpdateEndpoint', async () => {
        const endpoint = {
          name: seen.name,
          etag: seen.etag,
          labels: Object.fromEntries(change.labels),
          ...(change.traffic && { trafficSplit: Object.fromEntries(change.traffic) }),
        };
        const paths = change.traffic ? ['traffic_split', 'labels'] : ['labels'];
        await (await endpoints()).updateEndpoint({ endpoint, updateMask: { paths } }, WRITE);
      }),

    deploy: (request) =>
      calling('DeployModel', async () => {
        const [operation] = await (
          await endpoints()
        ).deployModel({ endpoint: request.endpoint, deployedModel: toDeployedModel(request) }, WRITE);
        return nameOf(operation, 'DeployModel');
      }),

    undeploy: (endpoint, deployedModelId) =>
      calling('UndeployModel', async () => {
        const [operation] = await (await endpoints()).undeployModel({ endpoint, deployedModelId }, WRITE);
        return nameOf(operation, 'UndeployModel');
      }),

    listDeployments: (endpoint) =>
      orElse([], 'ListOperations', async () => {
        const client = await endpoints();
        const found = await client.operationsClient.listOperations(
          // gax types the request and its answer as classes; plain objects are what it takes and gives.
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion
          { name: endpoint } as never,
          { ...POLL, maxResults: MOST_OPERATIONS },
        );
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        const [operations] = found as unknown as [RawOperation[]];
        return operations.filter(isDeployment).map((operation) => ({
          ...toOperation(operation.name ?? '', operation, client),
          deployedModel: deployedBy(operation, client),
        }));
      }),

    getOperation: (name) =>
      orElse(null, 'GetOperation', async () => {
        const client = await endpoints();
        // gax types the request as its own class; a plain object is what it takes.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        const [operation] = await client.operationsClient.getOperation({ name } as never, POLL);
        return toOperation(name, operation, client);
      }),

    predict: (endpoint, instances) =>
      calling('Predict', async () => {
        const client = await predictions();
        const values = instances.map((instance) => toValue(instance));
        const [answer] = await client.predict({ endpoint, instances: values }, READ);
        return {
          deployedModel: answer.deployedModelId ?? '',
          predictions: (answer.predictions ?? []).map((value) => fromValue(value)),
        };
      }),

    getPipelineJob: (name) =>
      orElse(null, 'GetPipelineJob', async () => {
        const [job] = await (await pipelines()).getPipelineJob({ name }, READ);
        return toPipelineJob(job);
      }),
  };
}

interface RawOperation {
  readonly name?: string | null;
  readonly done?: boolean | null;
  readonly error?: { code?: number | null; message?: string | null } | null;
  readonly metadata?: Packed | null;
  readonly response?: Packed | null;
}

function toOperation(name: string, operation: RawOperation, endpoints: EndpointServiceClient): Operation {
  const { error } = operation;
  const failed = error !== null && error !== undefined;
  return {
    name,
    done: operation.done ?? false,
    error: failed ? { status: STATUSES[error.code ?? 2] ?? 'UNKNOWN', message: error.message ?? '' } : null,
    stage: stageOf(operation.metadata, endpoints),
  };
}

function nameOf(operation: { name?: string | null | undefined }, method: string): string {
  if (operation.name) return operation.name;
  throw new CallError(method, 'UNKNOWN', 'the answer names no operation');
}

function toModel(request: UploadRequest) {
  return {
    displayName: request.displayName,
    versionDescription: request.description,
    artifactUri: request.artifactUri,
    labels: Object.fromEntries(request.labels),
    containerSpec: {
      imageUri: request.image,
      predictRoute: request.predictRoute,
      healthRoute: request.healthRoute,
      ports: [{ containerPort: 8080 }],
      env: [...request.env].map(([name, value]) => ({ name, value })),
    },
  };
}

function toDeployedModel(request: DeployRequest) {
  const { accelerator } = request;
  return {
    id: request.id,
    displayName: request.displayName,
    model: `${request.model}@${request.version}`,
    dedicatedResources: {
      machineSpec: {
        machineType: request.machineType,
        ...(accelerator && {
          // The client takes any name of the enum; which ones exist is Vertex AI's to say.
          // oxlint-disable-next-line typescript/no-unsafe-type-assertion
          acceleratorType: accelerator.type as 'NVIDIA_TESLA_T4',
          acceleratorCount: accelerator.count,
        }),
      },
      minReplicaCount: request.minReplicas,
      maxReplicaCount: request.maxReplicas,
    },
    ...(request.serviceAccount !== null && { serviceAccount: request.serviceAccount }),
  };
}
