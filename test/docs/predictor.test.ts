/** docs/predictor.md: its table is the configuration, its commands run as they stand, its examples name what is there. */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test, vi } from 'vitest';
import { readConfig } from '../../predictor/config.ts';
import { healthOf, startPredictor } from '../predictor/process.ts';

const run = promisify(execFile);
const ROOT = new URL('../../', import.meta.url);
const [PAGE, SOURCE] = await Promise.all(
  ['docs/predictor.md', 'predictor/config.ts'].map((path) => readFile(new URL(path, ROOT), 'utf8')),
);
const BLOCKS = [...(PAGE ?? '').matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim());
const hasJq = await run('jq', ['--version']).then(
  () => true,
  () => false,
);

/** The settings by variable, as config.ts has them, with their defaults. */
function settings(): Record<string, unknown> {
  const defaults: Readonly<Record<string, unknown>> = readConfig({ AIP_STORAGE_URI: 'file:///artifact' });
  const named = (SOURCE ?? '').matchAll(/^ {2}(\w+): \[\s*'((?:AIP|SLIPWAY)_\w+)'/gm);
  return Object.fromEntries([...named].map(([, field = '', variable = '']) => [variable, defaults[field]]));
}

function shown(value: unknown): string {
  if (value === null) return '';
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

test('the table has every setting of ours, with its default', () => {
  const rows = (PAGE ?? '').matchAll(/^\| `(SLIPWAY_\w+)`\s*\| `?([^`|\n]*?)`?\s*\|/gm);
  const table = Object.fromEntries(
    [...rows].map(([, variable = '', fallback = '']) => [variable, fallback.trim()]),
  );
  const ours = Object.entries(settings()).filter(([variable]) => variable.startsWith('SLIPWAY_'));
  expect(ours.length).toBeGreaterThan(20);
  expect(table).toEqual(Object.fromEntries(ours.map(([variable, value]) => [variable, shown(value)])));
});

test('every variable it names is there', () => {
  const names = new Set([...(PAGE ?? '').matchAll(/\b(?:AIP|SLIPWAY)_[A-Z_]+\b/g)].map(([name]) => name));
  expect([...names].filter((name) => !Object.hasOwn(settings(), name))).toEqual([]);
});

test.skipIf(!hasJq)(
  `the first commands serve and ask the example${hasJq ? '' : ' (skipped: needs jq)'}`,
  async () => {
    const [first = ''] = BLOCKS;
    const [start = '', ...ask] = first.split('\n');
    const [, uri = ''] = /^AIP_STORAGE_URI=(\S+) node predictor\/main\.ts$/.exec(start) ?? [];
    const running = await startPredictor(uri.replace('$PWD', fileURLToPath(ROOT).replace(/\/$/, '')));
    await vi.waitFor(async () => expect((await healthOf(running))?.code).toBe(200), { timeout: 20_000 });
    const script = ask.join('\n').replace('localhost:8080', running.url().replace('http://', ''));
    const { stdout } = await run('bash', ['-ec', script], { cwd: fileURLToPath(ROOT) });
    expect(JSON.parse(stdout)).toMatchObject({ predictions: [{ label: 1 }] });
  },
);

test('the other commands build the image, which its own test does without an engine', () => {
  expect(BLOCKS.slice(1)).toEqual([
    'docker build --platform linux/amd64 --file predictor/Dockerfile --tag predictor .',
  ]);
});
