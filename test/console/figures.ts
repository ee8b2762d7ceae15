/** `npm run console:figures`: what docs/console.md states, measured with 200 services. */
import { gzipSync } from 'node:zlib';
import { axeFindings, errorsOf, openBrowser } from './browser.ts';
import { openConsole } from './open-console.ts';
import { ledgerOf, SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

const ROUNDS = 7;
const world = sampleServices(200);
const failed = ledgerOf(world, SAMPLES.failed).outcomes[0]?.release ?? '';
const opened = await openConsole(world);
const browser = await openBrowser();
const pause = (ms: number) =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
const say = (what: string, figure: unknown) => process.stdout.write(`${what.padEnd(52)} ${String(figure)}\n`);

// Everything has been read once, as in a console that somebody has open.
await opened.get('/api/services');
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
const page = await context.newPage();
const errors = errorsOf(page);
let bytes = 0;
const devtools = await context.newCDPSession(page);
await devtools.send('Network.enable');
devtools.on('Network.loadingFinished', ({ encodedDataLength }) => {
  bytes += encodedDataLength;
});
await page.goto(opened.address);
await page.locator('.services tbody tr').nth(199).waitFor();
await pause(1_000);
say('bytes of the first page, 200 services, without cache', bytes);

const drawn: number[] = [];
for (let n = 0; n < ROUNDS; n += 1) {
  await page.reload();
  await page.locator('.services tbody tr').nth(199).waitFor();
  drawn.push(
    await page.evaluate(
      `(() => { const [nav] = performance.getEntriesByType('navigation'); return performance.getEntriesByName('drawn')[0].startTime - nav.responseStart; })()`,
    ),
  );
}
say(
  'ms from the first byte to the table in view, median',
  Math.round(drawn.toSorted((a, b) => a - b)[3] ?? 0),
);

const findings: string[] = [];
for (const path of ['/', `/services/${SAMPLES.progress}`, `/services/${SAMPLES.failed}/releases/${failed}`]) {
  await page.goto(`${opened.origin}${path}`);
  await page.locator('main .card').first().waitFor();
  await pause(500);
  findings.push(...(await axeFindings(page)));
}
say('findings of axe-core', findings.length);
say("errors and warnings in the browser's console", errors.length);

const readsIn = async (ms: number) => {
  const sum = () => [...world.reads.values()].reduce((a, b) => a + b, 0);
  const before = sum();
  await pause(ms);
  return Math.round(((sum() - before) * 60_000) / ms);
};
await pause(5_000);
say('reads of Google a minute, one tab', await readsIn(15_000));
const headers = { cookie: opened.cookie };
const stop = new AbortController();
await Promise.all(
  Array.from({ length: 19 }, () => fetch(`${opened.origin}/api/live`, { headers, signal: stop.signal })),
);
say('reads of Google a minute, twenty', await readsIn(15_000));
stop.abort();
const list = await (await opened.get('/api/services')).text();
say('bytes of the table of 200 services, packed', gzipSync(list, { level: 4 }).length);
await browser.close();
await opened.close();
