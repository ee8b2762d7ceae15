/** What Google says of a call that failed reaches the log, but none of the secrets in it. */
import { expect, it } from 'vitest';
import { Redeliver } from '../../functions/app.ts';
import { CallError } from '../../functions/errors.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { HOUR, land, REFUSED_ERRORS } from './support/refusing.ts';
import { finalized, passTime, testApp } from '../support/test-app.ts';

const SECRET = 'hunter2-5EC12E7';
const WORDS = `Invalid header x-goog-api-key: AIza${'b'.repeat(35)}, password=${SECRET}`;

it.each([
  ['was refused', undefined],
  ['was not sent', 5_000],
])('of a call that %s', async (_, retryAfterMs) => {
  const s = testApp({ errors: REFUSED_ERRORS });
  const upload = s.world.vertex.upload.bind(s.world.vertex);
  let calls = 0;
  s.world.vertex.upload = (request) => {
    calls += 1;
    if (calls > 2) return upload(request);
    const options = retryAfterMs === undefined ? {} : { retryAfterMs };
    return Promise.reject(new CallError('UploadModel', 'RESOURCE_EXHAUSTED', WORDS, options));
  };
  await land(s, 'v1');
  await passTime(s, HOUR);
  const told = s.lines.filter(({ message }) => message === 'call failed');
  expect(told).toHaveLength(2);
  expect(JSON.stringify(told)).toContain('Invalid header');
  expect(JSON.stringify(s.lines)).not.toMatch(/5EC12E7|AIzab/);
});

it('of one that an event is delivered again for', async () => {
  const s = testApp();
  s.world.artifacts.head = () => Promise.reject(new CallError('artifacts.head', 'UNAVAILABLE', WORDS));
  const refused = await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app).catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(Redeliver);
  const logged = refused instanceof Redeliver ? JSON.stringify(refused.fields) : '';
  expect(logged).toContain('Invalid header');
  expect(logged).not.toMatch(/5EC12E7|AIzab/);
});
