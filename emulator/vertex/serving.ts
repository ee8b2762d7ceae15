/** Turns a deployed model into a running model server with the environment of Vertex AI's contract. */
import type { ContainerSpec } from './container.ts';
import type { Context } from './context.ts';
import type { EndpointRecord } from './endpoint.ts';
import { ModelServer } from './model-server.ts';
import type { ModelVersion } from './model.ts';
import { probesOf } from './probes.ts';
import { expand } from './references.ts';
import type { ContainerSpec as ContainerMessage, DeployedModel, MachineSpec } from './schemas.ts';

/** AcceleratorType, for the clients that send enums as numbers (accelerator_type.proto). */
const acceleratorTypes = new Map([
  [1, 'NVIDIA_TESLA_K80'],
  [2, 'NVIDIA_TESLA_P100'],
  [3, 'NVIDIA_TESLA_V100'],
  [4, 'NVIDIA_TESLA_P4'],
  [5, 'NVIDIA_TESLA_T4'],
  [6, 'TPU_V2'],
  [7, 'TPU_V3'],
  [8, 'NVIDIA_TESLA_A100'],
  [9, 'NVIDIA_A100_80GB'],
  [10, 'TPU_V4_POD'],
  [11, 'NVIDIA_L4'],
  [12, 'TPU_V5_LITEPOD'],
  [13, 'NVIDIA_H100_80GB'],
  [14, 'NVIDIA_H100_MEGA_80GB'],
  [15, 'NVIDIA_H200_141GB'],
  [16, 'NVIDIA_B200'],
  [17, 'NVIDIA_GB200'],
  [18, 'NVIDIA_RTX_PRO_6000'],
]);

export interface ServingRequest {
  readonly endpoint: EndpointRecord;
  readonly deployedModelId: string;
  readonly spec: DeployedModel;
  readonly version: ModelVersion;
  readonly readyWithinMs: number;
}

export class Serving {
  readonly #context: Context;

  constructor(context: Context) {
    this.#context = context;
  }

  start(request: ServingRequest): ModelServer {
    const { endpoint, deployedModelId, spec, version } = request;
    const { containerSpec } = version.uploaded;
    const [, projectNumber = ''] = endpoint.name.split('/');
    const machineSpec = spec.dedicatedResources?.machineSpec;
    const placement = { endpointId: endpoint.id, deployedModelId, projectNumber, machineSpec };
    const env = environmentOf(placement, version, this.#context.storageHost());
    return new ModelServer({
      clock: this.#context.clock,
      runtime: this.#context.runtime,
      container: {
        ...commandOf(containerSpec, env),
        env,
        log: this.#context.logs.open(endpoint.name, deployedModelId),
      },
      probes: probesOf(containerSpec, env.AIP_HEALTH_ROUTE ?? '/'),
      predictRoute: env.AIP_PREDICT_ROUTE ?? '/',
      logsUrl: logsUrl(endpoint),
      readyWithinMs: request.readyWithinMs,
    });
  }
}

/** model.proto: the port is 8080 where the model names none. */
const DEFAULT_PORT = 8080;

/** What the container runs, with what it may refer to put in its place. */
export function commandOf(
  spec: ContainerMessage | undefined,
  env: Readonly<Record<string, string>>,
): Pick<ContainerSpec, 'imageUri' | 'command' | 'args' | 'port'> {
  return {
    imageUri: spec?.imageUri ?? '',
    command: spec?.command ?? [],
    args: (spec?.args ?? []).map((arg) => expand(arg, env)),
    port: Number(spec?.ports?.[0]?.containerPort ?? DEFAULT_PORT),
  };
}

export interface Placement {
  /** '' where it is not on an endpoint and the container is not told of one. */
  readonly endpointId: string;
  readonly deployedModelId: string;
  readonly projectNumber: string;
  readonly machineSpec: MachineSpec | undefined;
}

/** The variables of the contract for custom containers, then the model's own. */
export function environmentOf(
  { endpointId, deployedModelId, projectNumber, machineSpec }: Placement,
  version: Pick<ModelVersion, 'uploaded' | 'artifactCopy'>,
  storageHost: string,
): Record<string, string> {
  const { containerSpec } = version.uploaded;
  const { machineType, acceleratorType } = machineSpec ?? {};
  const defaultRoute = `/v1/endpoints/${endpointId}/deployedModels/${deployedModelId}`;
  const contract: Record<string, string> = {
    AIP_HEALTH_ROUTE: containerSpec?.healthRoute || defaultRoute,
    AIP_PREDICT_ROUTE: containerSpec?.predictRoute || `${defaultRoute}:predict`,
    AIP_STORAGE_URI: version.artifactCopy,
    ...(endpointId === ''
      ? {}
      : {
          AIP_ENDPOINT_ID: endpointId,
          AIP_DEPLOYED_MODEL_ID: deployedModelId,
          AIP_MODEL_NAME: endpointId,
          AIP_VERSION_NAME: deployedModelId,
        }),
    AIP_PROJECT_NUMBER: projectNumber,
    AIP_MACHINE_TYPE: machineType || 'n1-standard-2',
    AIP_ACCELERATOR_TYPE: acceleratorName(acceleratorType),
    AIP_FRAMEWORK: 'CUSTOM_CONTAINER',
    AIP_MODE: 'PREDICTION',
    AIP_MODE_VERSION: '1.0.0',
    // Not of the contract: it leads Google's storage clients in the container to the emulator.
    STORAGE_EMULATOR_HOST: storageHost,
  };
  const env = { ...contract };
  for (const { name, value = '' } of containerSpec?.env ?? []) {
    // An upload with one that could carry code into the process has been refused (environment.ts).
    if (!name.startsWith('AIP_')) env[name] = expand(value, env);
  }
  return env;
}

function acceleratorName(type: string | number | undefined): string {
  if (typeof type === 'number') return acceleratorTypes.get(type) ?? '';
  return type === undefined || type === 'ACCELERATOR_TYPE_UNSPECIFIED' ? '' : type;
}

/** The console page that Vertex AI names in its errors. */
function logsUrl({ name, id }: EndpointRecord): string {
  const [, project = '', , location = ''] = name.split('/');
  const filter = [
    'resource.type="aiplatform.googleapis.com/Endpoint"',
    `resource.labels.endpoint_id="${id}"`,
    `resource.labels.location="${location}"`,
  ].join('\n');
  const resource = encodeURIComponent('aiplatform.googleapis.com/Endpoint');
  return `https://console.cloud.google.com/logs/viewer?project=${project}&resource=${resource}&advancedFilter=${encodeURIComponent(filter)}`;
}
