/**
 * What slipway.yaml says of a service's endpoint. What can only be set when it is made is compared with the one that is
 * there; the rest Slipway writes. What Vertex AI refuses is refused here, with a sentence that names both fields
 * (endpoint.proto).
 */
import type { EndpointSettings } from './deployment.ts';
import { toMs } from './fields.ts';
import type { ServiceFile } from './schema.ts';

/** endpoint.proto: dedicated and private endpoints answer within an hour (docs, "Choose an endpoint type"). */
const TIMEOUT_MS_MAX = 3_600_000;

export function endpointName({ endpoint }: Pick<ServiceFile, 'endpoint'>): string {
  return typeof endpoint === 'string' ? endpoint : endpoint.name;
}

export function parseEndpoint(service: string, file: ServiceFile, problems: string[]): EndpointSettings {
  const at = `services.${service}.endpoint`;
  const block = typeof file.endpoint === 'string' ? null : file.endpoint;
  const { dedicated, timeout, requestLogging, privateServiceConnect } = block ?? {};
  const isOwn = dedicated === true || privateServiceConnect !== undefined;
  if (timeout !== undefined && !isOwn)
    problems.push(
      `${at}.timeout: expected dedicated: true or privateServiceConnect beside it: the shared host has a limit of its own`,
    );
  if (timeout !== undefined && toMs(timeout) > TIMEOUT_MS_MAX)
    problems.push(`${at}.timeout: expected at most 1h, got ${timeout}`);
  if (file.serving?.invokeRoutePrefix !== undefined && dedicated !== true)
    problems.push(
      `services.${service}.serving.invokeRoutePrefix: expected endpoint.dedicated: true, which alone has such routes`,
    );
  if (privateServiceConnect !== undefined) checkGates(at, file, problems);
  return {
    dedicated: dedicated ?? null,
    timeoutMs: timeout === undefined ? null : toMs(timeout),
    requestLogging:
      requestLogging === undefined
        ? null
        : {
            enabled: requestLogging.enabled ?? true,
            table: requestLogging.table,
            sample: requestLogging.sample ?? 1,
          },
    privateServiceConnect: privateServiceConnect?.projects ?? null,
  };
}

/** Known before an endpoint is made that answers inside its networks alone. */
function checkGates(at: string, file: ServiceFile, problems: string[]): void {
  for (const gate of ['golden', 'features', 'comparison', 'metrics']) {
    if (!Object.hasOwn(file.rollout?.gates ?? {}, gate)) continue;
    problems.push(
      `${at}.privateServiceConnect: expected no rollout.gates.${gate} beside it: the endpoint answers inside its networks alone`,
    );
  }
}
