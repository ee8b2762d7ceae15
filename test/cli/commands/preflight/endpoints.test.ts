/** Endpoints that are there already, against what slipway.yaml says of them. */
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import type { Answer, Send } from '../../../../cli/commands/preflight/google.ts';
import { blueprint } from '../../../../cli/commands/preflight/blueprint.ts';
import { checkEndpoints } from '../../../../cli/commands/preflight/endpoints.ts';
import { USUAL } from '../../../../cli/commands/preflight/installation.ts';
import { parseConfig } from '../../../../functions/config/config.ts';

const KEY = 'projects/my-project/locations/us-central1/keyRings/r/cryptoKeys/k';

async function findings(endpoint: unknown, answer: Answer, env: Record<string, string> = {}) {
  const service = {
    artifacts: 'gs://my-project-models/churn/*/model.onnx',
    image: 'us-central1-docker.pkg.dev/my-project/slipway/predictor',
    endpoint,
  };
  const file = {
    project: 'my-project',
    region: 'us-central1',
    state: 'my-state',
    services: { churn: service },
  };
  const asked: string[] = [];
  const send: Send = async ({ url }) => {
    asked.push(url);
    return answer;
  };
  const found = await checkEndpoints(send, blueprint(parseConfig(stringify(file), env), '1', USUAL));
  return { found, asked };
}

const there = (fields: object = {}): Answer => ({
  status: 200,
  body: {
    endpoints: [{ name: 'projects/1/locations/us-central1/endpoints/2', displayName: 'churn', ...fields }],
  },
});

test('nothing is asked where nothing is said', async () => {
  expect(await findings('churn', there())).toEqual({ found: [], asked: [] });
});

test('one that is as it is said, or is not there yet, is fine', async () => {
  const { found, asked } = await findings(
    { name: 'churn', dedicated: true },
    there({ dedicatedEndpointEnabled: true }),
  );
  expect(found).toMatchObject([{ check: 'endpoint', subject: 'churn', state: 'ok' }]);
  expect(asked).toEqual([
    'https://us-central1-aiplatform.googleapis.com/v1/projects/my-project/locations/us-central1/endpoints?filter=display_name%3D%22churn%22',
  ]);
  const { found: none } = await findings({ name: 'churn', dedicated: true }, { status: 200, body: {} });
  expect(none).toMatchObject([{ state: 'ok', detail: 'is not there, and is made as it is said' }]);
});

test('what only a new one could be is named', async () => {
  const { found } = await findings({ name: 'churn', dedicated: true }, there(), { SLIPWAY_KMS_KEY: KEY });
  expect(found).toMatchObject([
    {
      state: 'missing',
      detail: `endpoint.dedicated is true, and the endpoint is not dedicated; SLIPWAY_KMS_KEY is ${KEY}, and the endpoint is encrypted with a key of Google's`,
      fix: expect.stringContaining('set another services.churn.endpoint'),
    },
  ]);
});

test('one that may not be seen is not known', async () => {
  const denied = { status: 403, body: { error: { message: 'denied' } } };
  const { found } = await findings({ name: 'churn', dedicated: false }, denied);
  expect(found).toMatchObject([{ state: 'unknown', detail: 'denied' }]);
});
