import { describe, expect, test } from 'vitest';
import { answersBatch, bodyLimit, ConfigError, readConfig } from '../../predictor/config.ts';

const AIP_STORAGE_URI = 'gs://models/churn/v7';

describe('readConfig', () => {
  test("takes Vertex's variables and has a default for everything else", () => {
    const config = readConfig({
      AIP_STORAGE_URI,
      AIP_HTTP_PORT: '7080',
      AIP_HEALTH_ROUTE: '/v1/endpoints/1/deployedModels/2',
      AIP_PREDICT_ROUTE: '/v1/endpoints/1/deployedModels/2:predict',
      AIP_PROJECT_NUMBER: '42',
    });
    expect(config).toMatchObject({
      port: 7080,
      healthRoute: '/v1/endpoints/1/deployedModels/2',
      predictRoute: '/v1/endpoints/1/deployedModels/2:predict',
      storageUri: AIP_STORAGE_URI,
      project: '42',
      batching: true,
      intraOpThreads: 1,
    });
  });

  test.each([
    {
      variable: 'AIP_HTTP_PORT',
      text: 'abc',
      problem: /^AIP_HTTP_PORT: expected a whole number .* got "abc"$/,
    },
    { variable: 'AIP_HTTP_PORT', text: '65536', problem: /^AIP_HTTP_PORT/ },
    { variable: 'AIP_HEALTH_ROUTE', text: 'health', problem: /^AIP_HEALTH_ROUTE: expected a path/ },
    { variable: 'AIP_PREDICT_ROUTE', text: '/a*', problem: /^AIP_PREDICT_ROUTE: expected a path/ },
    {
      variable: 'AIP_PREDICT_ROUTE',
      text: '/metrics',
      problem: /^AIP_PREDICT_ROUTE: expected a path other than/,
    },
    { variable: 'AIP_PREDICT_ROUTE', text: '/health', problem: /expected two routes/ },
    { variable: 'AIP_STORAGE_URI', text: '', problem: /^AIP_STORAGE_URI: expected .* got nothing$/ },
    {
      variable: 'AIP_STORAGE_URI',
      text: 'https://evil.example/model',
      problem: /^AIP_STORAGE_URI: expected gs:/,
    },
    { variable: 'AIP_STORAGE_URI', text: 'gs://../x', problem: /^AIP_STORAGE_URI/ },
    { variable: 'AIP_STORAGE_URI', text: 'file://host/x', problem: /^AIP_STORAGE_URI/ },
    {
      variable: 'SLIPWAY_BATCHING',
      text: 'yes',
      problem: /^SLIPWAY_BATCHING: expected on or off, got "yes"$/,
    },
    { variable: 'SLIPWAY_MODEL_THREAD', text: 'gpu', problem: /expected auto, main, worker, got "gpu"$/ },
    { variable: 'SLIPWAY_GOLDEN_TOLERANCE', text: '-1', problem: /expected a number that is not negative/ },
    { variable: 'SLIPWAY_MAX_BATCH_ROWS', text: '1e3', problem: /^SLIPWAY_MAX_BATCH_ROWS/ },
  ])('refuses $variable=$text', ({ variable, text, problem }) => {
    expect(() => readConfig({ AIP_STORAGE_URI, [variable]: text })).toThrow(
      expect.objectContaining({ problems: [expect.stringMatching(problem)] }),
    );
  });

  test('reports every problem at once', () => {
    const env = { AIP_HTTP_PORT: '-1', SLIPWAY_TRIAL: 'maybe' };
    expect(() => readConfig(env)).toThrow(ConfigError);
    expect(() => readConfig(env)).toThrow(/3 problem\(s\)/);
  });
});

describe('bodyLimit', () => {
  test.each([
    { env: {}, bytes: 1_572_864 },
    { env: { SLIPWAY_ENDPOINT_TYPE: 'dedicated' }, bytes: 10_485_760 },
    { env: { SLIPWAY_ENDPOINT_TYPE: 'dedicated', SLIPWAY_MAX_BODY_BYTES: '100' }, bytes: 100 },
  ])('$env', ({ env, bytes }) => {
    expect(bodyLimit(readConfig({ AIP_STORAGE_URI, ...env }))).toBe(bytes);
  });
});

describe('a batch', () => {
  const uploaded = { AIP_STORAGE_URI, SLIPWAY_ENDPOINT_ID: '717406799' };

  test.each([
    ['not uploaded by Slipway', { AIP_STORAGE_URI }, false],
    ['on its endpoint', { ...uploaded, AIP_ENDPOINT_ID: '717406799', AIP_DEPLOYED_MODEL_ID: '5' }, false],
    [
      'deployed by Slipway elsewhere',
      { ...uploaded, AIP_ENDPOINT_ID: '1', AIP_DEPLOYED_MODEL_ID: '9222651903' },
      false,
    ],
    ['without an endpoint', uploaded, true],
    [
      'with ids of a job',
      { ...uploaded, AIP_ENDPOINT_ID: '7', AIP_DEPLOYED_MODEL_ID: '6148914691236517205' },
      true,
    ],
  ])('is answered: %s', (_, environment, expected) => {
    const config = readConfig(environment);
    expect(answersBatch(config)).toBe(expected);
    expect(bodyLimit(config)).toBe((expected ? 128 : 1.5) * 1024 * 1024);
    expect(config.timeoutMs).toBe(expected ? 570_000 : 60_000);
    expect(readConfig({ ...environment, SLIPWAY_TIMEOUT_MS: '1000' }).timeoutMs).toBe(1000);
  });
});
