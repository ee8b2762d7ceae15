/** What Vertex AI takes of an endpoint's settings, and how long its predictions may take. */
import { expect, test } from 'vitest';
import { predictTimeoutMs } from '../../../emulator/vertex/endpoint-checks.ts';
import type { Endpoint } from '../../../emulator/vertex/schemas.ts';
import { createWorld, endpointName, parent } from './world.ts';

const logging = (samplingRate: number, outputUri = 'bq://p1') => ({
  predictRequestResponseLoggingConfig: { enabled: true, samplingRate, bigqueryDestination: { outputUri } },
});
const timeout = (inferenceTimeout: string) => ({ clientConnectionConfig: { inferenceTimeout } });

test.each<[string, Endpoint]>([
  ['sampling_rate; Message: The value must be in range (0, 1]', logging(0)],
  ['output_uri; Message: Expected bq://projectId', logging(1, 'gs://b')],
  ['inference_timeout; Message: Only dedicated and private Endpoints', timeout('60s')],
  [
    'inference_timeout; Message: The value must be positive and at most 3600s',
    { dedicatedEndpointEnabled: true, ...timeout('3601s') },
  ],
  [
    'network; Message: Only one of network and private_service_connect_config',
    { network: 'n', privateServiceConnectConfig: { enablePrivateServiceConnect: true } },
  ],
])('%s', (message, settings) => {
  const { vertex } = createWorld();
  expect(() => vertex.endpoints.create(parent, 'churn', { displayName: 'churn', ...settings })).toThrow(
    message,
  );
});

test('request logging is patched, and taken away by a mask without it', async () => {
  const world = createWorld();
  await world.succeed(world.vertex.endpoints.create(parent, 'churn', { displayName: 'churn' }));
  const { endpoints } = world.vertex;
  const mask = 'predict_request_response_logging_config';
  expect(endpoints.update(endpointName, logging(0.5), mask)).toMatchObject(logging(0.5));
  expect(() => endpoints.update(endpointName, logging(2), mask)).toThrow('sampling_rate');
  expect(endpoints.update(endpointName, {}, mask)).not.toHaveProperty('predictRequestResponseLoggingConfig');
});

test('predictions take a minute at the shared host, ten at an own one, or what is said', () => {
  expect(predictTimeoutMs({})).toBe(60_000);
  expect(predictTimeoutMs({ dedicatedEndpointEnabled: true })).toBe(600_000);
  expect(predictTimeoutMs({ dedicatedEndpointEnabled: true, ...timeout('90s') })).toBe(90_000);
});
