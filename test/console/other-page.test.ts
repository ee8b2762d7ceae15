/**
 * A page of another origin in the browser that has the console's cookie: it learns nothing, and publishes nothing. Nor
 * does a browser that has the address without its token, or the cookie of another start.
 */
import { channel } from 'node:diagnostics_channel';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CHROMIUM, openBrowser, WITHOUT } from './browser.ts';
import { openConsole, type Opened } from './open-console.ts';
import { SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

const SERVICE = SAMPLES.progress;
/** A name of the attacker's that resolves to this machine. */
const REBOUND = 'evil.example';

describe.skipIf(CHROMIUM === null)(`another page${CHROMIUM === null ? WITHOUT : ''}`, () => {
  const world = sampleServices();
  let opened: Opened;
  let attacker: Server;
  let browser: Browser;
  let context: BrowserContext;
  /** What the console has answered: a browser hides the answers that a page may not see. */
  let answers: { readonly method: string; readonly url: string; readonly status: number }[] = [];
  const answered = (message: unknown) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const { method = '', url = '', socket } = request;
    if (socket.localPort === opened.port) answers.push({ method, url, status: response.statusCode });
  };

  beforeAll(async () => {
    const script = await readFile(fileURLToPath(new URL('attacks.js', import.meta.url)), 'utf8');
    attacker = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><title>Holiday photos</title><body><script type="module">${script}</script>`,
      );
    });
    await new Promise<void>((resolve) => {
      attacker.listen(0, '127.0.0.1', resolve);
    });
    opened = await openConsole(world, { actions: true });
    channel('http.server.response.finish').subscribe(answered);
    // What Chromium itself forbids pages to ask of this machine is not to hide what the console forbids.
    browser = await openBrowser([
      `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`,
      '--disable-features=LocalNetworkAccessChecks',
    ]);
  });

  afterAll(async () => {
    channel('http.server.response.finish').unsubscribe(answered);
    await browser?.close();
    attacker?.close();
    await opened?.close();
  });

  beforeEach(async () => {
    context = await browser.newContext();
    // The browser is let in, and has no page of the console open that would read.
    await context.request.get(opened.address, { maxRedirects: 0 });
    answers = [];
    world.published.length = 0;
    world.reads.clear();
    return () => context.close();
  });

  const attackerPort = () => (attacker.address() as AddressInfo).port;

  it.each(['127.0.0.1', 'localhost', REBOUND])(
    'at another port of %s learns nothing and publishes nothing',
    async (host) => {
      expect(await context.cookies(opened.origin)).toHaveLength(1);
      const page = await context.newPage();
      await page.goto(`http://${host}:${attackerPort()}/`);
      for (const name of new Set(['127.0.0.1', host])) {
        const target = `http://${name}:${opened.port}`;
        const learned: Record<string, string> = await page.evaluate(`attack('${target}', '${SERVICE}')`);
        const leaks = Object.entries(learned).filter(([, what]) => what !== '');
        expect([target, ...leaks]).toEqual([target]);
        expect(Object.keys(learned).length).toBeGreaterThan(20);
      }
      expect(answers.filter(({ method }) => method === 'POST').length).toBeGreaterThan(4);
      expect(answers.filter(({ method }) => method === 'GET').length).toBeGreaterThan(10);
      expect(answers.filter(({ status }) => status < 400)).toEqual([]);
      expect([world.published, [...world.reads]]).toEqual([[], []]);
    },
  );

  it('under a name that resolves to the console is refused, whatever it asks of its own origin', async () => {
    const page = await context.newPage();
    const answer = await page.goto(`http://${REBOUND}:${opened.port}/services/${SERVICE}`);
    expect(answer?.status()).toBe(421);
    // It was loaded from the attacker, before the name came to mean this machine.
    const rebound = `http://${REBOUND}:${opened.port}/photos`;
    await context.route(rebound, (route) =>
      route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Holiday photos</title>' }),
    );
    await page.goto(rebound);
    answers = [];
    const read = `fetch('/api/services').then((answer) => answer.text(), () => 'blocked')`;
    expect(await page.evaluate(read)).not.toContain(SERVICE);
    const publish = `fetch('/api/services/${SERVICE}/requests', { method: 'POST', body: '{"action":"hold"}', headers: { 'content-type': 'application/json' } }).then((answer) => answer.text(), () => 'blocked')`;
    expect(await page.evaluate(publish)).not.toContain(SERVICE);
    // Chromium asks once more after a 421.
    expect(answers.length).toBeGreaterThan(1);
    expect(answers.filter(({ status }) => status !== 421)).toEqual([]);
    expect([world.published, [...world.reads]]).toEqual([[], []]);
  });

  it('with a stolen address but no token shows that it is locked, and no data', async () => {
    const stranger = await browser.newContext();
    const page = await stranger.newPage();
    for (const path of [
      '/',
      `/services/${SERVICE}`,
      `/services/${SERVICE}/releases/r-000000000000`,
      '/?token=x',
    ]) {
      await page.goto(`${opened.origin}${path}`);
      await page.getByRole('heading', { name: 'This console is locked' }).waitFor();
      expect(await page.locator('body').innerText()).not.toMatch(/my-project|demand-forecast|version/);
    }
    expect([world.published, [...world.reads], await stranger.cookies()]).toEqual([[], [], []]);
    await stranger.close();
  });

  it('with the cookie of another start is locked', async () => {
    const other = await openConsole(sampleServices());
    const stranger = await browser.newContext();
    const value = other.cookie.slice(other.cookie.indexOf('=') + 1);
    await stranger.addCookies([{ name: `slipway_${opened.port}`, value, domain: '127.0.0.1', path: '/' }]);
    const page = await stranger.newPage();
    await page.goto(opened.origin);
    await page.getByRole('heading', { name: 'This console is locked' }).waitFor();
    expect([world.published, [...world.reads]]).toEqual([[], []]);
    await stranger.close();
    await other.close();
  });

  it('opens the console in a window as a link does, and sees nothing of it', async () => {
    const page = await context.newPage();
    await page.goto(`http://127.0.0.1:${attackerPort()}/`);
    const windowOpened = context.waitForEvent('page');
    const address = `${opened.origin}/services/${SERVICE}`;
    expect(await page.evaluate(`attackByWindow('${address}')`)).toBe('');
    await (await windowOpened).getByRole('heading', { name: SERVICE }).waitFor();
    expect(await page.evaluate(`attackByWindow('${opened.origin}/api/services')`)).toBe('');
    expect(answers.findLast(({ url }) => url.endsWith('/api/services'))?.status).toBe(403);
    expect(world.published).toEqual([]);
  });

  it('of the console itself reads and publishes, in the same browser', async () => {
    const page = await context.newPage();
    await page.goto(`${opened.origin}/services/${SERVICE}`);
    await page.getByRole('button', { name: 'Hold…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Hold', exact: true }).click();
    await expect.poll(() => world.published).toEqual([{ schema: 1, service: SERVICE, action: 'hold' }]);
  });
});
