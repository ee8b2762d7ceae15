/** The console for a team: who asks is proven by the token that Identity-Aware Proxy signs, and by nothing else. */
import { request } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startConsole, type Console } from '../../console/server.ts';
import {
  AUDIENCE,
  HOST,
  KEYS,
  startKeyServer,
  token,
  ADA,
  type Forged,
  type KeyServer,
} from './iap-tokens.ts';
import { SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

const world = sampleServices();
let google: KeyServer;
let opened: Console;

async function open(actions: boolean): Promise<Console> {
  const team = { audience: AUDIENCE, hosts: [HOST], keysUrl: google.url };
  return startConsole({ session: world.session, port: 0, actions, local: null, team });
}

beforeAll(async () => {
  google = await startKeyServer();
});

beforeEach(async () => {
  world.published.length = 0;
  await opened?.close();
  opened = await open(false);
});

afterAll(async () => {
  await opened.close();
  google.close();
});

interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

function ask(
  path: string,
  assertion: string | null,
  more: Record<string, string> = {},
  body?: object,
): Promise<Answer> {
  const headers = {
    host: HOST,
    ...(assertion !== null && { 'x-goog-iap-jwt-assertion': assertion }),
    ...(body && { 'content-type': 'application/json' }),
    ...more,
  };
  const method = body === undefined ? 'GET' : 'POST';
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: opened.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          body: Buffer.concat(chunks).toString('utf8'),
          headers: response.headers,
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body && JSON.stringify(body));
  });
}

const session = async (assertion: string | null, more = {}) => ask('/api/session', assertion, more);

describe('the token of Identity-Aware Proxy', () => {
  it('lets its holder in, and names who it is', async () => {
    const { status, body } = await session(token());
    expect([status, JSON.parse(body)]).toEqual([
      200,
      expect.objectContaining({ actor: ADA, actions: false, token: null, local: false }),
    ]);
  });

  const now = Math.floor(Date.now() / 1000);
  it.each<[string, string | null | Forged]>([
    ['is missing', null],
    ['is empty', ''],
    ['is no token', 'a.b.c'],
    ['is too long', `a.${'b'.repeat(9_000)}.c`],
    ['is signed by another key', { key: KEYS.other.privateKey }],
    ['names a key that Google does not have', { header: { kid: 'k2' } }],
    ['names a property of every object as its key', { header: { kid: '__proto__' } }],
    ['is not signed', { header: { alg: 'none' } }],
    ['is signed as another algorithm', { header: { alg: 'HS256' } }],
    ['is of another service', { claims: { aud: `${AUDIENCE}-2` } }],
    ['is of no service', { claims: { aud: undefined } }],
    ['is of another issuer', { claims: { iss: 'https://accounts.google.com' } }],
    ['has expired beyond what clocks differ', { claims: { iat: now - 2_000, exp: now - 400 } }],
    ['is from the future', { claims: { iat: now + 400, exp: now + 1_000 } }],
    ['lives for a day', { claims: { exp: now + 86_000 } }],
    ['never expires', { claims: { exp: undefined } }],
  ])('that %s is refused with a sentence', async (_, forged) => {
    const assertion = typeof forged === 'object' && forged !== null ? token(forged) : forged;
    for (const path of ['/api/session', '/api/services', '/api/live']) {
      const { status, body } = await ask(path, assertion);
      expect([status, JSON.parse(body).error]).toEqual([
        401,
        expect.stringContaining('Identity-Aware Proxy'),
      ]);
      expect(body).not.toContain(ADA);
    }
  });

  it('that was changed after it was signed is refused', async () => {
    const [header, , signature] = token().split('.');
    const claims = token({ claims: { email: 'eve@example.com' } }).split('.')[1];
    expect((await session(`${header}.${claims}.${signature}`)).status).toBe(401);
  });

  it.each([undefined, '', 'ada', 7, `<b>@example.com`])(
    'that names %j as e-mail is refused',
    async (email) => {
      const { status, body } = await session(token({ claims: { email } }));
      expect([status, body]).toEqual([403, expect.stringContaining('no e-mail address')]);
    },
  );

  it('alone says who asks: the headers beside it are not believed', async () => {
    const forged = { 'x-goog-authenticated-user-email': 'accounts.google.com:eve@example.com' };
    expect((await session(null, forged)).status).toBe(401);
    expect(JSON.parse((await session(token(), forged)).body).actor).toBe(ADA);
  });
});

