/** Text of ledgers, logs and Google's answers in every place of every page: it is shown as text, and nothing of it runs. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../functions/errors.ts';
import { axeFindings, CHROMIUM, errorsOf, openBrowser, WITHOUT } from './browser.ts';
import { HOSTILE, hostileWorld, MARKUP, OVERRIDE } from './hostile-service.ts';
import { openConsole, type Opened } from './open-console.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

describe.skipIf(CHROMIUM === null)(`hostile text${CHROMIUM === null ? WITHOUT : ''}`, () => {
  const { world, releases } = hostileWorld();
  const paths = [
    '/',
    `/services/${HOSTILE}`,
    ...releases.map((id) => `/services/${HOSTILE}/releases/${encodeURIComponent(id)}`),
  ];
  let opened: Opened;
  let browser: Browser;
  let page: Page;
  let errors: string[];
  /** Addresses outside of the console that a page has asked for. */
  const strayed: string[] = [];

  beforeAll(async () => {
    opened = await openConsole(world, { actions: true });
    browser = await openBrowser();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.addInitScript('globalThis.ran = []');
    errors = errorsOf(page);
    page.on('request', (request) => {
      const { origin, pathname } = new URL(request.url());
      const isOwn = origin === opened.origin && /^\/(?:$|ui\/|lit\/|api\/|services\/|\?token)/.test(pathname);
      if (!isOwn) strayed.push(request.url());
    });
    page.on('dialog', (dialog) => {
      strayed.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(opened.address);
  });

  afterAll(async () => {
    await browser?.close();
    await opened?.close();
  });

  beforeEach(() => {
    errors.length = 0;
    world.failure = null;
    world.refusal = null;
    world.published.length = 0;
  });

  const show = async (path: string) => {
    await page.goto(`${opened.origin}${path}`);
    await page.locator('.link-state.live').waitFor();
    await page.locator('main .card').first().waitFor();
    if (path === `/services/${HOSTILE}`) await page.locator('.chain').first().waitFor();
  };

  /** What the page has of other people's making, beside text. */
  const made = async () => ({
    ran: await page.evaluate('ran'),
    strayed,
    errors,
    elements: await page.locator('img, iframe, object, embed, script:not([src="/ui/app.js"]), style').count(),
    handlers: await page.evaluate(
      `[...document.querySelectorAll('*')].flatMap((e) => [...e.attributes].map(({ name }) => name)).filter((name) => name.startsWith('on') || name === 'style' || name === 'srcdoc')`,
    ),
    links: await page.evaluate(
      `[...document.querySelectorAll('a')].map((a) => a.href).filter((href) => !href.startsWith(location.origin + '/services/${HOSTILE}') && href !== location.origin + '/' && href !== location.origin + '/services/neighbour' && !href.endsWith('#content'))`,
    ),
  });
  const nothing = { ran: [], strayed: [], errors: [], elements: 0, handlers: [], links: [] };

  it.each(paths.map((path, n) => [['services', 'service', 'current release', 'ended release'][n], path]))(
    'is text on the page of the %s, which stays accessible and as wide as its window',
    async (_, path) => {
      for (const width of [1280, 360]) {
        await page.setViewportSize({ width, height: 800 });
        await show(path ?? '');
        await page.evaluate(`document.querySelectorAll('details').forEach((one) => { one.open = true; })`);
        expect(await made()).toEqual(nothing);
        expect(await page.locator('main').innerText()).toContain(MARKUP);
        expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBe(0);
        expect([width, ...(await axeFindings(page))]).toEqual([width]);
      }
      await page.setViewportSize({ width: 1280, height: 800 });
    },
  );

  it('turns the direction of nothing beside it', async () => {
    for (const path of paths) {
      await show(path);
      const open = await page.evaluate(`(() => {
        const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
        const found = [];
        while (walker.nextNode()) {
          const { parentElement, data } = walker.currentNode;
          if (/[\\u202a-\\u202e\\u2066-\\u2069]/.test(data) && !getComputedStyle(parentElement).unicodeBidi.includes('isolate'))
            found.push(parentElement.outerHTML.slice(0, 80));
        }
        return found;
      })()`);
      expect([path, open]).toEqual([path, []]);
    }
  });

  it('is text in the confirmation of every action, and in what Google says of it', async () => {
    await show(`/services/${HOSTILE}`);
    const dialog = page.getByRole('dialog');
    const buttons = await page.getByRole('group', { name: 'Actions' }).getByRole('button').allTextContents();
    expect(buttons.length).toBeGreaterThan(3);
    for (const name of buttons) {
      await page.getByRole('button', { name: name.trim(), exact: true }).click();
      await dialog.locator('.message, .alert').first().waitFor();
      expect({ name, ...(await made()), errors: [] }).toEqual({ name, ...nothing });
      expect(await axeFindings(page)).toEqual([]);
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Resume…' }).click();
    await dialog.locator('.message').waitFor();
    world.refusal = new CallError(
      'Publish',
      'PERMISSION_DENIED',
      `${MARKUP}${OVERRIDE}${'W'.repeat(10_000)}`,
    );
    await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
    await dialog.getByText(MARKUP).first().waitFor();
    expect({ ...(await made()), errors: [] }).toEqual(nothing);
    expect(world.published).toEqual([]);
  });

  it('is text where Google Cloud cannot be read', async () => {
    await show('/');
    world.failure = new CallError('artifacts.list', 'UNAVAILABLE', `${MARKUP}${'W'.repeat(10_000)}`);
    await page.locator('.alert').first().waitFor();
    expect(await page.locator('.alert').innerText()).toContain(MARKUP);
    expect(await made()).toEqual(nothing);
  });

  it('in an address is text too, and leads nowhere else', async () => {
    for (const path of [
      `/services/${encodeURIComponent(MARKUP)}`,
      `/services/${HOSTILE}/releases/${encodeURIComponent(MARKUP)}`,
      `/services/${HOSTILE}/releases/javascript:ran.push(1)`,
      '/services/..%2f..%2f%2fevil.example',
    ]) {
      await page.goto(`${opened.origin}${path}`);
      await page.locator('main .alert').last().waitFor();
      expect({ ...(await made()), errors: [], links: [] }).toEqual(nothing);
    }
  });

  it('in a release leads to the page of that release when it is clicked', async () => {
    await show(`/services/${HOSTILE}`);
    errors.length = 0;
    for (const id of releases) {
      await page
        .locator(`a[href="/services/${HOSTILE}/releases/${encodeURIComponent(id)}"]`)
        .first()
        .click();
      await page.getByText('Moments').waitFor();
      expect(decodeURIComponent(new URL(page.url()).pathname)).toBe(`/services/${HOSTILE}/releases/${id}`);
      await page.goBack();
      await page.locator('.chain').first().waitFor();
    }
    expect(await made()).toEqual(nothing);
  });
});
