/** What Vertex AI is asked to upload and to deploy, from the configuration of the service and the release. */
import { schemataOf } from '../../../common/artifact/schemata.ts';
import { folderOf, isOfRegistry, shortModelName, uriOf } from '../../../common/artifact/uri.ts';
import type { Service } from '../../config/config.ts';
import type { Container, Machines } from '../../config/deployment.ts';
import type { Serving } from '../../config/serving.ts';
import type { DeployRequest, UploadRequest } from '../../world.ts';
import type { Action } from '../decisions.ts';
import { containerEnv, storedSettings } from './container-env.ts';
import { deployedModelId, deployedModelName, LABELS, modelId } from '../ids.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';

/** Of the ledger: the endpoint that the version is for, and the private key of reports. */
export function uploadRequest(
  service: Service,
  release: Release,
  { endpoint, reportSeed }: Pick<Ledger, 'endpoint' | 'reportSeed'>,
): UploadRequest {
  const { request } = release;
  const { interface: face } = service;
  return {
    parent: service.parent,
    modelId: modelId(service.name),
    displayName: service.name,
    description: uriOf(request),
    labels: new Map([...service.labels, [LABELS.release, request.id], [LABELS.service, service.name]]),
    artifactUri: folderOf(request.bucket, request.marker),
    image: service.image,
    ...containerOf(service.serving),
    // The predictor answers a batch, and not this endpoint's callers, where Vertex AI names no endpoint or another one.
    env: new Map([
      ['SLIPWAY_ENDPOINT_ID', endpoint?.split('/').at(-1) ?? ''],
      ...containerEnv(service, request.id, reportSeed ?? null),
    ]),
    schemata:
      face === null ? null : schemataOf(service.name, face, storedSettings(service, request.id) !== null),
  };
}

export function deployRequest(service: Service, action: Extract<Action, { do: 'deploy' }>): DeployRequest {
  const { request, attempt } = action.release;
  const folder = isOfRegistry(request)
    ? shortModelName(request)
    : request.marker.split('/').slice(0, -1).join('/');
  return {
    endpoint: action.endpoint.name,
    id: deployedModelId(request.id, attempt),
    model: action.version.model,
    version: action.version.version,
    displayName: deployedModelName(folder, request.id, attempt),
    ...machinesOf(service.serving),
  };
}

/** What of `serving` goes into the model version, and is fixed with it. */
function containerOf(serving: Serving): Container {
  return {
    command: serving.command,
    args: serving.args,
    port: serving.port,
    grpcPort: serving.grpcPort,
    predictRoute: serving.predictRoute,
    healthRoute: serving.healthRoute,
    invokeRoutePrefix: serving.invokeRoutePrefix,
    deploymentTimeoutMs: serving.deploymentTimeoutMs,
    sharedMemoryMb: serving.sharedMemoryMb,
    probes: serving.probes,
  };
}

/** What of `serving` is said with each deployment. */
function machinesOf(serving: Serving): Machines {
  return {
    machineType: serving.machineType,
    accelerator: serving.accelerator,
    tpuTopology: serving.tpuTopology,
    minReplicas: serving.minReplicas,
    maxReplicas: serving.maxReplicas,
    requiredReplicas: serving.requiredReplicas,
    autoscaling: serving.autoscaling,
    spot: serving.spot,
    reservation: serving.reservation,
    containerLogging: serving.containerLogging,
    accessLogging: serving.accessLogging,
    serviceAccount: serving.serviceAccount,
  };
}