describe('a console for a team', () => {
  it('serves pages, which hold no data, to everyone whom IAP lets through, and data to nobody without its token', async () => {
    for (const path of [
      '/',
      `/services/${SAMPLES.steady}`,
      '/ui/app.js',
      '/ui/style.css',
      '/lit/lit-html.js',
    ]) {
      const [without, as] = await Promise.all([ask(path, null), ask(path, token())]);
      expect([path, without.status, without.body]).toEqual([path, 200, as.body]);
      for (const secret of [SAMPLES.steady, ADA, world.session.config.project])
        expect(without.body).not.toContain(secret);
    }
    for (const path of ['/api/session', '/api/services', `/api/services/${SAMPLES.steady}`, '/api/nothing'])
      expect((await ask(path, null)).status).toBe(path === '/api/nothing' ? 404 : 401);
  });

  it.each(['127.0.0.1', 'localhost', 'evil.example', `${HOST}:8080`])('has no name %s', async (host) => {
    expect((await session(token(), { host })).status).toBe(421);
  });

  it('takes its own origin, which is https, and no other', async () => {
    expect((await session(token(), { origin: `https://${HOST}` })).status).toBe(200);
    for (const origin of [`http://${HOST}`, 'https://evil.example', 'null'])
      expect((await session(token(), { origin })).status).toBe(403);
  });

  it('has no token in its address, and gives no cookie for one', async () => {
    expect(opened.address).toBe(`https://${HOST}/`);
    const { status, headers } = await ask('/?token=x', token());
    expect([status, headers['set-cookie']]).toEqual([200, undefined]);
  });

  it('answers 503 with a sentence while the keys of Google cannot be read', async () => {
    google.outage = 'error';
    const { status, body, headers } = await session(token());
    google.outage = null;
    expect([status, JSON.parse(body)]).toEqual([
      503,
      { error: expect.stringContaining('cannot read the keys') },
    ]);
    expect(headers['cache-control']).toBe('no-store');
  });

  it('sends the same policy with every answer', async () => {
    const { headers } = await session(null);
    expect(headers['content-security-policy']).toContain("default-src 'none'; script-src 'self'");
    expect(headers['cache-control']).toBe('no-store');
  });

  it('publishes nothing without --actions', async () => {
    const path = `/api/services/${SAMPLES.steady}/preview`;
    const answer = await ask(path, token(), {}, { action: 'hold' });
    expect([answer.status, world.published]).toEqual([403, []]);
  });

  it('states in what it publishes who has asked, whatever the body says', async () => {
    await opened.close();
    opened = await open(true);
    const { token: own } = JSON.parse((await session(token())).body);
    const headers = { 'x-slipway-token': own };
    const path = (what: string) => `/api/services/${SAMPLES.steady}/${what}`;
    const claimed = { action: 'hold', requestedBy: 'eve@example.com' };
    expect((await ask(path('preview'), token(), headers, claimed)).status).toBe(400);
    const shown = JSON.parse((await ask(path('preview'), token(), headers, { action: 'hold' })).body);
    const body = { action: 'hold', requestId: shown.requestId, shown: shown.shown };
    const other = token({ claims: { email: 'bob@example.com' } });
    expect((await ask(path('requests'), other, headers, body)).status).toBe(409);
    expect((await ask(path('requests'), token(), {}, body)).status).toBe(403);
    expect(world.published).toEqual([]);
    expect((await ask(path('requests'), token(), headers, body)).status).toBe(200);
    expect(world.published).toEqual([
      { schema: 1, service: SAMPLES.steady, action: 'hold', requestedBy: ADA },
    ]);
  });
});
