/** What `endpoint` and `labels` say, and what of it cannot be. */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { GOOD } from './samples.ts';

const yaml = (endpoint: string, more = '') =>
  `${GOOD.replace('endpoint: churn', `endpoint: ${endpoint}`).trimEnd()}\n${more}\n`;

function problems(text: string): readonly string[] {
  try {
    parseConfig(text);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

it('a name alone says nothing else', () => {
  expect(parseConfig(GOOD).services.get('churn')).toMatchObject({
    endpoint: 'churn',
    endpointSettings: {
      dedicated: null,
      timeoutMs: null,
      requestLogging: null,
      privateServiceConnect: null,
    },
    labels: new Map(),
  });
});

it('a block says the rest', () => {
  const text = yaml(
    '{ name: churn, dedicated: true, timeout: 20m, requestLogging: { table: bq://p-12345.churn, sample: 0.1 } }',
    '    labels: { team: search }',
  );
  expect(parseConfig(text).services.get('churn')).toMatchObject({
    endpoint: 'churn',
    endpointSettings: {
      dedicated: true,
      timeoutMs: 1_200_000,
      requestLogging: { enabled: true, table: 'bq://p-12345.churn', sample: 0.1 },
    },
    labels: new Map([['team', 'search']]),
  });
});

describe('is refused', () => {
  it.each([
    ['""', 'endpoint: expected a display name of 1 to 128 characters, got ""'],
    ['5', 'endpoint: expected a display name of 1 to 128 characters, got 5'],
    ['{ dedicated: true }', 'endpoint.name: must be given'],
    ['{ name: churn, dedicatd: true }', 'endpoint.dedicatd: not a field that is known here'],
    [
      '{ name: churn, timeout: 5m }',
      'endpoint.timeout: expected dedicated: true or privateServiceConnect beside it: the shared host has a limit of its own',
    ],
    ['{ name: churn, dedicated: true, timeout: 2h }', 'endpoint.timeout: expected at most 1h, got 2h'],
    [
      '{ name: churn, requestLogging: { table: churn.requests } }',
      'endpoint.requestLogging.table: expected bq://PROJECT, bq://PROJECT.DATASET or bq://PROJECT.DATASET.TABLE, got "churn.requests"',
    ],
    [
      '{ name: churn, requestLogging: { table: bq://my-project.churn, sample: 0 } }',
      'endpoint.requestLogging.sample: expected a number above 0, up to 1, got 0',
    ],
  ])('%s', (endpoint, problem) => {
    expect(problems(yaml(endpoint))).toEqual([`services.churn.${problem}`]);
  });

  it('a private endpoint whose answers gates ask for', () => {
    const text = yaml(
      '{ name: churn, privateServiceConnect: { projects: [my-callers] } }',
      '    rollout: { gates: { golden: {}, metrics: {} } }',
    );
    expect(problems(text)).toEqual(
      ['golden', 'metrics'].map(
        (gate) =>
          `services.churn.endpoint.privateServiceConnect: expected no rollout.gates.${gate} beside it: the endpoint answers inside its networks alone`,
      ),
    );
  });

  it('routes of a container that a shared host does not have', () => {
    expect(problems(yaml('churn', '    serving: { invokeRoutePrefix: "/*" }'))).toEqual([
      'services.churn.serving.invokeRoutePrefix: expected endpoint.dedicated: true, which alone has such routes',
    ]);
    expect(
      problems(yaml('{ name: churn, dedicated: true }', '    serving: { invokeRoutePrefix: "/*" }')),
    ).toEqual([]);
  });

  it('an endpoint of another service, in either form', () => {
    const other = `${yaml('{ name: churn }').trimEnd()}
  other:
    artifacts: gs://models/other/*/model.onnx
    image: us-docker.pkg.dev/p/r/predictor
    endpoint: churn
`;
    expect(problems(other)).toEqual([
      'services.other.endpoint: expected an endpoint of its own, got that of churn',
    ]);
  });

  it.each(['Team', 'slipway-service', 'goog-x', '1a'])('a label %s', (name) => {
    expect(problems(yaml('churn', `    labels: { ${name}: x }`))).toEqual([
      `services.churn.labels.${name}: expected a label of lower-case letters, digits, "_" and "-", up to 63, a letter first, and none of Slipway's or Google's own`,
    ]);
  });
});
