/**
 * The probes of a container as its model has them (model.proto, Probe), with the defaults of Kubernetes: when each is
 * made, and what its results in a row come to.
 */
import type { Clock } from '../core/clock.ts';
import type { Container, ProbeAction } from './container.ts';
import type { ContainerSpec as ContainerMessage, Probe as ProbeMessage } from './schemas.ts';

export interface Probe {
  readonly action: ProbeAction;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
}

export interface Probes {
  /** Undefined: the others begin at once. */
  readonly startup?: Probe;
  readonly health: Probe;
  /** Undefined: a container that ends is started again, and no other. */
  readonly liveness?: Probe;
  /** How often the health of a container is asked that has not been healthy yet. */
  readonly untilHealthyMs: number;
}

/** Without a probe of its own: every 10 s, four failures in a row take the traffic away (custom-container-requirements). */
const DEFAULT_HEALTH = {
  initialDelayMs: 0,
  periodMs: 10_000,
  timeoutMs: 10_000,
  failureThreshold: 4,
  successThreshold: 1,
};
/** Google's ask for the first time is not documented; nobody here waits ten seconds for a model that is up. */
const EAGER_MS = 100;

export function probesOf(spec: ContainerMessage | undefined, healthRoute: string): Probes {
  const { startupProbe, healthProbe, livenessProbe } = spec ?? {};
  const action = { kind: 'http', path: healthRoute, exactly: 200 } as const;
  const health = healthProbe === undefined ? { ...DEFAULT_HEALTH, action } : toProbe(healthProbe);
  return {
    ...(startupProbe === undefined ? {} : { startup: toProbe(startupProbe) }),
    health,
    ...(livenessProbe === undefined ? {} : { liveness: toProbe(livenessProbe) }),
    untilHealthyMs: healthProbe === undefined ? EAGER_MS : health.periodMs,
  };
}

function toProbe(probe: ProbeMessage): Probe {
  const number = (value: number | string | undefined, ifAbsent: number): number => Number(value || ifAbsent);
  return {
    action: toAction(probe),
    initialDelayMs: 1000 * number(probe.initialDelaySeconds, 0),
    periodMs: 1000 * number(probe.periodSeconds, 10),
    timeoutMs: 1000 * number(probe.timeoutSeconds, 1),
    failureThreshold: number(probe.failureThreshold, 3),
    successThreshold: number(probe.successThreshold, 1),
  };
}

function toAction({ exec, httpGet, grpc, tcpSocket }: ProbeMessage): ProbeAction {
  if (exec !== undefined) return { kind: 'exec', command: exec.command ?? [] };
  if (grpc !== undefined) return { kind: 'grpc', port: Number(grpc.port), service: grpc.service ?? '' };
  if (tcpSocket !== undefined) return { kind: 'tcp', port: Number(tcpSocket.port) };
  return {
    kind: 'http',
    path: httpGet?.path ?? '/',
    port: Number(httpGet?.port),
    isTls: httpGet?.scheme === 'HTTPS',
    headers: (httpGet?.httpHeaders ?? []).map(({ name = '', value = '' }) => [name, value] as const),
  };
}

/** Results in a row of one probe of one container. */
export class Streak {
  readonly #probe: Probe;
  #successes = 0;
  #failures = 0;

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  /** What the results so far mean; undefined: nothing new. */
  add(isSuccess: boolean): 'success' | 'failure' | undefined {
    this.#successes = isSuccess ? this.#successes + 1 : 0;
    this.#failures = isSuccess ? 0 : this.#failures + 1;
    if (this.#successes >= this.#probe.successThreshold) return 'success';
    return this.#failures >= this.#probe.failureThreshold ? 'failure' : undefined;
  }
}

/** Makes a probe once. Whatever goes wrong is a failure. */
export async function ask(
  container: Container,
  { action, timeoutMs }: Probe,
  clock: Clock,
): Promise<boolean> {
  try {
    if (action.kind === 'http' && action.port === undefined) {
      const { status } = await container.request({ method: 'GET', path: action.path, timeoutMs });
      return status === action.exactly;
    }
    // What has no ports and runs no commands cannot be asked, and is no worse for it.
    return (await container.host?.probe(action, timeoutMs, clock)) ?? true;
  } catch {
    return false;
  }
}
