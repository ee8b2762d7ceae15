/** Vertex AI's resources → the engine's types. Absent and empty are the same here, as they are on the wire. */
import type { EndpointServiceClient, protos } from '@google-cloud/aiplatform';
import type { EndpointFacts } from '../config/deployment.ts';
import { CallError } from '../errors.ts';
import { toScale } from './vertex-scale.ts';
import type { PipelineArtifact, PipelineJob } from '../pipelines-world.ts';
import type { DeployedModel, Endpoint, ModelVersion, RegistryModel } from '../world.ts';

type IModel = protos.google.cloud.aiplatform.v1.IModel;
type IEndpoint = protos.google.cloud.aiplatform.v1.IEndpoint;
type IDeployedModel = protos.google.cloud.aiplatform.v1.IDeployedModel;
type IPipelineJob = protos.google.cloud.aiplatform.v1.IPipelineJob;

export function toVersion(model: IModel): ModelVersion {
  return {
    model: withoutVersion(model.name ?? ''),
    version: model.versionId ?? '',
    description: model.versionDescription ?? '',
    labels: new Map(Object.entries(model.labels ?? {})),
    aliases: model.versionAliases ?? [],
    createdAt:
      Number(model.versionCreateTime?.seconds ?? 0) * 1000 +
      Math.floor((model.versionCreateTime?.nanos ?? 0) / 1e6),
  };
}

/**
 * `name` and `version`: as they were asked for. Throws a CallError if the answer is of another version. Whether an answer has the container is not settled (model.proto: INPUT_ONLY), but without
 * one there are no kinds of machines that the model can be deployed on (supported_deployment_resources_types).
 */
export function toRegistryModel(model: IModel, name: string, version: string): RegistryModel {
  if (model.versionId !== version)
    throw new CallError('GetModel', 'UNKNOWN', 'the answer is of another version');
  const kinds = (model.supportedDeploymentResourcesTypes ?? []).map(String);
  return {
    version: { ...toVersion(model), model: name },
    isDeployable: kinds.includes('DEDICATED_RESOURCES'),
    artifactUri: model.artifactUri ?? '',
  };
}

export function toEndpoint(endpoint: IEndpoint): Endpoint {
  return {
    name: endpoint.name ?? '',
    displayName: endpoint.displayName ?? '',
    etag: endpoint.etag ?? '',
    labels: new Map(Object.entries(endpoint.labels ?? {})),
    deployedModels: (endpoint.deployedModels ?? []).map(toDeployed),
    traffic: new Map(Object.entries(endpoint.trafficSplit ?? {})),
    dedicatedDns: hostOf(endpoint),
    isPrivate: isPrivate(endpoint),
    facts: factsOf(endpoint),
  };
}

function factsOf(endpoint: IEndpoint): EndpointFacts {
  const { clientConnectionConfig, predictRequestResponseLoggingConfig: logging } = endpoint;
  const { privateServiceConnectConfig, encryptionSpec } = endpoint;
  const timeout = clientConnectionConfig?.inferenceTimeout;
  const timeoutMs = Number(timeout?.seconds ?? 0) * 1000 + (timeout?.nanos ?? 0) / 1e6;
  return {
    dedicated: endpoint.dedicatedEndpointEnabled ?? false,
    timeoutMs: timeoutMs === 0 ? null : timeoutMs,
    requestLogging: logging
      ? {
          enabled: logging.enabled ?? false,
          table: logging.bigqueryDestination?.outputUri ?? '',
          sample: logging.samplingRate ?? 0,
        }
      : null,
    privateServiceConnect:
      privateServiceConnectConfig?.enablePrivateServiceConnect === true
        ? (privateServiceConnectConfig.projectAllowlist ?? [])
        : null,
    kmsKey: encryptionSpec?.kmsKeyName || null,
  };
}

/**
 * The host of a dedicated endpoint. endpoint.proto shows it with `https://`, answers come without. A token goes there:
 * what is no host of Google's is refused.
 */
