/** What Vertex AI takes as the container of a model (model.proto, ModelContainerSpec). Throws INVALID_ARGUMENT. */
import { ApiError } from '../core/errors.ts';
import { invalidFields } from './request.ts';
import type { ContainerSpec, Probe } from './schemas.ts';

interface Problem {
  readonly field: string;
  readonly message: string;
}

const AT = 'model.container_spec';
/** model.proto: "Limit for deployment timeout is 2 hours." */
const DEPLOYMENT_SECONDS_MAX = 7200;

export function checkContainer(spec: ContainerSpec): void {
  const problems: Problem[] = [
    ...portsOf('ports', spec.ports),
    ...portsOf('grpc_ports', spec.grpcPorts),
    ...routesOf(spec),
    ...timesOf(spec),
    ...probeOf('startup_probe', spec.startupProbe),
    ...probeOf('health_probe', spec.healthProbe),
    ...probeOf('liveness_probe', spec.livenessProbe),
  ];
  if (problems.length > 0) throw invalidFields(problems);
  for (const probe of [spec.startupProbe, spec.healthProbe, spec.livenessProbe]) {
    const host = probe?.httpGet?.host ?? probe?.tcpSocket?.host ?? '';
    if (host !== '')
      throw new ApiError('UNIMPLEMENTED', 'The emulator probes no other host than the container.');
  }
}

function portsOf(field: string, ports: ContainerSpec['ports']): Problem[] {
  return (ports ?? []).flatMap(({ containerPort }, i) =>
    isPort(containerPort) ? [] : [{ field: `${AT}.${field}[${i}].container_port`, message: PORT }],
  );
}

const PORT = 'The value must be in the range 1 to 65535.';

function isPort(value: number | string | undefined): boolean {
  const port = Number(value ?? 0);
  return port >= 1 && port <= 65_535;
}

function routesOf({ predictRoute = '', invokeRoutePrefix = '' }: ContainerSpec): Problem[] {
  const field = `${AT}.invoke_route_prefix`;
  if (invokeRoutePrefix === '') return [];
  if (invokeRoutePrefix !== '/*') return [{ field, message: '"/*" is the only supported value.' }];
  if (predictRoute === '') return [];
  return [{ field, message: 'Only one of predict_route or invoke_route_prefix can be set.' }];
}

function timesOf({ deploymentTimeout, sharedMemorySizeMb }: ContainerSpec): Problem[] {
  const seconds = Number.parseFloat(deploymentTimeout ?? '1');
  return [
    ...(seconds > 0 && seconds <= DEPLOYMENT_SECONDS_MAX
      ? []
      : [{ field: `${AT}.deployment_timeout`, message: 'The value must be positive and at most 7200s.' }]),
    ...(Number(sharedMemorySizeMb ?? 0) >= 0
      ? []
      : [{ field: `${AT}.shared_memory_size_mb`, message: 'The value must not be negative.' }]),
  ];
}

function probeOf(name: string, probe: Probe | undefined): Problem[] {
  if (probe === undefined) return [];
  const field = `${AT}.${name}`;
  const { exec, httpGet, grpc, tcpSocket } = probe;
  const kinds = [exec, httpGet, grpc, tcpSocket].filter((kind) => kind !== undefined);
  if (kinds.length !== 1) return [{ field, message: 'Exactly one probe type must be set.' }];
  const asked = httpGet ?? grpc ?? tcpSocket;
  const problems: Problem[] = [];
  if (asked !== undefined && !isPort(asked.port)) problems.push({ field: `${field}.port`, message: PORT });
  if (exec !== undefined && (exec.command ?? []).length === 0)
    problems.push({ field: `${field}.exec.command`, message: 'Required field is not set.' });
  if (!['', 'HTTP', 'HTTPS'].includes(httpGet?.scheme ?? ''))
    problems.push({ field: `${field}.http_get.scheme`, message: 'Acceptable values are "HTTP" or "HTTPS".' });
  // 0 is what is not set.
  const { periodSeconds, timeoutSeconds, failureThreshold, successThreshold, initialDelaySeconds } = probe;
  const numbers = { periodSeconds, timeoutSeconds, failureThreshold, successThreshold, initialDelaySeconds };
  for (const [key, value] of Object.entries(numbers)) {
    if (Number(value ?? 0) >= 0) continue;
    const snake = key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    problems.push({ field: `${field}.${snake}`, message: 'The value must not be negative.' });
  }
  // Kubernetes: "Must be 1 for liveness and startup."
  if (name !== 'health_probe' && Number(successThreshold ?? 0) > 1)
    problems.push({ field: `${field}.success_threshold`, message: 'The value must be 1.' });
  return problems;
}
