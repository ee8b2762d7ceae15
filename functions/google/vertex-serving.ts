/**
 * A service's container and machines → Vertex AI's resources. What slipway.yaml does not say is not sent: the defaults
 * are Vertex AI's own.
 */
import type { protos } from '@google-cloud/aiplatform';
import type {
  Accelerator,
  Autoscaling,
  Container,
  Machines,
  Probe,
  Reservation,
} from '../config/deployment.ts';

type AcceleratorType = keyof typeof protos.google.cloud.aiplatform.v1.AcceleratorType;
type IProbe = protos.google.cloud.aiplatform.v1.IProbe;

export function toContainerSpec(
  container: Container & { readonly image: string; readonly env: ReadonlyMap<string, string> },
) {
  const { command, args, grpcPort, invokeRoutePrefix, deploymentTimeoutMs, sharedMemoryMb } = container;
  const { startup, health, liveness } = container.probes;
  return {
    imageUri: container.image,
    ...(container.predictRoute !== null && { predictRoute: container.predictRoute }),
    healthRoute: container.healthRoute,
    ports: [{ containerPort: container.port }],
    env: [...container.env].map(([name, value]) => ({ name, value })),
    ...(command.length > 0 && { command: [...command] }),
    ...(args.length > 0 && { args: [...args] }),
    ...(grpcPort !== null && { grpcPorts: [{ containerPort: grpcPort }] }),
    ...(invokeRoutePrefix !== null && { invokeRoutePrefix }),
    ...(deploymentTimeoutMs !== null && { deploymentTimeout: { seconds: deploymentTimeoutMs / 1000 } }),
    ...(sharedMemoryMb !== null && { sharedMemorySizeMb: sharedMemoryMb }),
    ...(startup !== null && { startupProbe: toProbe(startup) }),
    ...(health !== null && { healthProbe: toProbe(health) }),
    ...(liveness !== null && { livenessProbe: toProbe(liveness) }),
  };
}

function toProbe(probe: Probe): IProbe {
  const { periodSeconds, timeoutSeconds, failureThreshold, successThreshold, initialDelaySeconds } = probe;
  return {
    ...toAction(probe.action),
    ...(periodSeconds !== null && { periodSeconds }),
    ...(timeoutSeconds !== null && { timeoutSeconds }),
    ...(failureThreshold !== null && { failureThreshold }),
    ...(successThreshold !== null && { successThreshold }),
    ...(initialDelaySeconds !== null && { initialDelaySeconds }),
  };
}

function toAction(action: Probe['action']): IProbe {
  switch (action.kind) {
    case 'http': {
      const { path, port } = action;
      const httpHeaders = [...action.headers].map(([name, value]) => ({ name, value }));
      return { httpGet: { path, port, ...(httpHeaders.length > 0 && { httpHeaders }) } };
    }
    case 'tcp':
      return { tcpSocket: { port: action.port } };
    case 'grpc':
      return { grpc: { port: action.port, ...(action.service !== null && { service: action.service }) } };
    default:
      return { exec: { command: [...action.command] } };
  }
}

export function toDedicatedResources(machines: Machines) {
  const { minReplicas, maxReplicas, requiredReplicas, autoscaling, spot, reservation } = machines;
  const specs = toMetricSpecs(autoscaling);
  return {
    machineSpec: {
      ...toMachineSpec(machines),
      ...(reservation !== null && { reservationAffinity: toAffinity(reservation) }),
    },
    minReplicaCount: minReplicas,
    maxReplicaCount: maxReplicas,
    ...(requiredReplicas !== null && { requiredReplicaCount: requiredReplicas }),
    ...(specs.length > 0 && { autoscalingMetricSpecs: specs }),
    ...(spot && { spot }),
  };
}

/** A machine with what belongs to it, also of a batch prediction job. */
export function toMachineSpec({
  machineType,
  accelerator,
  tpuTopology,
}: {
  readonly machineType: string;
  readonly accelerator: Accelerator | null;
  readonly tpuTopology: string | null;
}) {
  return {
    machineType,
    ...(accelerator !== null && {
      // The client leaves out, without a word, a name that its enum lacks: the configuration is checked against it.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      acceleratorType: accelerator.type as AcceleratorType,
      acceleratorCount: accelerator.count,
      ...(accelerator.partition !== undefined && { gpuPartitionSize: accelerator.partition }),
    }),
    ...(tpuTopology !== null && { tpuTopology }),
  };
}

export const METRICS = 'aiplatform.googleapis.com/prediction/online';

/** One entry for each target that is said: the metrics of machine_resources.proto, AutoscalingMetricSpec. */
export function toMetricSpecs({ cpu, accelerator, requestsPerMinute }: Autoscaling) {
  const targets = [
    { metricName: `${METRICS}/cpu/utilization`, target: cpu },
    { metricName: `${METRICS}/accelerator/duty_cycle`, target: accelerator },
    { metricName: `${METRICS}/request_count`, target: requestsPerMinute },
  ];
  return targets.flatMap(({ metricName, target }) => (target === null ? [] : [{ metricName, target }]));
}

/** reservation_affinity.proto. One reservation is named by the key that Compute Engine gives all of them. */
function toAffinity(reservation: Reservation) {
  if (reservation === 'any') return { reservationAffinityType: 'ANY_RESERVATION' as const };
  if (reservation === 'none') return { reservationAffinityType: 'NO_RESERVATION' as const };
  return {
    reservationAffinityType: 'SPECIFIC_RESERVATION' as const,
    key: 'compute.googleapis.com/reservation-name',
    values: [reservation],
  };
}
