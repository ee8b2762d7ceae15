/**
 * The engine's requests → Vertex AI's resources. Models, and the endpoints that Slipway makes, get the project's own key
 * and labels; a DeployedModel has neither (endpoint.proto).
 */
import type { Schemata } from '../../common/artifact/schemata.ts';
import type { Config } from '../config/config.ts';
import type { EndpointSettings, RequestLogging } from '../config/deployment.ts';
import type { DeployRequest, UploadRequest } from '../world.ts';
import { toContainerSpec, toDedicatedResources } from './vertex-serving.ts';

type Labels = ReadonlyMap<string, string>;

/** What a project asks of everything that is made in it. */
export type Marks = Pick<Config, 'kmsKey' | 'labels'>;

/** `stateBucket`: where the schemata are. */
export function toModel(request: UploadRequest, marks: Marks & Pick<Config, 'stateBucket'>) {
  return {
    displayName: request.displayName,
    versionDescription: request.description,
    artifactUri: request.artifactUri,
    ...marked(request.labels, marks),
    containerSpec: toContainerSpec(request),
    ...(request.schemata !== null && {
      predictSchemata: toPredictSchemata(request.schemata, marks.stateBucket),
    }),
  };
}

function toPredictSchemata({ instance, prediction, parameters }: Schemata, bucket: string) {
  return {
    instanceSchemaUri: `gs://${bucket}/${instance.name}`,
    predictionSchemaUri: `gs://${bucket}/${prediction.name}`,
    parametersSchemaUri: `gs://${bucket}/${parameters.name}`,
  };
}

export function toNewEndpoint(
  displayName: string,
  labels: Labels,
  marks: Marks,
  settings: EndpointSettings | null = null,
) {
  const { dedicated, timeoutMs, requestLogging, privateServiceConnect } = settings ?? {};
  return {
    displayName,
    ...marked(labels, marks),
    ...(dedicated === true && { dedicatedEndpointEnabled: true }),
    ...(timeoutMs && toClientConnection(timeoutMs)),
    ...(requestLogging && toRequestLogging(requestLogging)),
    ...(privateServiceConnect && {
      privateServiceConnectConfig: {
        enablePrivateServiceConnect: true,
        projectAllowlist: [...privateServiceConnect],
      },
    }),
  };
}

export function toClientConnection(timeoutMs: number) {
  return { clientConnectionConfig: { inferenceTimeout: { seconds: timeoutMs / 1000 } } };
}

export function toRequestLogging({ enabled, table, sample }: RequestLogging) {
  return {
    predictRequestResponseLoggingConfig: {
      enabled,
      samplingRate: sample,
      bigqueryDestination: { outputUri: table },
    },
  };
}

/** Slipway's own labels say whose a resource is: no other one stands in their place. */
function marked(labels: Labels, marks: Marks) {
  return {
    labels: Object.fromEntries([...marks.labels, ...labels]),
    ...(marks.kmsKey !== null && { encryptionSpec: { kmsKeyName: marks.kmsKey } }),
  };
}

export function toDeployedModel(request: DeployRequest) {
  return {
    id: request.id,
    displayName: request.displayName,
    model: `${request.model}@${request.version}`,
    dedicatedResources: toDedicatedResources(request),
    ...(request.serviceAccount !== null && { serviceAccount: request.serviceAccount }),
    ...(!request.containerLogging && { disableContainerLogging: true }),
    ...(request.accessLogging && { enableAccessLogging: true }),
  };
}
