/**
 * The resources of google.cloud.aiplatform.v1 as far as the emulator acts on them. Fields that it only
 * keeps, or that only the server sets, are taken as they come.
 */
import { Type } from 'typebox';
import type { Static } from 'typebox';

export const strict = { additionalProperties: false };
export const text = Type.Optional(Type.String());
const flag = Type.Optional(Type.Boolean());
const kept = Type.Optional(Type.Unknown());
/** Proto JSON writes numbers as numbers or as strings. */
const Int = Type.Union([Type.Integer(), Type.String({ pattern: String.raw`^-?\d+$` })]);
export const int = Type.Optional(Int);
/** Enums come as names, or as numbers from the REST client. */
const enumeration = Type.Optional(Type.Union([Type.String(), Type.Integer()]));
export const Labels = Type.Record(Type.String(), Type.String());
const TrafficSplit = Type.Record(Type.String(), Int);

export function keep<Names extends string>(...names: Names[]): Record<Names, typeof kept> {
  const entries = names.map((name) => [name, kept] as const);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Object.fromEntries forgets the names
  return Object.fromEntries(entries) as Record<Names, typeof kept>;
}

const Port = Type.Object({ port: int, host: text, service: text }, strict);
const Probe = Type.Object(
  {
    exec: Type.Optional(Type.Object({ command: Type.Optional(Type.Array(Type.String())) }, strict)),
    httpGet: Type.Optional(
      Type.Object(
        {
          path: text,
          port: int,
          host: text,
          scheme: text,
          httpHeaders: Type.Optional(Type.Array(Type.Object({ name: text, value: text }, strict))),
        },
        strict,
      ),
    ),
    grpc: Type.Optional(Port),
    tcpSocket: Type.Optional(Port),
    periodSeconds: int,
    timeoutSeconds: int,
    failureThreshold: int,
    successThreshold: int,
    initialDelaySeconds: int,
  },
  strict,
);
export type Probe = Static<typeof Probe>;

export const ContainerSpec = Type.Object(
  {
    imageUri: text,
    command: Type.Optional(Type.Array(Type.String())),
    args: Type.Optional(Type.Array(Type.String())),
    env: Type.Optional(Type.Array(Type.Object({ name: Type.String(), value: text }, strict))),
    ports: Type.Optional(Type.Array(Type.Object({ containerPort: int }, strict))),
    predictRoute: text,
    healthRoute: text,
    deploymentTimeout: text,
    grpcPorts: Type.Optional(Type.Array(Type.Object({ containerPort: int }, strict))),
    invokeRoutePrefix: text,
    sharedMemorySizeMb: int,
    startupProbe: Type.Optional(Probe),
    healthProbe: Type.Optional(Probe),
    livenessProbe: Type.Optional(Probe),
  },
  strict,
);
export type ContainerSpec = Static<typeof ContainerSpec>;

export const Model = Type.Object(
  {
    name: text,
    displayName: text,
    description: text,
    versionDescription: text,
    versionAliases: Type.Optional(Type.Array(Type.String())),
    containerSpec: Type.Optional(ContainerSpec),
    artifactUri: text,
    labels: Type.Optional(Labels),
    etag: text,
    ...keep(
      'predictSchemata',
      'metadataSchemaUri',
      'metadata',
      'explanationSpec',
      'encryptionSpec',
      'pipelineJob',
    ),
    ...keep('modelSourceInfo', 'originalModelInfo', 'baseModelSource', 'dataStats', 'metadataArtifact'),
    ...keep(
      'versionId',
      'versionCreateTime',
      'versionUpdateTime',
      'createTime',
      'updateTime',
      'deployedModels',
    ),
    ...keep('trainingPipeline', 'supportedExportFormats', 'supportedDeploymentResourcesTypes', 'checkpoints'),
    ...keep('supportedInputStorageFormats', 'supportedOutputStorageFormats', 'satisfiesPzs', 'satisfiesPzi'),
    ...keep('defaultCheckpointId', 'generatedModelSource'),
  },
  strict,
);
export type Model = Static<typeof Model>;

export const UploadModelRequest = Type.Object(
  { parent: text, parentModel: text, modelId: text, serviceAccount: text, model: Type.Optional(Model) },
  strict,
);
export type UploadModelRequest = Static<typeof UploadModelRequest>;

export const CopyModelRequest = Type.Object(
  {
    parent: text,
    sourceModel: text,
    modelId: text,
    parentModel: text,
    customServiceAccount: text,
    encryptionSpec: Type.Optional(Type.Object({ kmsKeyName: text }, strict)),
  },
  strict,
);
export type CopyModelRequest = Static<typeof CopyModelRequest>;

