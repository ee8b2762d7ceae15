/** The probes of a container, with the ports they ask. */
import type { Probe, ProbeAction, Probes } from './deployment.ts';
import type { ServingFile } from './schema-serving.ts';

type ProbesFile = NonNullable<ServingFile['probes']>;
type ProbeFile = NonNullable<ProbesFile['health']>;

interface Ports {
  readonly port: number;
  readonly grpcPort: number | null;
}

export function parseProbes(file: ProbesFile, ports: Ports, problems: string[]): Probes {
  const parse = (name: keyof Probes) => parseProbe(name, file[name], ports, problems);
  return { startup: parse('startup'), health: parse('health'), liveness: parse('liveness') };
}

function parseProbe(
  name: keyof Probes,
  file: ProbeFile | undefined,
  ports: Ports,
  problems: string[],
): Probe | null {
  if (file === undefined) return null;
  const actions = actionsOf(file, ports);
  const [action] = actions;
  if (action === undefined || actions.length > 1) {
    const found = actions.length === 0 ? 'none' : actions.map(({ kind }) => kind).join(' and ');
    problems.push(`probes.${name}: expected one of http, tcp, grpc and exec, got ${found}`);
    return null;
  }
  // Kubernetes: "Must be 1 for liveness and startup."
  if (name !== 'health' && (file.successThreshold ?? 1) !== 1)
    problems.push(`probes.${name}.successThreshold: expected 1 but for probes.health`);
  return {
    action,
    periodSeconds: file.periodSeconds ?? null,
    timeoutSeconds: file.timeoutSeconds ?? null,
    failureThreshold: file.failureThreshold ?? null,
    successThreshold: file.successThreshold ?? null,
    initialDelaySeconds: file.initialDelaySeconds ?? null,
  };
}

function actionsOf({ http, tcp, grpc, exec }: ProbeFile, { port, grpcPort }: Ports): ProbeAction[] {
  return [
    ...(http === undefined
      ? []
      : [
          {
            kind: 'http' as const,
            path: http.path,
            port: http.port ?? port,
            headers: new Map(Object.entries(http.headers ?? {})),
          },
        ]),
    ...(tcp === undefined ? [] : [{ kind: 'tcp' as const, port: tcp.port ?? port }]),
    ...(grpc === undefined
      ? []
      : [{ kind: 'grpc' as const, port: grpc.port ?? grpcPort ?? port, service: grpc.service ?? null }]),
    ...(exec === undefined ? [] : [{ kind: 'exec' as const, command: exec }]),
  ];
}
