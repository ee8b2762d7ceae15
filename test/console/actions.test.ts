/** Requests that a page publishes: what is shown is what is published, and nothing without the token. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openConsole, type Opened } from './open-console.ts';
import { change, ledgerOf, SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

const world = sampleServices();
let opened: Opened;
let token: string;

beforeAll(async () => {
  opened = await openConsole(world, { actions: true });
  token = JSON.parse(await (await opened.get('/api/session')).text()).token;
});

afterAll(() => opened.close());

beforeEach(() => {
  world.published.length = 0;
});

function post(path: string, body: unknown, headers: Record<string, string> = {}) {
  const own = { cookie: opened.cookie, 'content-type': 'application/json', 'x-slipway-token': token };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return fetch(`${opened.origin}${path}`, { method: 'POST', headers: { ...own, ...headers }, body: text });
}

const of = (service: string, what: 'preview' | 'requests') => `/api/services/${service}/${what}`;

async function preview(service: string, wanted: object) {
  const answer = await post(of(service, 'preview'), wanted);
  return { status: answer.status, ...JSON.parse(await answer.text()) };
}

describe('an action', () => {
  it.each([
    ['release', SAMPLES.steady, { artifact: 'gs://models/recommendations/v1/model.onnx' }],
    ['rollback', SAMPLES.failed, {}],
    ['promote', SAMPLES.progress, {}],
    ['abort', SAMPLES.progress, {}],
    ['hold', SAMPLES.steady, {}],
    ['resume', SAMPLES.held, {}],
    ['park', SAMPLES.steady, {}],
    ['wake', SAMPLES.parked, {}],
  ])('%s publishes to the letter what it has shown, once it is confirmed', async (action, service, more) => {
    if (action === 'rollback') {
      const { live } = ledgerOf(world, service);
      if (live !== null)
        change(world, service, { previous: { live, until: Date.now() + 60_000, retired: false } });
    }
    const shown = await preview(service, { action });
    expect(shown).toMatchObject({
      status: 200,
      topic: 'slipway-requests',
      message: { schema: 1, service, ...more },
    });
    expect(shown.message.action ?? 'release').toBe(action);
    expect(world.published).toEqual([]);
    const confirmed = { action, requestId: shown.requestId, shown: shown.shown };
    expect((await post(of(service, 'requests'), confirmed)).status).toBe(200);
    expect(world.published).toEqual([shown.message]);
  });

  it('of a release comes with what plan says of it', async () => {
    const { plan } = await preview(SAMPLES.steady, { action: 'release' });
    expect(plan).toMatchObject({ name: 'v1', result: 'Live', rollout: { standbySeconds: 7_200 } });
  });

  it('is not published where what it is about has changed meanwhile', async () => {
    const shown = await preview(SAMPLES.progress, { action: 'abort' });
    const { release } = ledgerOf(world, SAMPLES.progress);
    if (release === null) throw new Error('nothing is in progress');
    const other = { ...release, request: { ...release.request, id: 'r-000000000001' } };
    change(world, SAMPLES.progress, { release: other });
    const answer = await post(of(SAMPLES.progress, 'requests'), {
      action: 'abort',
      requestId: shown.requestId,
      shown: shown.shown,
    });
    expect([answer.status, world.published]).toEqual([409, []]);
    change(world, SAMPLES.progress, { release });
  });

  it('is refused with a sentence where there is nothing to act on', async () => {
    const answer = await preview(SAMPLES.steady, { action: 'abort' });
    expect(answer).toMatchObject({
      status: 409,
      error: expect.stringContaining('nothing of recommendations is being released'),
    });
    expect((await preview('nothing', { action: 'hold' })).status).toBe(404);
  });
});

describe('nothing is published', () => {
  const hold = { action: 'hold' };

  it.each([
    ['without the token', { 'x-slipway-token': '' }, 403],
    ['with another token', { 'x-slipway-token': 'x'.repeat(43) }, 403],
    ['without the cookie', { cookie: '' }, 401],
    ['as a form', { 'content-type': 'application/x-www-form-urlencoded' }, 415],
    ['as text', { 'content-type': 'text/plain' }, 415],
    ['from another page', { origin: 'https://evil.example' }, 403],
    ['from another port of this machine', { 'sec-fetch-site': 'same-site' }, 403],
  ])('%s', async (_, headers, status) => {
    for (const what of ['preview', 'requests'] as const)
      expect((await post(of(SAMPLES.steady, what), hold, headers)).status).toBe(status);
    expect(world.published).toEqual([]);
  });

  it.each([
    '{"action":"rebuild"}',
    '{"action":"hold","service":"other"}',
    '{"action":"hold","reason":5}',
    '{"action":"release","artifact":"https://evil.example/model.onnx"}',
    '{"action":"hold","__proto__":{"x":1}}',
    '{"action":',
    '[]',
    'null',
    JSON.stringify({ action: 'hold', reason: 'x'.repeat(20_000) }),
  ])('for a body such as %s', async (body) => {
    const answer = await post(of(SAMPLES.steady, 'preview'), body);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.status).toBeLessThan(500);
    expect(world.published).toEqual([]);
  });

  it('of what was not shown', async () => {
    const answer = await post(of(SAMPLES.steady, 'requests'), { ...hold, requestId: 'mine', shown: '[]' });
    expect([answer.status, world.published]).toEqual([409, []]);
  });

  it('by a console that was started without actions, which also gives nobody a token', async () => {
    const readOnly = await openConsole(world);
    const session = JSON.parse(await (await readOnly.get('/api/session')).text());
    expect(session).toMatchObject({ actions: false, token: null });
    const headers = { cookie: readOnly.cookie, 'content-type': 'application/json', 'x-slipway-token': token };
    const url = `${readOnly.origin}${of(SAMPLES.steady, 'requests')}`;
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(hold) });
    expect([answer.status, world.published]).toEqual([403, []]);
    await readOnly.close();
  });
});
