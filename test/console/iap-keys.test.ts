/** Google's public keys, without which the console for a team lets nobody in. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { admitIap } from '../../console/iap.ts';
import type { Admit } from '../../console/door.ts';
import { ADA, AUDIENCE, startKeyServer, token, type KeyServer } from './iap-tokens.ts';

let google: KeyServer;
let admit: Admit;
let now: number;

beforeEach(async () => {
  google = await startKeyServer();
  now = 1_000_000;
  admit = admitIap({ audience: AUDIENCE, keysUrl: google.url }, () => now);
});

afterEach(() => google.close());

const enter = (assertion = token()) => admit({ headers: { 'x-goog-iap-jwt-assertion': assertion } });
const NOT_READ = { statusCode: 503, message: expect.stringContaining('cannot read the keys') };

it('are read once for many requests, also for those that name others', async () => {
  for (let n = 0; n < 5; n += 1) expect(await enter()).toEqual({ actor: ADA });
  for (let n = 0; n < 5; n += 1)
    await expect(enter(token({ header: { kid: `made-up-${n}` } }))).rejects.toMatchObject({
      statusCode: 401,
    });
  expect(google.reads).toBe(1);
});

it('that Google has replaced are read again for a token of the new one', async () => {
  const { published } = google;
  google.published = {};
  await expect(enter()).rejects.toMatchObject({ statusCode: 401 });
  google.published = published;
  now += 30_001;
  expect(await enter()).toEqual({ actor: ADA });
});

it.each(['closed', 'error', 'silent'] as const)(
  'that cannot be read, %s, are 503 with a sentence, asked for once by all who wait',
  async (how) => {
    google.outage = how;
    const asked = await Promise.allSettled([enter(), enter(), enter()]);
    expect(asked.map((one) => one.status === 'rejected' && one.reason)).toEqual(
      Array.from({ length: 3 }, () => expect.objectContaining(NOT_READ)),
    );
    expect(google.reads).toBe(1);
  },
);

it('are asked for again a second after they could not be read, and serve for an hour', async () => {
  google.outage = 'error';
  await expect(enter()).rejects.toMatchObject(NOT_READ);
  google.outage = null;
  await expect(enter()).rejects.toMatchObject(NOT_READ);
  now += 1_001;
  expect(await enter()).toEqual({ actor: ADA });
  google.outage = 'error';
  now += 3_600_000;
  expect(await enter()).toEqual({ actor: ADA });
  now += 1;
  await expect(enter()).rejects.toMatchObject(NOT_READ);
  expect(google.reads).toBe(3);
});
