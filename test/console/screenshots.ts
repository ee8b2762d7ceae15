/** `npm run console:screenshots`: the pictures of docs/console.md, with sample services. */
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openBrowser } from './browser.ts';
import { openConsole } from './open-console.ts';
import { ledgerOf, SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

const FOLDER = fileURLToPath(new URL('../../docs/console/', import.meta.url));
const world = sampleServices();
const failed = ledgerOf(world, SAMPLES.failed).outcomes[0]?.release ?? '';
const PICTURES = [
  ['services', '/', 1280, 860, 'light'],
  ['service', `/services/${SAMPLES.progress}`, 1280, 900, 'light'],
  ['service-dark', `/services/${SAMPLES.progress}`, 1280, 760, 'dark'],
  ['release', `/services/${SAMPLES.failed}/releases/${failed}`, 1280, 980, 'light'],
  ['narrow', `/services/${SAMPLES.progress}`, 360, 900, 'light'],
] as const;

await mkdir(FOLDER, { recursive: true });
const opened = await openConsole(world, { actions: true });
const browser = await openBrowser();
for (const [name, path, width, height, colorScheme] of PICTURES) {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme, reducedMotion: 'reduce' });
  await page.goto(opened.address);
  await page.goto(`${opened.origin}${path}`);
  await page.locator('.link-state.live').waitFor();
  await page.locator('main .card').first().waitFor();
  if (path === '/') await page.locator('.services .share').nth(9).waitFor();
  else if (path.split('/').length === 3) await page.locator('.chain').first().waitFor();
  await page.screenshot({ path: `${FOLDER}${name}.png` });
  process.stdout.write(`docs/console/${name}.png\n`);
  await page.close();
}
await browser.close();
await opened.close();
