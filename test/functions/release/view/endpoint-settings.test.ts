/** An endpoint against what slipway.yaml says of it: what is told, what is written, and how often. */
import { describe, expect, it } from 'vitest';
import type { EndpointSettings } from '../../../../functions/config/deployment.ts';
import { factsOf } from '../../../../functions/rehearsal/endpoint-facts.ts';
import { changeOf, fixedDifferences } from '../../../../functions/release/view/endpoint-settings.ts';
import { HOUR, land, refuse, REFUSED_ERRORS } from '../../support/refusing.ts';
import { ledgerOf, passTime, testApp, YAML } from '../../../support/test-app.ts';

const NOTHING: EndpointSettings = {
  dedicated: null,
  timeoutMs: null,
  requestLogging: null,
  privateServiceConnect: null,
};
const LOGGED = { enabled: true, table: 'bq://p.churn.requests', sample: 0.1 };

describe('what is fixed', () => {
  const facts = factsOf();
  it.each<[string, EndpointSettings, string | null, string[]]>([
    ['nothing said', NOTHING, null, []],
    [
      'dedicated',
      { ...NOTHING, dedicated: true },
      null,
      ['endpoint.dedicated is true, and the endpoint is not dedicated'],
    ],
    ['shared', { ...NOTHING, dedicated: false }, null, []],
    [
      'private',
      { ...NOTHING, privateServiceConnect: ['a'] },
      null,
      ['endpoint.privateServiceConnect is set, and the endpoint does not have it'],
    ],
    [
      'a key',
      NOTHING,
      'projects/p/k',
      ["SLIPWAY_KMS_KEY is projects/p/k, and the endpoint is encrypted with a key of Google's"],
    ],
  ])('%s', (_, settings, key, expected) => {
    expect(fixedDifferences(settings, key, facts)).toEqual(expected);
  });

  it('projects that may connect, where they are named and not numbered', () => {
    const wanted = { ...NOTHING, privateServiceConnect: ['a', 'b'] };
    const taking = (...projects: string[]) => ({ ...facts, privateServiceConnect: projects });
    expect(fixedDifferences(wanted, null, taking('b', 'a'))).toEqual([]);
    expect(fixedDifferences(wanted, null, taking('123'))).toEqual([]);
    expect(fixedDifferences(wanted, null, taking('a'))).toEqual([
      'endpoint.privateServiceConnect.projects is a, b, and the endpoint takes a',
    ]);
  });
});

describe('what is written', () => {
  const logging = { ...NOTHING, requestLogging: LOGGED };
  it.each([
    ['nothing is said', NOTHING, factsOf(logging), null],
    ['it is so already', logging, factsOf(logging), null],
    [
      'Vertex AI has completed the table',
      { ...NOTHING, requestLogging: { ...LOGGED, table: 'bq://p' } },
      factsOf(logging),
      null,
    ],
    ['nothing is logged yet', logging, factsOf(), { requestLogging: LOGGED }],
    [
      'it is to end',
      { ...NOTHING, requestLogging: { ...LOGGED, enabled: false } },
      factsOf(logging),
      { requestLogging: { ...LOGGED, enabled: false } },
    ],
    ['the time is another', { ...NOTHING, timeoutMs: 5 }, factsOf(), { timeoutMs: 5 }],
  ])('%s', (_, settings, facts, change) => {
    expect(changeOf(settings, facts)).toEqual(change);
  });
});

describe('an endpoint that somebody else has made', () => {
  const yaml = YAML.replace(
    'endpoint: churn',
    'endpoint: { name: churn, dedicated: true, timeout: 5m, requestLogging: { table: bq://p-12345.churn.requests } }',
  );
  const requestLogging = { enabled: true, table: 'bq://p-12345.churn.requests', sample: 1 };

  it('gets its settings after the release, once', async () => {
    const s = testApp({ yaml });
    const name = s.world.vertex.addEndpoint('1', 'churn');
    await land(s, 'v1');
    await passTime(s, HOUR);
    expect(s.world.vertex.endpoints.get(name)?.facts).toMatchObject({ requestLogging, timeoutMs: 300_000 });
    const written = s.world.vertex.mutations.filter((call) => call.startsWith('UpdateEndpointLong'));
    expect(written).toHaveLength(1);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v1/model.onnx');
  });

  it('keeps serving, and releasing, while Vertex AI refuses them', async () => {
    const s = testApp({ yaml, errors: REFUSED_ERRORS });
    s.world.vertex.addEndpoint('1', 'churn');
    const refused = refuse(s.world, 'configureEndpoint', 'PERMISSION_DENIED', 'no right to write there');
    await land(s, 'v1');
    await passTime(s, 2 * HOUR);
    expect(ledgerOf(s.world, 'churn')).toMatchObject({
      live: { request: { marker: 'churn/v1/model.onnx' } },
      refusals: [{ asked: 'configure', code: 'ENDPOINT_SETTINGS' }],
    });
    await land(s, 'v2');
    await passTime(s, 24 * HOUR);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v2/model.onnx');
    expect(refused.at.length).toBeLessThan(60);
    refused.end();
    await passTime(s, 12 * HOUR);
    expect([...s.world.vertex.endpoints.values()][0]?.facts).toMatchObject({ requestLogging });
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('refusals');
  });
});

it('an endpoint that Slipway makes has them from the start', async () => {
  const s = testApp({
    yaml: YAML.replace(
      'endpoint: churn',
      'endpoint: { name: churn, dedicated: true, timeout: 5m }\n    labels: { team: search }',
    ),
  });
  await land(s, 'v1');
  await passTime(s, HOUR);
  const [endpoint] = s.world.vertex.endpoints.values();
  expect(endpoint?.facts).toMatchObject({ dedicated: true, timeoutMs: 300_000 });
  expect(endpoint?.labels.get('team')).toBe('search');
  expect(s.world.vertex.versions[0]?.labels.get('team')).toBe('search');
  expect(s.world.vertex.mutations).not.toContain('UpdateEndpointLongRunning');
});
