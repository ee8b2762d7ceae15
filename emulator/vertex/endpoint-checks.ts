/** What Vertex AI takes of an endpoint's settings (endpoint.proto). Throws INVALID_ARGUMENT. */
import type { JsonObject } from '../core/json.ts';
import { invalidFields } from './request.ts';
import type { Endpoint } from './schemas.ts';

/** Docs, "Choose an endpoint type": an hour at most, ten minutes unless it is said, a minute at the shared host. */
const SECONDS_MAX = 3600;
const DEFAULT_MS = { own: 600_000, shared: 60_000 };

export function checkSettings(endpoint: Endpoint): void {
  const { network = '', privateServiceConnectConfig: connect } = endpoint;
  if (network !== '' && connect?.enablePrivateServiceConnect === true) {
    const message = 'Only one of network and private_service_connect_config can be set.';
    throw invalidFields([{ field: 'endpoint.network', message }]);
  }
  checkTimeout(endpoint);
  const {
    enabled,
    samplingRate = 0,
    bigqueryDestination,
  } = endpoint.predictRequestResponseLoggingConfig ?? {};
  if (enabled !== true) return;
  const field = 'endpoint.predict_request_response_logging_config';
  if (!(samplingRate > 0 && samplingRate <= 1))
    throw invalidFields([{ field: `${field}.sampling_rate`, message: 'The value must be in range (0, 1].' }]);
  const { outputUri = '' } = bigqueryDestination ?? {};
  if (/^bq:\/\/[^.\s]+(\.[A-Za-z0-9_]+(\.[^.\s]+)?)?$/.test(outputUri)) return;
  const message = `Expected bq://projectId[.bqDatasetId[.bqTableId]], got "${outputUri}".`;
  throw invalidFields([{ field: `${field}.bigquery_destination.output_uri`, message }]);
}

type Reached = Pick<
  Endpoint,
  'dedicatedEndpointEnabled' | 'privateServiceConnectConfig' | 'clientConnectionConfig'
>;

export function checkTimeout(endpoint: Reached): void {
  const { inferenceTimeout } = endpoint.clientConnectionConfig ?? {};
  if (inferenceTimeout === undefined) return;
  const field = 'endpoint.client_connection_config.inference_timeout';
  const seconds = Number.parseFloat(inferenceTimeout);
  if (!(seconds > 0 && seconds <= SECONDS_MAX))
    throw invalidFields([{ field, message: 'The value must be positive and at most 3600s.' }]);
  if (isOwn(endpoint)) return;
  throw invalidFields([
    { field, message: 'Only dedicated and private Endpoints have a timeout of their own.' },
  ]);
}

/** How long a prediction of the endpoint may take. */
export function predictTimeoutMs(kept: JsonObject): number {
  const timeout: unknown = Object(kept.clientConnectionConfig).inferenceTimeout;
  if (typeof timeout === 'string') return Number.parseFloat(timeout) * 1000;
  return kept.dedicatedEndpointEnabled === true ? DEFAULT_MS.own : DEFAULT_MS.shared;
}

function isOwn({ dedicatedEndpointEnabled, privateServiceConnectConfig }: Reached): boolean {
  return (
    dedicatedEndpointEnabled === true || privateServiceConnectConfig?.enablePrivateServiceConnect === true
  );
}