function hostOf({ dedicatedEndpointEnabled, dedicatedEndpointDns }: IEndpoint): string | null {
  if (dedicatedEndpointEnabled !== true || !dedicatedEndpointDns) return null;
  const host = dedicatedEndpointDns.replace(/^https:\/\//, '').replace(/\/$/, '');
  if (GOOGLES.test(host)) return host;
  throw new CallError('GetEndpoint', 'UNKNOWN', 'dedicatedEndpointDns names no host of Google');
}

const GOOGLES = /^[a-z0-9]([a-z0-9.-]{0,250})\.(vertexai\.goog|googleapis\.com)$/;

function isPrivate(endpoint: IEndpoint): boolean {
  const { network, enablePrivateServiceConnect, privateServiceConnectConfig } = endpoint;
  return (
    (network ?? '') !== '' ||
    enablePrivateServiceConnect === true ||
    privateServiceConnectConfig?.enablePrivateServiceConnect === true
  );
}

function toDeployed(model: IDeployedModel): DeployedModel {
  const scale = toScale(model);
  return {
    ...(scale !== null && { scale }),
    id: model.id ?? '',
    model: withoutVersion(model.model ?? ''),
    version: model.modelVersionId ?? '',
    displayName: model.displayName ?? '',
  };
}

/** ListModelVersions names models with their version, GetModel without (google-cloud-aiplatform, model.proto). */
function withoutVersion(name: string): string {
  return name.split('@')[0] ?? name;
}

/** What a task has made: it succeeded, or was skipped since an earlier run had made it (PipelineTaskDetail.State). */
export function toPipelineJob(job: IPipelineJob): PipelineJob {
  const outputs: PipelineArtifact[] = [];
  for (const task of job.jobDetail?.taskDetails ?? []) {
    if (task.state !== 'SUCCEEDED' && task.state !== 'SKIPPED') continue;
    for (const output of Object.values(task.outputs ?? {})) {
      for (const artifact of output.artifacts ?? []) {
        outputs.push({ uri: artifact.uri ?? '', schema: artifact.schemaTitle ?? '' });
      }
    }
  }
  return { state: String(job.state ?? 'PIPELINE_STATE_UNSPECIFIED'), outputs };
}

/** google.protobuf.Any. */
export interface Packed {
  readonly type_url?: string | null;
  readonly value?: Uint8Array | string | null;
}

const DEPLOY_METADATA = 'type.googleapis.com/google.cloud.aiplatform.v1.DeployModelOperationMetadata';

export function isDeployment(operation: { readonly metadata?: Packed | null }): boolean {
  return operation.metadata?.type_url === DEPLOY_METADATA;
}

/** The id of the model that a DeployModel operation has deployed: its response tells (DeployModelResponse). */
export function deployedBy(
  operation: { readonly response?: Packed | null },
  endpoints: EndpointServiceClient,
): string | null {
  const value = operation.response?.value;
  const decode = endpoints.descriptors.longrunning['deployModel']?.responseDecoder;
  if (!(value instanceof Uint8Array) || decode === undefined) return null;
  const deployed: unknown = Reflect.get(Object(decode(Buffer.from(value))), 'deployedModel');
  const id: unknown = Reflect.get(Object(deployed), 'id');
  return typeof id === 'string' && id !== '' ? id : null;
}

/** The deployment stage that a DeployModel operation reports, decoded by the client's own descriptor. */
export function stageOf(
  metadata: Packed | null | undefined,
  endpoints: EndpointServiceClient,
): string | null {
  const { type_url: type, value } = metadata ?? {};
  const decode = endpoints.descriptors.longrunning['deployModel']?.metadataDecoder;
  if (type !== DEPLOY_METADATA || !(value instanceof Uint8Array) || decode === undefined) return null;
  const stage: unknown = Reflect.get(Object(decode(Buffer.from(value))), 'deploymentStage');
  if (typeof stage === 'string') return stage;
  return typeof stage === 'number' ? (STAGES.get(stage) ?? null) : null;
}

/**
 * How long an operation has run by its own two times, in ms; null where it does not say. UndeployModelOperationMetadata
 * is nothing but the part that every operation's metadata begins with (operation.proto, GenericOperationMetadata), so
 * its descriptor reads that part of any of them.
 */
export function tookOf(metadata: Packed | null | undefined, endpoints: EndpointServiceClient): number | null {
  const { value } = metadata ?? {};
  const decode = endpoints.descriptors.longrunning['undeployModel']?.metadataDecoder;
  if (!(value instanceof Uint8Array) || decode === undefined) return null;
  const generic: unknown = Reflect.get(Object(decode(Buffer.from(value))), 'genericMetadata');
  const took =
    millisOf(Reflect.get(Object(generic), 'updateTime')) -
    millisOf(Reflect.get(Object(generic), 'createTime'));
  return took >= 0 ? took : null;
}

/** google.protobuf.Timestamp. NaN: it is none. */
function millisOf(timestamp: unknown): number {
  const seconds: unknown = Reflect.get(Object(timestamp), 'seconds');
  const nanos: unknown = Reflect.get(Object(timestamp), 'nanos');
  return seconds === undefined ? Number.NaN : Number(seconds) * 1000 + Number(nanos ?? 0) / 1e6;
}

/** deployment_stage.proto */
const STAGES = new Map([
  [5, 'STARTING_DEPLOYMENT'],
  [6, 'PREPARING_MODEL'],
  [7, 'CREATING_SERVING_CLUSTER'],
  [8, 'ADDING_NODES_TO_CLUSTER'],
  [9, 'GETTING_CONTAINER_IMAGE'],
  [3, 'STARTING_MODEL_SERVER'],
  [4, 'FINISHING_UP'],
  [10, 'DEPLOYMENT_TERMINATED'],
  [11, 'SUCCESSFULLY_DEPLOYED'],
  [12, 'FAILED_TO_DEPLOY'],
]);
