/**
 * Vertex AI over HTTP: /v1 of ModelService, EndpointService, PredictionService, PipelineService and JobService, and
 * the operations under /v1, /v1beta1 (gcloud) and /ui (the REST clients).
 */
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';

import { ApiError, asApiError } from '../core/errors.ts';
import { requireJson } from '../front.ts';
import { RPC_HEADER } from '../grpc/grpc.ts';
import { parseJson } from '../core/json.ts';
import type { Json } from '../core/json.ts';
import { BatchPredictionJob } from './batch/schemas.ts';
import { operationRoutes } from './operation-routes.ts';
import type { ListQuery, Page } from './page.ts';
import type { Caller } from './reach.ts';
import { parseMessage } from './request.ts';
import * as schemas from './schemas.ts';
import type { Vertex } from './vertex.ts';

interface Call {
  Params: { project: string; location: string; id: string; store?: string };
  Querystring: Readonly<Record<string, string | undefined>>;
  Body: Json | undefined;
}
type Request = FastifyRequest<Call>;

/** Above what any message may have: predictions of a dedicated endpoint are the largest, with 10 MB. */
const JSON_BYTES_MAX = 32 * 1024 * 1024;

const location = '/v1/projects/:project/locations/:location';
/** An id up to the colon of a custom method. */
const id = ':id(^[^/:]+)';

export function vertexRoutes(vertex: Vertex): FastifyPluginAsync {
  return async (app) => {
    app.setErrorHandler((error, request, reply) => {
      const known = knownError(error);
      if (!(known instanceof ApiError)) request.log.error({ err: error }, 'Vertex AI request failed');
      const answer = asApiError(known);
      void reply.code(answer.httpStatus).send(answer.toBody());
    });
    await app.register(async (raw) => rawPredictRoute(raw, vertex));
    await app.register(async (json) => {
      acceptJson(json);
      modelRoutes(json, vertex);
      endpointRoutes(json, vertex);
      pipelineRoutes(json, vertex);
      jobRoutes(json, vertex);
      featureRoutes(json, vertex);
      operationRoutes(json, vertex.operations);
    });
  };
}

function modelRoutes(app: FastifyInstance, { models, uploads, copies }: Vertex): void {
  const rpc = rpcOf('ModelService');
  app.post<Call>(`${location}/models::upload`, rpc('UploadModel'), (request) =>
    uploads.upload(parentOf(request), parseMessage(schemas.UploadModelRequest, request.body)),
  );
  app.post<Call>(`${location}/models::copy`, rpc('CopyModel'), (request) =>
    copies.copy(parentOf(request), parseMessage(schemas.CopyModelRequest, request.body)),
  );
  app.get<Call>(`${location}/models`, rpc('ListModels'), (request) =>
    pageBody('models', models.list(parentOf(request), listQuery(request))),
  );
  app.get<Call>(`${location}/models/:id`, rpc('GetModel'), (request) =>
    models.get(nameOf('models', request)),
  );
  app.get<Call>(`${location}/models/${id}::listVersions`, rpc('ListModelVersions'), (request) =>
    pageBody('models', models.listVersions(nameOf('models', request), listQuery(request))),
  );
  app.patch<Call>(`${location}/models/:id`, rpc('UpdateModel'), (request) =>
    models.update(nameOf('models', request), parseMessage(schemas.Model, request.body), maskOf(request)),
  );
  app.post<Call>(`${location}/models/${id}::mergeVersionAliases`, rpc('MergeVersionAliases'), (request) => {
    const { versionAliases = [] } = parseMessage(schemas.MergeVersionAliasesRequest, request.body);
    return models.mergeAliases(nameOf('models', request), versionAliases);
  });
  app.delete<Call>(`${location}/models/:id`, rpc('DeleteModel'), (request) =>
    models.delete(nameOf('models', request)),
  );
  app.delete<Call>(`${location}/models/${id}::deleteVersion`, rpc('DeleteModelVersion'), (request) =>
    models.deleteVersion(nameOf('models', request)),
  );
}

