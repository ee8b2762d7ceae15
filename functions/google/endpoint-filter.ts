/** The part of a filter that Cloud Monitoring and Cloud Logging share: which endpoint. Nothing unchecked goes into one. */
import { CallError } from '../errors.ts';

/**
 * The endpoint as a monitored resource. `endpoint_id` is the last part of the endpoint's name, also where that was
 * chosen by its maker; entries of Cloud Logging show it so. Rejects names that are none with INVALID_ARGUMENT.
 */
export function endpointFilter(method: string, endpoint: string): string[] {
  const [, location, id] = ENDPOINT.exec(endpoint) ?? [];
  if (location === undefined || id === undefined)
    throw new CallError(method, 'INVALID_ARGUMENT', `no endpoint's name: ${endpoint.slice(0, 100)}`);
  return [
    'resource.type="aiplatform.googleapis.com/Endpoint"',
    `resource.labels.location="${location}"`,
    `resource.labels.endpoint_id="${id}"`,
  ];
}

const ENDPOINT = /^projects\/[^/]+\/locations\/([a-z0-9-]{1,40})\/endpoints\/([a-z0-9-]{1,63})$/;
