/**
 * Vertex AI through the official clients, over gRPC, each call at the host of the region that its resource's name says; what Google
 * returns is turned into the engine's own types here and nowhere else.
 */
import type {
  EndpointServiceClient,
  ModelServiceClient,
  PipelineServiceClient,
  PredictionServiceClient,
} from '@google-cloud/aiplatform';
import type { Config } from '../config/config.ts';
import { CallError, STATUSES } from '../errors.ts';
import type { Endpoint, Operation, Vertex } from '../world.ts';
import { calling, orElse } from './call-error.ts';
import { allPages, pageOf } from './pages.ts';
import { regionOf } from './resource-region.ts';
import { fromValue, toValue } from './value.ts';
import { toClientConnection, toDeployedModel, toNewEndpoint, toRequestLogging } from './vertex-requests.ts';
import { LIST, nameOf, PAGE_SIZE, PAGES_MAX, READ, unnamed, WRITE } from './vertex-calls.ts';
import { vertexModels } from './vertex-models.ts';
import { toMutation } from './vertex-scale.ts';
import {
  deployedBy,
  isDeployment,
  stageOf,
  tookOf,
  toEndpoint,
  toPipelineJob,
  type Packed,
} from './vertex-resources.ts';

/** Each client is made at its first use, for a region or a host. */
export interface VertexClients {
  readonly models: (region: string) => Promise<ModelServiceClient>;
  readonly endpoints: (region: string) => Promise<EndpointServiceClient>;
  readonly pipelines: (region: string) => Promise<PipelineServiceClient>;
  /** At a region, or at the host of a dedicated endpoint. */
  readonly predictions: (at: string) => Promise<PredictionServiceClient>;
}

/** The operations client alone would go on retrying for ten minutes. */
const POLL = { timeout: 30_000, retry: { retryCodes: [] } };

/** How far back operations are read: what is older is no deployment whose reply was just lost. */
const PAGES_OF_OPERATIONS_MAX = 10;

