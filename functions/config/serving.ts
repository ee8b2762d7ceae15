/**
 * What serves the models of a service: machines, replicas, the container and its probes. What Vertex AI refuses, or
 * ignores without a word, is refused here, with a sentence that names both fields
 * (google.cloud.aiplatform.v1: ModelContainerSpec, MachineSpec, DedicatedResources, DeployedModel).
 */
import type { Accelerator, Container, Machines } from './deployment.ts';
import { parseProbes } from './probes.ts';
import { toMs } from './fields.ts';
import type { ServiceFile } from './schema.ts';
import { RESERVATION } from './schema-machine.ts';
import type { ServingFile } from './schema-serving.ts';

export interface Serving extends Machines, Container {
  readonly env: ReadonlyMap<string, string>;
}

/** model.proto, ModelContainerSpec.deployment_timeout. */
const DEPLOYMENT_MS_MAX = 7_200_000;
/** What model.proto has where no port is said. */
const DEFAULT_PORT = 8080;

export function parseServing(
  service: string,
  file: ServiceFile,
  region: string,
  problems: string[],
): Serving {
  const at = `services.${service}.serving`;
  const serving: ServingFile = file.serving ?? {};
  const own: string[] = [];
  checkMachine(serving, region, own);
  checkContainer(file, serving, own);
  const ports = { port: serving.port ?? DEFAULT_PORT, grpcPort: serving.grpcPort ?? null };
  const probes = parseProbes(serving.probes ?? {}, ports, own);
  problems.push(...own.map((problem) => `${at}.${problem}`));
  const minReplicas = serving.minReplicas ?? 1;
  const { cpu = null, accelerator = null, requestsPerMinute = null } = serving.autoscaling ?? {};
  return {
    machineType: serving.machineType ?? 'n1-standard-2',
    accelerator: serving.accelerator ?? null,
    tpuTopology: serving.tpuTopology ?? null,
    minReplicas,
    maxReplicas: serving.maxReplicas ?? minReplicas,
    requiredReplicas: serving.requiredReplicas ?? null,
    autoscaling: { cpu, accelerator, requestsPerMinute },
    spot: serving.spot ?? false,
    reservation: serving.reservation ?? null,
    containerLogging: serving.containerLogging ?? true,
    accessLogging: serving.accessLogging ?? false,
    serviceAccount: serving.serviceAccount ?? null,
    env: new Map(Object.entries(serving.env ?? {})),
    command: serving.command ?? [],
    args: serving.args ?? [],
    ...ports,
    predictRoute: serving.invokeRoutePrefix === undefined ? (serving.predictRoute ?? '/predict') : null,
    healthRoute: serving.healthRoute ?? '/health',
    invokeRoutePrefix: serving.invokeRoutePrefix ?? null,
    deploymentTimeoutMs: serving.deploymentTimeout === undefined ? null : toMs(serving.deploymentTimeout),
    sharedMemoryMb: serving.sharedMemoryMb ?? null,
    probes,
  };
}

function checkMachine(serving: ServingFile, region: string, own: string[]): void {
  const { minReplicas = 1, accelerator, autoscaling, reservation } = serving;
  const { maxReplicas = minReplicas, requiredReplicas = minReplicas } = serving;
  if (maxReplicas < minReplicas)
    own.push(`maxReplicas: expected at least minReplicas (${minReplicas}), got ${maxReplicas}`);
  if (requiredReplicas > minReplicas)
    own.push(`requiredReplicas: expected at most minReplicas (${minReplicas}), got ${requiredReplicas}`);
  if (autoscaling?.accelerator !== undefined && accelerator === undefined)
    own.push('autoscaling.accelerator: expected serving.accelerator, whose duty cycle it is');
  if (accelerator !== undefined) checkPartition(accelerator, own);
  if (serving.tpuTopology !== undefined && accelerator?.type.startsWith('NVIDIA_') === true)
    own.push(`tpuTopology: expected no GPU as accelerator.type, got ${accelerator.type}`);
  // https://cloud.google.com/compute/docs/instances/spot: Spot VMs cannot be taken from a reservation.
  if (serving.spot === true && reservation !== undefined && reservation !== 'none')
    own.push('spot: expected no reservation beside it: Spot VMs are never taken from one');
  const zone = new RegExp(RESERVATION).exec(reservation ?? '')?.[2];
  if (zone !== undefined && !zone.startsWith(`${region}-`))
    own.push(`reservation: expected a zone of the region ${region}, got ${zone}`);
}

/** machine_resources.proto, MachineSpec.gpu_partition_size: "If set, the accelerator_count should be set to 1." */
export function checkPartition({ type, count, partition }: Accelerator, own: string[]): void {
  if (partition === undefined) return;
  if (count !== 1) own.push(`accelerator.partition: expected accelerator.count 1, got ${count}`);
  if (!type.startsWith('NVIDIA_'))
    own.push(`accelerator.partition: expected an NVIDIA GPU as accelerator.type, got ${type}`);
}

function checkContainer(file: ServiceFile, serving: ServingFile, own: string[]): void {
  const { port = DEFAULT_PORT, grpcPort, invokeRoutePrefix, deploymentTimeout } = serving;
  if (grpcPort === port) own.push(`grpcPort: expected another one than port, got ${port} for both`);
  if (deploymentTimeout !== undefined) checkTimeout(deploymentTimeout, file.rollout?.deadline ?? '3h', own);
  if (invokeRoutePrefix === undefined) return;
  // model.proto: "Only one of `predict_route` or `invoke_route_prefix` can be set".
  if (serving.predictRoute !== undefined)
    own.push('invokeRoutePrefix: expected no predictRoute beside it: Vertex AI takes one of the two');
  const asking = ['golden', 'features', 'comparison'].filter((gate) =>
    Object.hasOwn(file.rollout?.gates ?? {}, gate),
  );
  for (const gate of asking)
    own.push(
      `invokeRoutePrefix: expected no rollout.gates.${gate} beside it: the gate sends predictions, which have no route then`,
    );
  if (file.batch !== undefined)
    own.push(
      'invokeRoutePrefix: expected no batch beside it: a job sends predictions, which have no route then',
    );
}

function checkTimeout(timeout: string, deadline: string, own: string[]): void {
  if (toMs(timeout) > DEPLOYMENT_MS_MAX) own.push(`deploymentTimeout: expected at most 2h, got ${timeout}`);
  else if (toMs(timeout) >= toMs(deadline))
    own.push(`deploymentTimeout: expected less than rollout.deadline (${deadline}), got ${timeout}`);
}
