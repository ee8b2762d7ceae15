/** What pages owe to those who look at them: their time zone, their keyboard, their window, their wish for no motion. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { axeFindings, CHROMIUM, errorsOf, openBrowser, WITHOUT } from './browser.ts';
import { openConsole, type Opened } from './open-console.ts';
import { change, ledgerOf, SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';
import { configOf } from './sample-world.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

describe.skipIf(CHROMIUM === null)(`viewers${CHROMIUM === null ? WITHOUT : ''}`, () => {
  const world = sampleServices(200);
  const failed = ledgerOf(world, SAMPLES.failed).outcomes[0]?.release ?? '';
  let opened: Opened;
  let browser: Browser;
  const pages: Page[] = [];

  beforeAll(async () => {
    opened = await openConsole(world, { actions: true });
    browser = await openBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await opened?.close();
  });

  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.context().close()));
  });

  const enter = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
    const page = await context.newPage();
    pages.push(page);
    await page.goto(opened.address);
    await page.locator('.services tbody tr').nth(199).waitFor();
    return page;
  };
  const show = async (page: Page, path: string) => {
    await page.goto(`${opened.origin}${path}`);
    await page.locator('.link-state.live').waitFor();
    await page.locator('main .card').first().waitFor();
  };

  it.each([
    ['Asia/Karachi', 'Times are in Asia/Karachi (UTC+5).', '16 Jan, 00:04'],
    ['America/Phoenix', 'Times are in America/Phoenix (UTC-7).', '15 Jan, 12:04'],
    ['UTC', 'Times are in UTC.', '15 Jan, 19:04'],
  ])('in %s see times of their zone, and its name', async (timezoneId, said, time) => {
    const since = Date.UTC(new Date().getFullYear(), 0, 15, 19, 4);
    change(world, SAMPLES.held, { hold: { since, reason: 'for now' } });
    const page = await enter({ timezoneId });
    await show(page, `/services/${SAMPLES.held}`);
    await page.getByText('On hold since').waitFor();
    expect(await page.locator('footer').innerText()).toBe(said);
    expect(await page.locator('.troubles').innerText()).toContain(`On hold since ${time}: for now`);
  });

  it('who want no motion see none, and others see what goes on move', async () => {
    const moving = `document.getAnimations().length + [...document.querySelectorAll('.bar rect')].filter((bar) => getComputedStyle(bar).transitionDuration !== '0s').length`;
    for (const reducedMotion of ['reduce', 'no-preference'] as const) {
      const page = await enter({ reducedMotion });
      await show(page, `/services/${SAMPLES.progress}`);
      expect([reducedMotion, Number(await page.evaluate(moving)) > 0]).toEqual([
        reducedMotion,
        reducedMotion === 'no-preference',
      ]);
    }
  });

  it('with a window of any width see every column and scroll no page sideways', async () => {
    const page = await enter();
    const paths = [
      '/',
      ...Object.values(SAMPLES).map((name) => `/services/${name}`),
      `/services/${SAMPLES.failed}/releases/${failed}`,
      '/services/nothing',
    ];
    const cutOff = `[document.documentElement.scrollWidth - innerWidth, ...[...document.querySelectorAll('.card > table')].filter((table) => table.checkVisibility()).map((table) => table.getBoundingClientRect().width - table.parentElement.clientWidth)].filter((by) => by > 1)`;
    for (const path of paths) {
      await page.goto(`${opened.origin}${path}`);
      await page.locator('main .card, main .alert').first().waitFor();
      if (path === `/services/${SAMPLES.progress}`) await page.locator('.chain').first().waitFor();
      for (const width of [320, 360, 768, 1101, 1160, 1241, 1280, 2560]) {
        await page.setViewportSize({ width, height: 800 });
        expect([path, width, await page.evaluate(cutOff)]).toEqual([path, width, []]);
      }
    }
  });

  it('find one of 200 services by search, and the most expensive and the idle ones by sorting', async () => {
    const page = await enter();
    const names = () => page.locator('.services tbody th a').allTextContents();
    expect(await names()).toHaveLength(200);
    await page.getByRole('searchbox').fill('model-14');
    await expect
      .poll(names)
      .toEqual([
        'model-140',
        'model-141',
        'model-142',
        'model-143',
        'model-144',
        'model-145',
        'model-146',
        'model-147',
        'model-148',
        'model-149',
      ]);
    await page.getByRole('searchbox').fill('idle');
    await expect.poll(names).toEqual([SAMPLES.idle]);
    expect(await page.locator('.services tbody tr').innerText()).toContain('idle for 24 h');
    await page.getByRole('searchbox').fill('no such thing');
    await page.getByText('No service matches').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByRole('button', { name: 'Cost / h' }).click();
    const costs = async () => {
      const shown = await page.locator('.services td[data-title="Cost / h"] .figure').allTextContents();
      return shown.map((text) => Number(text.replace('$', '')));
    };
    await expect.poll(async () => (await costs())[0]).toBeGreaterThan(0.2);
    const falling = await costs();
    expect(falling).toEqual(falling.toSorted((a, b) => b - a));
    await page.getByRole('button', { name: 'Cost / h' }).click();
    await expect.poll(async () => (await costs()).at(-1)).toBe(falling[0]);
  });

  it('with a keyboard alone open a service from the table and act on it', async () => {
    const page = await enter();
    world.published.length = 0;
    const focused = (): Promise<string> => page.evaluate('document.activeElement?.textContent?.trim() ?? ""');
    const tabTo = async (text: string) => {
      for (let presses = 0; presses < 40 && (await focused()) !== text; presses += 1)
        await page.keyboard.press('Tab');
      expect(await focused()).toBe(text);
    };
    await page.keyboard.press('/');
    await page.keyboard.type(SAMPLES.held);
    await expect.poll(() => page.locator('.services tbody tr').count()).toBe(1);
    await tabTo(SAMPLES.held);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Resume…' }).waitFor();
    await tabTo('Resume…');
    await page.keyboard.press('Enter');
    await page.locator('dialog .message').waitFor();
    await tabTo('Resume');
    await page.keyboard.press('Enter');
    await expect
      .poll(() => world.published)
      .toEqual([{ schema: 1, service: SAMPLES.held, action: 'resume' }]);
    await expect.poll(focused).toBe('Resume…');
    await page.keyboard.press('Tab');
    const outline = `getComputedStyle(document.activeElement).outlineStyle`;
    expect(await page.evaluate(outline)).toBe('solid');
  });

  it('see which model reads which view of the feature store, and which view none reads', async () => {
    const page = await enter();
    const errors = errorsOf(page);
    await show(page, `/services/${SAMPLES.featured}`);
    const table = page.locator('section', { has: page.getByRole('heading', { name: 'Features by key' }) });
    const row = (view: string) => table.getByRole('row', { name: view });
    await row('customer').getByText('live, version 3: orders_30d, country').waitFor();
    expect(await row('customer').innerText()).toContain('customer_v{version}');
    expect(await row('weather').innerText()).toContain('Read by no model');
    expect([await axeFindings(page), errors]).toEqual([[], []]);
  });

  it('see where a service runs that has a region of its own', async () => {
    const page = await enter();
    await show(page, `/services/${SAMPLES.empty}`);
    expect(await page.locator('.lead').innerText()).toMatch(/on 1 × n1-standard-2 in europe-west4\.$/);
    await show(page, `/services/${SAMPLES.idle}`);
    expect(await page.locator('.lead').innerText()).toMatch(/on 1 × n1-standard-2\.$/);
  });

  it('of a service that slipway.yaml has lost are told so, and keep the others', async () => {
    const [gone, kept] = ['ad-click', SAMPLES.steady];
    const before = sampleServices();
    const first = await openConsole(before);
    const context = await browser.newContext();
    const page = await context.newPage();
    pages.push(page);
    await page.goto(first.address);
    await page.goto(`http://127.0.0.1:${first.port}/services/${gone}`);
    await page.getByText('is live, version').waitFor();
    await first.close();
    await page.getByText('Connection lost').waitFor();
    // Its people start the console again with the slipway.yaml of today, and open what it prints.
    const config = configOf([...before.config.services.keys()].filter((name) => name !== gone));
    const after = { ...before, config, session: { ...before.session, config } };
    const again = await openConsole(after, { port: first.port });
    const other = await context.newPage();
    await other.goto(again.address);
    await page.getByText('slipway.yaml has no such service.').waitFor({ timeout: 20_000 });
    expect(await page.locator('.link-state').innerText()).toBe('Connected');
    await page.getByRole('link', { name: 'Services', exact: true }).click();
    await page.getByRole('link', { name: kept }).waitFor();
    expect(await page.getByRole('link', { name: gone }).count()).toBe(0);
    await again.close();
  });
});