export function vertexAi(clients: VertexClients, config: Config): Vertex {
  const models = (name: string) => clients.models(regionOf(name));
  const endpoints = (name: string) => clients.endpoints(regionOf(name));
  /** Where each endpoint that was read answers, by its name. That is fixed when it is made. */
  const reaches = new Map<string, Pick<Endpoint, 'dedicatedDns' | 'isPrivate'>>();

  function seen(endpoint: Parameters<typeof toEndpoint>[0]): Endpoint {
    const read = toEndpoint(endpoint);
    if (read.name === '' || read.deployedModels.some(({ id }) => id === '')) throw unnamed('GetEndpoint');
    reaches.set(read.name, { dedicatedDns: read.dedicatedDns, isPrivate: read.isPrivate });
    return read;
  }

  async function reachOf(name: string): Promise<Pick<Endpoint, 'dedicatedDns' | 'isPrivate'>> {
    const [endpoint] = await (await endpoints(name)).getEndpoint({ name }, READ);
    return seen(endpoint);
  }

  return {
    ...vertexModels(models, config),

    findEndpoints: (parent, displayName) =>
      calling('ListEndpoints', async () => {
        const filter = `display_name=${JSON.stringify(displayName)}`;
        const client = await endpoints(parent);
        const found = await allPages(
          'ListEndpoints',
          async (pageToken) =>
            pageOf(await client.listEndpoints({ parent, filter, pageSize: PAGE_SIZE, pageToken }, LIST)),
          { most: PAGES_MAX },
        );
        return found.map(seen).filter((endpoint) => endpoint.displayName === displayName);
      }),

    getEndpoint: (name) =>
      orElse(null, 'GetEndpoint', async () => {
        const [endpoint] = await (await endpoints(name)).getEndpoint({ name }, READ);
        return seen(endpoint);
      }),

    createEndpoint: (parent, endpointId, displayName, labels, settings) =>
      calling('CreateEndpoint', async () => {
        const endpoint = toNewEndpoint(displayName, labels, config, settings);
        const [operation] = await (
          await endpoints(parent)
        ).createEndpoint({ parent, endpointId, endpoint }, WRITE);
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
        await (await endpoints(seen.name)).updateEndpoint({ endpoint, updateMask: { paths } }, WRITE);
      }),

    configureEndpoint: async (name, { requestLogging, timeoutMs }) => {
      if (requestLogging)
        await calling('UpdateEndpoint', async () => {
          const endpoint = { name, ...toRequestLogging(requestLogging) };
          const updateMask = { paths: ['predict_request_response_logging_config'] };
          await (await endpoints(name)).updateEndpoint({ endpoint, updateMask }, WRITE);
        });
      if (timeoutMs)
        await calling('UpdateEndpointLongRunning', async () => {
          const endpoint = { name, ...toClientConnection(timeoutMs) };
          await (await endpoints(name)).updateEndpointLongRunning({ endpoint }, WRITE);
        });
    },

    deploy: (request) =>
      calling('DeployModel', async () => {
        const [operation] = await (
          await endpoints(request.endpoint)
        ).deployModel({ endpoint: request.endpoint, deployedModel: toDeployedModel(request) }, WRITE);
        return nameOf(operation, 'DeployModel');
      }),

    undeploy: (endpoint, deployedModelId) =>
      calling('UndeployModel', async () => {
        const [operation] = await (
          await endpoints(endpoint)
        ).undeployModel({ endpoint, deployedModelId }, WRITE);
        return nameOf(operation, 'UndeployModel');
      }),

    mutate: (endpoint, id, scale, fields) =>
      calling('MutateDeployedModel', async () => {
        const [operation] = await (
          await endpoints(endpoint)
        ).mutateDeployedModel({ endpoint, ...toMutation(id, scale, fields) }, WRITE);
        return nameOf(operation, 'MutateDeployedModel');
      }),

    listDeployments: (endpoint) =>
      orElse([], 'ListOperations', async () => {
        const client = await endpoints(endpoint);
        const operations = await allPages<RawOperation>(
          'ListOperations',
          async (pageToken) => {
            const found = await client.operationsClient.listOperations(
              // gax types the request and its answer as classes; plain objects are what it takes and gives.
              // oxlint-disable-next-line typescript/no-unsafe-type-assertion
              { name: endpoint, pageSize: PAGE_SIZE, pageToken } as never,
              { ...POLL, autoPaginate: false },
            );
            // oxlint-disable-next-line typescript/no-unsafe-type-assertion
            return pageOf(found as unknown as [RawOperation[], unknown, unknown]);
          },
          { most: PAGES_OF_OPERATIONS_MAX, orPart: true },
        );
        return operations.filter(isDeployment).map((operation) => ({
          ...toOperation(operation.name ?? '', operation, client),
          deployedModel: deployedBy(operation, client),
        }));
      }),

    getOperation: (name) =>
      orElse(null, 'GetOperation', async () => {
        const client = await endpoints(name);
        // gax types the request as its own class; a plain object is what it takes.
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        const [operation] = await client.operationsClient.getOperation({ name } as never, POLL);
        return toOperation(name, operation, client);
      }),

    predict: (endpoint, instances, parameters) =>
      calling('Predict', async () => {
        const { dedicatedDns, isPrivate } = reaches.get(endpoint) ?? (await reachOf(endpoint));
        if (isPrivate)
          throw new CallError(
            'Predict',
            'FAILED_PRECONDITION',
            'the endpoint answers inside its network alone',
          );
        const client = await clients.predictions(dedicatedDns ?? regionOf(endpoint));
        const values = instances.map((instance) => toValue(instance));
        const [answer] = await client.predict(
          { endpoint, instances: values, ...(parameters && { parameters: toValue(parameters) }) },
          predictOptions(endpoint),
        );
        if (!answer.deployedModelId)
          throw new CallError('Predict', 'UNKNOWN', 'the answer names no deployed model');
        return {
          deployedModel: answer.deployedModelId,
          predictions: (answer.predictions ?? []).map((value) => fromValue(value)),
        };
      }),

    getPipelineJob: (name) =>
      orElse(null, 'GetPipelineJob', async () => {
        const [job] = await (await clients.pipelines(regionOf(name))).getPipelineJob({ name }, READ);
        return toPipelineJob(job);
      }),
  };
}

/** The header is how the gRPC of a dedicated endpoint knows which one is meant (docs, "Use dedicated endpoints"). */
function predictOptions(endpoint: string) {
  const id = endpoint.slice(endpoint.lastIndexOf('/') + 1);
  return { ...READ, otherArgs: { headers: { 'x-vertex-ai-endpoint-id': id } } };
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
  const done = operation.done ?? false;
  return {
    name,
    done,
    error: failed ? { status: STATUSES[error.code || 2] ?? 'UNKNOWN', message: error.message ?? '' } : null,
    stage: stageOf(operation.metadata, endpoints),
    tookMs: done ? tookOf(operation.metadata, endpoints) : null,
  };
}
