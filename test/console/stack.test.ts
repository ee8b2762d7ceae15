/** The console on the whole local stack, in a browser: a release from its artifact to Live, a gate that fails, a rollback. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openSession } from '../../cli/session.ts';
import { startConsole, type Console } from '../../console/server.ts';
import { example, mixedUp } from '../support/artifacts.ts';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';
import { CHROMIUM, errorsOf, openBrowser, WITHOUT } from './browser.ts';

/** The predictor asks its golden rows itself, and the wrong candidate would never come up. Other images do not. */
const UNCHECKED = { env: { SLIPWAY_GOLDEN: 'off' } };

vi.setConfig({ testTimeout: 150_000, hookTimeout: 90_000 });

describe.skipIf(CHROMIUM === null)(
  `the console on the local stack${CHROMIUM === null ? WITHOUT : ''}`,
  () => {
    let local: LocalStack;
    let opened: Console;
    let browser: Browser;
    let page: Page;
    let errors: string[];

    beforeAll(async () => {
      const gates = { golden: { tolerance: 0.0001 } };
      const rollout = { strategy: 'canary', steps: [{ traffic: 20, bake: '2s' }], standby: '10m', gates };
      local = await startLocalStack({ churn: { rollout, serving: UNCHECKED } });
      const { stack } = local;
      const session = openSession({ config: stack.config.path }, stack.env);
      opened = await startConsole({ session, port: 0, actions: true, local: stack.url });
      browser = await openBrowser();
      page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
      errors = errorsOf(page);
      await page.goto(opened.address);
    });

    afterAll(async () => {
      await browser?.close();
      await opened?.close();
      await local?.close();
    });

    const shows = async (text: RegExp | string, timeout = 60_000) => {
      await expect.poll(() => page.locator('main').innerText(), { timeout }).toMatch(text);
    };

    it('watches an artifact land and go live, without loading the page again', async () => {
      await shows('No release');
      await page.getByRole('link', { name: 'churn' }).click();
      await shows('Nothing is live');
      await local.land('churn', 'v1');
      await shows(/In progress: v1/);
      await shows(/v1 is live, version 1/);
      await expect.poll(() => page.locator('.models').innerText(), { timeout: 10_000 }).toMatch(/100 %\s+v1/);
    });

    it('shows which golden rows a candidate has answered wrongly, and that it was rolled back', async () => {
      await local.atRest('churn');
      await local.landFiles('churn', 'v2', await mixedUp());
      await page.getByRole('link', { name: 'v2', exact: true }).first().click({ timeout: 90_000 });
      await shows(/Rolled back/, 90_000);
      await shows('GATE_GOLDEN');
      await expect
        .poll(() => page.locator('svg.plot').first().getAttribute('aria-label'))
        .toMatch(/golden rows, [1-9]\d* beyond the tolerance/);
      await page.getByRole('link', { name: 'churn' }).click();
      await shows(/v1 is live, version 1/);
    });

    it('releases an artifact that is named, and rolls it back, each by a confirmation', async () => {
      await local.atRest('churn');
      await local.landFiles('churn', 'v3', await example('v2'));
      await shows(/v3 is live/, 90_000);
      await local.atRest('churn');
      const dialog = page.getByRole('dialog');
      await page.getByRole('button', { name: 'Roll back…' }).click();
      await dialog.getByText('back to v1: it is still deployed').waitFor();
      await dialog.getByRole('button', { name: 'Roll back', exact: true }).click();
      await shows(/v1 is live/, 90_000);
      await local.atRest('churn');
      expect((await local.ledger('churn')).live?.request.marker).toContain('/v1/');
      await page.getByRole('button', { name: 'Release…' }).click();
      await dialog.getByLabel('Artifact').fill('gs://e2e-project-models/churn/v3/');
      await dialog.getByLabel('Artifact').press('Tab');
      await expect.poll(() => dialog.locator('.message').textContent()).toContain('/v3/');
      await dialog.getByText(/v3 would end/).waitFor();
      await dialog.getByRole('button', { name: 'Publish the request' }).click();
      await shows(/v3 is live/, 90_000);
      await local.atRest('churn');
      expect((await local.ledger('churn')).live?.request).toMatchObject({ askedBy: 'request' });
    });

    it('holds the service after a confirmation, and shows it held', async () => {
      await local.atRest('churn');
      await page.getByRole('button', { name: 'Hold…' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Reason').fill('looking at the golden rows');
      await dialog.getByLabel('Reason').press('Tab');
      await expect
        .poll(() => dialog.locator('.message').textContent())
        .toContain('looking at the golden rows');
      await dialog.getByRole('button', { name: 'Hold', exact: true }).click();
      await shows(/On hold since .*looking at the golden rows/s);
      expect((await local.ledger('churn')).hold?.reason).toBe('looking at the golden rows');
      expect(errors).toEqual([]);
    });
  },
);