function endpointRoutes(app: FastifyInstance, { endpoints, deployments, predictions }: Vertex): void {
  const rpc = rpcOf('EndpointService');
  app.post<Call>(`${location}/endpoints`, rpc('CreateEndpoint'), (request) => {
    const endpointId = request.query.endpointId ?? request.query.endpoint_id;
    return endpoints.create(parentOf(request), endpointId, parseMessage(schemas.Endpoint, request.body));
  });
  app.get<Call>(`${location}/endpoints`, rpc('ListEndpoints'), (request) =>
    pageBody('endpoints', endpoints.list(parentOf(request), listQuery(request))),
  );
  app.get<Call>(`${location}/endpoints/:id`, rpc('GetEndpoint'), (request) =>
    endpoints.get(nameOf('endpoints', request)),
  );
  app.patch<Call>(`${location}/endpoints/:id`, rpc('UpdateEndpoint'), (request) =>
    endpoints.update(
      nameOf('endpoints', request),
      parseMessage(schemas.Endpoint, request.body),
      maskOf(request),
    ),
  );
  app.post<Call>(`${location}/endpoints/${id}::update`, rpc('UpdateEndpointLongRunning'), (request) => {
    const { endpoint = {} } = parseMessage(schemas.UpdateEndpointLongRunningRequest, request.body);
    return endpoints.updateLongRunning(nameOf('endpoints', request), endpoint);
  });
  app.delete<Call>(`${location}/endpoints/:id`, rpc('DeleteEndpoint'), (request) =>
    endpoints.delete(nameOf('endpoints', request)),
  );
  app.post<Call>(`${location}/endpoints/${id}::deployModel`, rpc('DeployModel'), (request) =>
    deployments.deploy(nameOf('endpoints', request), parseMessage(schemas.DeployModelRequest, request.body)),
  );
  app.post<Call>(`${location}/endpoints/${id}::undeployModel`, rpc('UndeployModel'), (request) =>
    deployments.undeploy(
      nameOf('endpoints', request),
      parseMessage(schemas.UndeployModelRequest, request.body),
    ),
  );
  app.post<Call>(`${location}/endpoints/${id}::mutateDeployedModel`, rpc('MutateDeployedModel'), (request) =>
    deployments.mutate(
      nameOf('endpoints', request),
      parseMessage(schemas.MutateDeployedModelRequest, request.body),
    ),
  );
  app.post<Call>(
    `${location}/endpoints/${id}::predict`,
    { config: { rpc: 'PredictionService.Predict' } },
    (request) => predictions.predict(nameOf('endpoints', request), request.body, callerOf(request)),
  );
}

function rawPredictRoute(app: FastifyInstance, { predictions }: Vertex): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'buffer', bodyLimit: JSON_BYTES_MAX },
    async (_request: FastifyRequest, body: Buffer) => body,
  );
  app.post<Omit<Call, 'Body'> & { Body: Buffer | undefined }>(
    `${location}/endpoints/${id}::rawPredict`,
    { config: { rpc: 'PredictionService.RawPredict' } },
    async (request, reply) => {
      const contentType = request.headers['content-type'] ?? 'application/json';
      const { project, location, id } = request.params;
      const name = `projects/${project}/locations/${location}/endpoints/${id}`;
      const body = request.body ?? Buffer.alloc(0);
      const answer = await predictions.rawPredict(name, body, contentType, callerOf(request));
      return reply
        .code(answer.status)
        .header('X-Vertex-AI-Endpoint-Id', answer.endpointId)
        .header('X-Vertex-AI-Deployed-Model-Id', answer.deployedModelId)
        .header('X-Vertex-AI-Model', answer.model)
        .header('X-Vertex-AI-Model-Version-Id', answer.modelVersionId)
        .header('content-type', answer.contentType)
        .send(answer.body);
    },
  );
}

function pipelineRoutes(app: FastifyInstance, { pipelines }: Vertex): void {
  const rpc = rpcOf('PipelineService');
  app.post<Call>(`${location}/pipelineJobs`, rpc('CreatePipelineJob'), (request) => {
    const pipelineJobId = request.query.pipelineJobId ?? request.query.pipeline_job_id;
    return pipelines.create(parentOf(request), pipelineJobId, request.body);
  });
  app.get<Call>(`${location}/pipelineJobs`, rpc('ListPipelineJobs'), (request) =>
    pageBody('pipelineJobs', pipelines.list(parentOf(request), listQuery(request))),
  );
  app.get<Call>(`${location}/pipelineJobs/:id`, rpc('GetPipelineJob'), (request) =>
    pipelines.get(nameOf('pipelineJobs', request)),
  );
}

