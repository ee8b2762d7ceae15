/**
 * By which host an endpoint answers predictions. A dedicated endpoint has a host of its own and none at the shared
 * one (endpoint.proto, `dedicated_endpoint_enabled`); a private endpoint answers within its network alone. All of
 * them are the emulator's port: the name in `Host` or `:authority` says which one a caller means.
 */
import { ApiError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { DEDICATED_DOMAIN, hostnameOf } from '../core/loopback.ts';

/** What a request says of where it is sent. */
export interface Caller {
  /** `Host`, or `:authority` over gRPC. */
  readonly host: string | undefined;
  /** The gRPC header `x-vertex-ai-endpoint-id`; undefined over HTTP. */
  readonly grpcEndpointId?: string;
}

interface Reached {
  readonly id: string;
  /** `projects/NUMBER/locations/LOCATION/endpoints/ID`. */
  readonly name: string;
  readonly other: JsonObject;
}

/** `ENDPOINT.LOCATION-NUMBER.prediction.vertexai.goog`, without a scheme, as the service answers it. */
export function dedicatedDns(name: string): string {
  const [, number = '', , location = '', , id = ''] = name.split('/');
  return `${id}.${location}-${number}${DEDICATED_DOMAIN}`;
}

/** Throws FAILED_PRECONDITION where Vertex AI would not let the prediction through. */
export function checkReach({ id, name, other }: Reached, { host, grpcEndpointId }: Caller): void {
  if (other.network !== undefined || other.privateServiceConnectConfig !== undefined) {
    throw refused(`Endpoint ${name} is private: predictions are answered inside of its network alone.`);
  }
  const hostname = hostnameOf(host) ?? '';
  const own = dedicatedDns(name);
  if (other.dedicatedEndpointEnabled !== true) {
    if (!hostname.endsWith(DEDICATED_DOMAIN)) return;
    throw new ApiError('NOT_FOUND', `The host ${hostname} is not that of Endpoint ${name}.`);
  }
  if (hostname !== own) {
    // Google's words, from public reports.
    throw refused(
      'This endpoint is a dedicated endpoint via CloudESF and cannot be accessed through the Vertex AI API. ' +
        `Please access the endpoint using its dedicated dns name '${own}'`,
    );
  }
  if (grpcEndpointId !== undefined && grpcEndpointId !== id) {
    throw new ApiError('INVALID_ARGUMENT', `Expected the header x-vertex-ai-endpoint-id: ${id}.`);
  }
}

function refused(message: string): ApiError {
  return new ApiError('FAILED_PRECONDITION', message);
}
