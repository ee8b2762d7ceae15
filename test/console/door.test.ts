/** Who may ask the console: the threats of SECURITY.md, each played over plain HTTP. */
import { request } from 'node:http';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openConsole, type Opened } from './open-console.ts';
import { SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

let opened: Opened;

beforeAll(async () => {
  opened = await openConsole(sampleServices(), { actions: true });
});

afterAll(() => opened.close());

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** With headers that fetch would set itself. */
function ask(path: string, headers: Record<string, string>, method = 'GET', body = ''): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: opened.port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

const own = () => `127.0.0.1:${opened.port}`;
const DATA = ['/api/session', '/api/services', `/api/services/${SAMPLES.steady}`, '/api/live'];

describe('the token', () => {
  it('lets a browser in once, by a cookie that no script reads and no other site sends', async () => {
    const entered = await fetch(opened.address, { redirect: 'manual' });
    expect([entered.status, entered.headers.get('location')]).toEqual([303, '/']);
    expect(entered.headers.get('set-cookie')).toMatch(
      /^slipway_\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/,
    );
  });

  it('is another one at every start', async () => {
    const other = await openConsole(sampleServices());
    await other.close();
    expect(new URL(other.address).search).not.toBe(new URL(opened.address).search);
  });

  it.each(['', 'wrong', 'x'.repeat(43), '%00'])('of %j lets nobody in', async (token) => {
    const answer = await fetch(`${opened.origin}/?token=${token}`, { redirect: 'manual' });
    expect([answer.status, answer.headers.get('set-cookie')]).toEqual([303, null]);
  });

  it.each(DATA)('is what %s asks for', async (path) => {
    const forged = ['', 'slipway_1=x', `slipway_${opened.port}=`, `slipway_${opened.port}=${'x'.repeat(43)}`];
    for (const cookie of forged)
      expect((await ask(path, { host: own(), cookie })).status, `${path} with ${cookie}`).toBe(401);
  });

  it('lets in beside a cookie of its name that a page on another port has set', async () => {
    const cookie = `slipway_${opened.port}=x; ${opened.cookie}; slipway_${opened.port}=`;
    expect((await ask('/api/session', { host: own(), cookie })).status).toBe(200);
  });

  it('is in no answer', async () => {
    const secret = new URL(opened.address).searchParams.get('token') ?? '';
    for (const path of ['/', '/api/session', '/api/services', '/ui/app.js'])
      expect(await (await opened.get(path)).text()).not.toContain(secret);
  });
});

describe('a name of another page that resolves to this machine', () => {
  it.each(['evil.example', 'evil.example:80', '127.0.0.1', '127.0.0.1.evil.example', '[::1]'])(
    'is refused as Host %j, also with the cookie',
    async (host) => {
      for (const path of ['/', '/api/services', '/ui/app.js', '/lit/lit-html.js']) {
        const answer = await ask(path, { host, cookie: opened.cookie });
        expect([answer.status, answer.body]).not.toEqual([200, expect.anything()]);
        expect([400, 421]).toContain(answer.status);
      }
    },
  );

  it('is not localhost, which is served', async () => {
    const answer = await ask('/api/session', { host: `localhost:${opened.port}`, cookie: opened.cookie });
    expect(answer.status).toBe(200);
  });
});

describe('another web page', () => {
  const origins = ['https://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost'];

  it.each(origins)('of origin %s is refused, also with the cookie', async (origin) => {
    for (const path of [...DATA, '/'])
      expect((await ask(path, { host: own(), origin, cookie: opened.cookie })).status).toBe(403);
  });

  it.each(['cross-site', 'same-site'])('that the browser calls %s reads nothing', async (site) => {
    const headers = { host: own(), cookie: opened.cookie, 'sec-fetch-site': site };
    for (const mode of ['no-cors', 'cors', 'websocket'])
      for (const path of [...DATA, '/ui/app.js'])
        expect((await ask(path, { ...headers, 'sec-fetch-mode': mode })).status).toBe(403);
  });

  it('may link to a page, which holds no data, but neither to data nor to a token', async () => {
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    const headers = { host: own(), ...link };
    const page = await ask('/services/churn', headers);
    expect(page.status).toBe(200);
    expect(page.body).not.toContain('churn');
    expect((await ask('/api/services', { ...headers, cookie: opened.cookie })).status).toBe(403);
    expect((await ask('/?token=x', headers)).status).toBe(403);
    expect((await ask('/', { ...headers, 'sec-fetch-dest': 'iframe' })).status).toBe(403);
  });

  it('is given no permission by any header', async () => {
    const preflight = { host: own(), origin: opened.origin, 'access-control-request-method': 'POST' };
    const answers = [await ask('/api/services', preflight, 'OPTIONS'), await ask('/', { host: own() })];
    for (const { headers } of answers)
      expect(Object.keys(headers).filter((name) => name.startsWith('access-control'))).toEqual([]);
  });
});

describe('every answer', () => {
  it.each(['/', '/services/x', '/ui/app.js', '/lit/lit-html.js', '/api/session', '/nothing'])(
    'of %s forbids inline scripts and frames, and is read as what it says it is',
    async (path) => {
      const { headers } = await opened.get(path);
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).toContain("require-trusted-types-for 'script'");
      expect(policy).not.toMatch(/unsafe|data:|https?:|\*/);
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('x-frame-options')).toBe('DENY');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    },
  );

  it('with data is stored nowhere', async () => {
    expect((await opened.get('/api/services')).headers.get('cache-control')).toBe('no-store');
  });

  it.each([
    '/ui/../server.ts',
    '/ui/%2e%2e/server.ts',
    '/ui/..%2fserver.ts',
    '/lit/package.json',
    '/lit/../../package.json',
    '/ui/',
  ])('to %s is no file of ours', async (path) => {
    expect([400, 403, 404]).toContain((await ask(path, { host: own() })).status);
  });
});

it('listens on loopback alone', async () => {
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family }) => !internal && family === 'IPv4');
  if (outside === undefined) return;
  const reached = await new Promise<boolean>((resolve) => {
    const socket = connect({ host: outside.address, port: opened.port, timeout: 2_000 });
    socket
      .once('connect', () => resolve(true))
      .once('error', () => resolve(false))
      .once('timeout', () => resolve(false));
  });
  expect(reached).toBe(false);
});