function jobRoutes(app: FastifyInstance, { batchJobs }: Vertex): void {
  const rpc = rpcOf('JobService');
  const collection = `${location}/batchPredictionJobs`;
  app.post<Call>(collection, rpc('CreateBatchPredictionJob'), (request) =>
    batchJobs.create(parentOf(request), parseMessage(BatchPredictionJob, request.body)),
  );
  app.get<Call>(collection, rpc('ListBatchPredictionJobs'), (request) => {
    const readMask = request.query.readMask ?? request.query.read_mask;
    const page = batchJobs.list(parentOf(request), listQuery(request), readMask);
    return pageBody('batchPredictionJobs', page);
  });
  app.get<Call>(`${collection}/:id`, rpc('GetBatchPredictionJob'), (request) =>
    batchJobs.get(nameOf('batchPredictionJobs', request)),
  );
  app.post<Call>(`${collection}/${id}::cancel`, rpc('CancelBatchPredictionJob'), (request) => {
    batchJobs.cancel(nameOf('batchPredictionJobs', request));
    return {};
  });
  app.delete<Call>(`${collection}/:id`, rpc('DeleteBatchPredictionJob'), (request) =>
    batchJobs.delete(nameOf('batchPredictionJobs', request)),
  );
}

/** Names the gRPC method of a route. */
function rpcOf(service: string): (method: string) => { config: { rpc: string } } {
  return (method) => ({ config: { rpc: `${service}.${method}` } });
}

function featureRoutes(app: FastifyInstance, { featureStores }: Vertex): void {
  const admin = rpcOf('FeatureOnlineStoreAdminService');
  const online = rpcOf('FeatureOnlineStoreService');
  const views = `${location}/featureOnlineStores/:store/featureViews`;
  const viewOf = (request: Request): string =>
    `${parentOf(request)}/featureOnlineStores/${request.params.store}/featureViews/${request.params.id}`;
  app.get<Call>(`${location}/featureOnlineStores/:id`, admin('GetFeatureOnlineStore'), (request) =>
    featureStores.getStore(nameOf('featureOnlineStores', request)),
  );
  app.get<Call>(`${views}/:id`, admin('GetFeatureView'), (request) => featureStores.getView(viewOf(request)));
  app.post<Call>(`${views}/${id}::fetchFeatureValues`, online('FetchFeatureValues'), (request) =>
    featureStores.fetch(viewOf(request), request.body),
  );
}

/** JSON bodies, which may be empty, with the words of Google's front end for broken ones. */
function acceptJson(app: FastifyInstance): void {
  requireJson(app);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser(
    '*',
    { parseAs: 'string', bodyLimit: JSON_BYTES_MAX },
    async (_request: FastifyRequest, body: string) => {
      if (body.trim() === '') return undefined;
      try {
        return parseJson(body);
      } catch (error) {
        throw new ApiError('INVALID_ARGUMENT', 'Invalid JSON payload received. Expected a JSON object.', {
          cause: error,
        });
      }
    },
  );
}

/** Fastify's own refusals, such as a body that is too large, are the caller's mistakes. */
function knownError(error: unknown): unknown {
  if (error instanceof ApiError || !(error instanceof Error) || !('statusCode' in error)) return error;
  const { statusCode } = error;
  const clients = typeof statusCode === 'number' && statusCode >= 400 && statusCode < 500;
  return clients ? new ApiError('INVALID_ARGUMENT', error.message, { cause: error }) : error;
}

/** The host that a prediction is asked by, and over gRPC the endpoint that its header names. */
function callerOf({ headers }: { headers: FastifyRequest['headers'] }): Caller {
  const { host } = headers;
  if (headers[RPC_HEADER] === undefined) return { host };
  return { host, grpcEndpointId: String(headers['x-vertex-ai-endpoint-id'] ?? '') };
}

function parentOf({ params }: Request): string {
  return `projects/${params.project}/locations/${params.location}`;
}

function nameOf(collection: string, request: Request): string {
  return `${parentOf(request)}/${collection}/${request.params.id}`;
}

function maskOf({ query }: Request): string | undefined {
  return query.updateMask ?? query.update_mask;
}

function listQuery({ query }: { query: Readonly<Record<string, string | undefined>> }): ListQuery {
  return {
    filter: query.filter ?? '',
    orderBy: query.orderBy ?? query.order_by ?? '',
    pageSize: Number(query.pageSize ?? query.page_size ?? 0),
    pageToken: query.pageToken ?? query.page_token ?? '',
  };
}

function pageBody<Item>(field: string, page: Page<Item>): Record<string, unknown> {
  return { [field]: page.items, ...(page.nextPageToken === '' ? {} : { nextPageToken: page.nextPageToken }) };
}
