/** The pages in a real browser: they are accessible, say what they should, and run nothing that others have written. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { CallError } from '../../functions/errors.ts';
import { axeFindings, CHROMIUM, errorsOf, openBrowser, WITHOUT } from './browser.ts';
import { openConsole, type Opened } from './open-console.ts';
import { change, ledgerOf, SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

vi.setConfig({ testTimeout: 90_000, hookTimeout: 90_000 });

describe.skipIf(CHROMIUM === null)(`the pages${CHROMIUM === null ? WITHOUT : ''}`, () => {
  const world = sampleServices(40);
  const failed = ledgerOf(world, SAMPLES.failed).outcomes[0]?.release ?? '';
  const paths = [
    '/',
    `/services/${SAMPLES.progress}`,
    `/services/${SAMPLES.drifted}`,
    `/services/${SAMPLES.empty}`,
    `/services/${SAMPLES.parked}`,
    `/services/${SAMPLES.unreadable}`,
    `/services/${SAMPLES.failed}/releases/${failed}`,
  ];
  let opened: Opened;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let errors: string[];

  beforeAll(async () => {
    opened = await openConsole(world, { actions: true });
    browser = await openBrowser();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    page = await context.newPage();
    errors = errorsOf(page);
    await page.goto(opened.address);
    await page.getByText('Live', { exact: true }).first().waitFor();
  });

  afterAll(async () => {
    await browser?.close();
    await opened?.close();
  });

  beforeEach(() => {
    errors.length = 0;
  });

  const show = async (path: string) => {
    await page.goto(`${opened.origin}${path}`);
    await page.locator('.link-state.live').waitFor();
    await page.locator('main .card, main .nothing').first().waitFor();
  };

  it.each(['light', 'dark'] as const)(
    'have no finding of axe-core, no error and no overflow, %s',
    async (colorScheme) => {
      await page.emulateMedia({ colorScheme });
      for (const path of paths) {
        for (const width of [1280, 360]) {
          await page.setViewportSize({ width, height: 800 });
          await show(path);
          if (path.includes('churn')) await page.locator('.chain').first().waitFor();
          expect([path, width, ...(await axeFindings(page))]).toEqual([path, width]);
          const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          expect([path, width, overflow]).toEqual([path, width, 0]);
        }
      }
      expect(errors).toEqual([]);
      await page.setViewportSize({ width: 1280, height: 800 });
    },
  );

  it('are sorted, searched and filtered by keyboard', async () => {
    await show('/');
    await page.keyboard.press('/');
    await page.keyboard.type('demand');
    await expect.poll(() => page.locator('.services tbody tr').count()).toBe(1);
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: /^Service/ }).focus();
    await page.keyboard.press('Enter');
    const first = page.locator('.services tbody th a').first();
    await expect.poll(() => first.textContent()).toBe('ad-click');
    await page.keyboard.press('Enter');
    await expect.poll(() => first.textContent()).toBe(SAMPLES.empty);
    await page.getByRole('button', { name: /^On hold/ }).press('Space');
    await expect.poll(() => page.locator('.services tbody tr').count()).toBe(1);
    expect(errors).toEqual([]);
  });

  it('draw the numbers behind each verdict, with the same in words', async () => {
    await show(`/services/${SAMPLES.progress}`);
    const plots = await page
      .locator('svg.plot')
      .evaluateAll((all) => all.map((plot) => plot.getAttribute('aria-label')));
    expect(plots).toEqual([
      '24 golden rows, 0 beyond the tolerance of 0.001',
      "24 rows: the candidate's answer against the live model's, 0 of them outside the tolerance",
      expect.stringMatching(/^Errors of the candidate: .* %, of the live model 0\.21 %, limit 1\.2 %$/),
      expect.stringMatching(/^p95 of the candidate: \d+ ms, of the live model \d+ ms, limit \d+ ms$/),
    ]);
    await show(`/services/${SAMPLES.failed}/releases/${failed}`);
    const label = await page.locator('svg.plot').first().getAttribute('aria-label');
    expect(label).toBe('24 golden rows, 4 beyond the tolerance of 0.001');
  });

  it('write HTML of a ledger as text, and run none of it', async () => {
    const evil = '<img src=x onerror="document.title=1"><script>document.title=1</script>{{constructor}}${1}';
    change(world, SAMPLES.steady, { hold: { since: Date.now(), reason: evil } });
    await show(`/services/${SAMPLES.steady}`);
    await page.getByText(evil).first().waitFor();
    expect(await page.title()).toBe(`${SAMPLES.steady} · Slipway`);
    expect(await page.locator('main img, main script').count()).toBe(0);
    await page
      .evaluate(
        `document.body.append(Object.assign(document.createElement('script'), { textContent: 'document.title = "run"' }))`,
      )
      .catch(() => {});
    expect(await page.title()).not.toBe('run');
    errors.length = 0;
  });

  it('serve eight tabs by one connection', async () => {
    const tabs = await Promise.all(Array.from({ length: 7 }, () => context.newPage()));
    await Promise.all(tabs.map((tab) => tab.goto(`${opened.origin}/`)));
    change(world, SAMPLES.steady, { hold: { since: Date.now(), reason: 'for eight tabs' } });
    for (const tab of tabs) {
      const row = tab.locator('.services tr', { hasText: SAMPLES.steady });
      await expect.poll(() => row.textContent(), { timeout: 10_000 }).toContain('On hold');
    }
    await Promise.all(tabs.map((tab) => tab.close()));
  });

  it('say when the connection is lost, and when another start of the console locks them out', async () => {
    const other = await openConsole(world);
    const tab = await context.newPage();
    await tab.goto(other.address);
    await tab.locator('.link-state.live').waitFor();
    await other.close();
    await expect
      .poll(() => tab.locator('.link-state').textContent(), { timeout: 10_000 })
      .toContain('Connection lost');
    const again = await openConsole(world, { port: other.port });
    await expect
      .poll(() => tab.locator('h1').textContent(), { timeout: 15_000 })
      .toBe('This console is locked');
    await tab.goto(again.address);
    await expect.poll(() => tab.locator('h1').textContent(), { timeout: 10_000 }).toBe('Services');
    await tab.close();
    await again.close();
  });

  it('confirm an action with the message to be published, closed by Escape and by its button', async () => {
    await show(`/services/${SAMPLES.progress}`);
    await page.getByRole('button', { name: 'Abort…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.message').waitFor();
    expect(JSON.parse((await dialog.locator('.message').textContent()) ?? '')).toMatchObject({
      service: SAMPLES.progress,
      action: 'abort',
    });
    expect(await axeFindings(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await expect.poll(() => dialog.isVisible()).toBe(false);
    expect(world.published).toEqual([]);
    await page.getByRole('button', { name: 'Hold…' }).click();
    await dialog.getByLabel('Reason').fill('too many errors');
    await dialog.getByLabel('Reason').press('Tab');
    await expect.poll(() => dialog.locator('.message').textContent()).toContain('too many errors');
    await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
    await expect
      .poll(() => world.published)
      .toEqual([{ schema: 1, service: SAMPLES.progress, action: 'hold', reason: 'too many errors' }]);
    expect(errors).toEqual([]);
  });

  it('are acted on by keyboard alone; a double confirmation publishes once', async () => {
    world.published.length = 0;
    await show(`/services/${SAMPLES.parked}`);
    await page.getByRole('button', { name: 'Wake…' }).focus();
    await page.keyboard.press('Enter');
    const dialog = page.getByRole('dialog');
    await dialog.locator('.message').waitFor();
    for (let n = 0; n < 4; n += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate('document.activeElement?.textContent?.trim() === "Wake"')) break;
    }
    await page.evaluate('document.activeElement.click(); document.activeElement.click()');
    await expect.poll(() => dialog.isVisible()).toBe(false);
    expect(world.published).toEqual([{ schema: 1, service: SAMPLES.parked, action: 'wake' }]);
    await page.getByText('the request is published').first().waitFor();
    expect(await page.evaluate('document.activeElement?.textContent')).toBe('Wake…');
    expect(errors).toEqual([]);
  });

  it("show Google's words where a request cannot be published, and publish it on another attempt", async () => {
    world.published.length = 0;
    await show(`/services/${SAMPLES.failed}`);
    await page.getByRole('button', { name: 'Hold…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('.message').waitFor();
    world.refusal = new CallError(
      'Publish',
      'PERMISSION_DENIED',
      'User not authorized to perform this action.',
    );
    await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
    await dialog.getByText('User not authorized to perform this action.').waitFor();
    expect([await axeFindings(page), world.published]).toEqual([[], []]);
    world.refusal = null;
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await dialog.locator('.alert').waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
    await expect
      .poll(() => world.published)
      .toEqual([{ schema: 1, service: SAMPLES.failed, action: 'hold' }]);
    errors.length = 0;
  });
});
