import { expect, it } from 'vitest';
import { EXIT, explain, Failure, type Where } from '../../../cli/terminal/failure.ts';
import { ConfigError } from '../../../functions/config/config.ts';
import { CallError, Problem } from '../../../functions/errors.ts';
import { config } from '../fixtures.ts';

const google: Where = { config, local: null };
const local: Where = { config, local: 'http://127.0.0.1:9400' };

it.each([
  ['the local stack is down', new CallError('m', 'UNAVAILABLE', 'refused'), local, 3, '"npm start"'],
  ['Google does not answer', new CallError('m', 'UNAVAILABLE', 'refused'), google, 3, 'check the network'],
  [
    'nobody is logged in',
    new CallError('m', 'UNKNOWN', 'Could not load the default credentials. Browse to …'),
    google,
    3,
    'gcloud auth application-default login',
  ],
  ['a login has run out', new CallError('m', 'INVALID_ARGUMENT', 'invalid_grant'), google, 3, 'gcloud auth'],
  [
    'the ledger may not be read',
    new CallError('ledgers.read', 'PERMISSION_DENIED', 'no'),
    google,
    3,
    'roles/storage.objectViewer on gs://my-state',
  ],
  [
    'an artifact may not be written',
    new CallError('artifacts.create', 'PERMISSION_DENIED', 'no'),
    google,
    3,
    'roles/storage.objectCreator on the bucket of the artifacts',
  ],
  [
    'the topic may not be published to',
    new CallError('publish requests', 'PERMISSION_DENIED', 'no'),
    google,
    3,
    'roles/pubsub.publisher on the topic slipway-requests',
  ],
  [
    'Vertex AI may not be read',
    new CallError('GetEndpoint', 'PERMISSION_DENIED', 'no'),
    google,
    3,
    'roles/aiplatform.viewer on the project my-project',
  ],
  [
    'the topic is not there',
    new CallError('publish requests', 'NOT_FOUND', 'no'),
    google,
    3,
    'the topic slipway-requests does not exist',
  ],
  [
    'a call fails otherwise',
    new CallError('GetModel', 'INTERNAL', 'a\nb'),
    google,
    3,
    'GetModel failed with INTERNAL: a b',
  ],
  ['the configuration is wrong', new ConfigError('slipway.yaml', ['oh']), google, 2, 'oh'],
  ['the artifact is not there', new Problem('ARTIFACT_NOT_FOUND', 'gs://b/m'), google, 2, 'Upload it'],
  [
    'the ledger is damaged',
    new Problem('LEDGER_UNREADABLE', 'expected JSON'),
    google,
    1,
    'repaired, or rebuilt',
  ],
  ['we said so ourselves', new Failure(EXIT.usage, 'use it so'), google, 2, 'use it so'],
  ['it is a defect', new TypeError('x is not a function'), google, 70, 'x is not a function'],
] as const)('says what to do when %s', (_, error, where, exitCode, text) => {
  const said = explain(error, where);
  expect(said.exitCode).toBe(exitCode);
  expect(said.text).toContain(text);
});