export const MachineSpec = Type.Object(
  {
    machineType: text,
    acceleratorType: enumeration,
    acceleratorCount: int,
    tpuTopology: text,
    gpuPartitionSize: text,
    reservationAffinity: Type.Optional(
      Type.Object(
        { reservationAffinityType: enumeration, key: text, values: Type.Optional(Type.Array(Type.String())) },
        strict,
      ),
    ),
    ...keep('multihostGpuNodeCount'),
  },
  strict,
);
export type MachineSpec = Static<typeof MachineSpec>;

const DedicatedResources = Type.Object(
  {
    machineSpec: Type.Optional(MachineSpec),
    minReplicaCount: int,
    maxReplicaCount: int,
    requiredReplicaCount: int,
    autoscalingMetricSpecs: Type.Optional(
      Type.Array(Type.Object({ metricName: text, target: int, ...keep('monitoredResourceLabels') }, strict)),
    ),
    spot: flag,
    ...keep('flexStart', 'initialReplicaCount', 'scaleToZeroSpec'),
  },
  strict,
);

const AutomaticResources = Type.Object({ minReplicaCount: int, maxReplicaCount: int }, strict);

export const DeployedModel = Type.Object(
  {
    id: text,
    model: text,
    displayName: text,
    dedicatedResources: Type.Optional(DedicatedResources),
    automaticResources: Type.Optional(AutomaticResources),
    sharedResources: text,
    serviceAccount: text,
    disableContainerLogging: flag,
    enableAccessLogging: flag,
    ...keep(
      'explanationSpec',
      'disableExplanations',
      'systemLabels',
      'checkpointId',
      'speculativeDecodingSpec',
    ),
    ...keep(
      'modelVersionId',
      'createTime',
      'privateEndpoints',
      'status',
      'gdcConnectedModel',
      'fasterDeploymentConfig',
    ),
    ...keep('fullFineTunedResources', 'rolloutOptions'),
  },
  strict,
);
export type DeployedModel = Static<typeof DeployedModel>;

export const DeployModelRequest = Type.Object(
  { endpoint: text, deployedModel: Type.Optional(DeployedModel), trafficSplit: Type.Optional(TrafficSplit) },
  strict,
);
export type DeployModelRequest = Static<typeof DeployModelRequest>;

export const UndeployModelRequest = Type.Object(
  { endpoint: text, deployedModelId: text, trafficSplit: Type.Optional(TrafficSplit) },
  strict,
);
export type UndeployModelRequest = Static<typeof UndeployModelRequest>;

export const MutateDeployedModelRequest = Type.Object(
  { endpoint: text, deployedModel: Type.Optional(DeployedModel), updateMask: text },
  strict,
);
export type MutateDeployedModelRequest = Static<typeof MutateDeployedModelRequest>;

export const Endpoint = Type.Object(
  {
    name: text,
    displayName: text,
    description: text,
    labels: Type.Optional(Labels),
    trafficSplit: Type.Optional(TrafficSplit),
    etag: text,
    dedicatedEndpointEnabled: flag,
    network: text,
    clientConnectionConfig: Type.Optional(Type.Object({ inferenceTimeout: text }, strict)),
    predictRequestResponseLoggingConfig: Type.Optional(
      Type.Object(
        {
          enabled: flag,
          samplingRate: Type.Optional(Type.Number()),
          bigqueryDestination: Type.Optional(Type.Object({ outputUri: text }, strict)),
        },
        strict,
      ),
    ),
    privateServiceConnectConfig: Type.Optional(
      Type.Object(
        {
          enablePrivateServiceConnect: flag,
          projectAllowlist: Type.Optional(Type.Array(Type.String())),
          ...keep('pscAutomationConfigs', 'serviceAttachment'),
        },
        strict,
      ),
    ),
    ...keep('encryptionSpec', 'enablePrivateServiceConnect'),
    ...keep('deployedModels', 'createTime', 'updateTime', 'dedicatedEndpointDns'),
    ...keep('modelDeploymentMonitoringJob', 'satisfiesPzs', 'satisfiesPzi', 'genAiAdvancedFeaturesConfig'),
    ...keep('privateModelServerEnabled', 'gdcConfig'),
  },
  strict,
);
export type Endpoint = Static<typeof Endpoint>;

export const UpdateEndpointLongRunningRequest = Type.Object({ endpoint: Type.Optional(Endpoint) }, strict);

export const MergeVersionAliasesRequest = Type.Object(
  { name: text, versionAliases: Type.Optional(Type.Array(Type.String())) },
  strict,
);
