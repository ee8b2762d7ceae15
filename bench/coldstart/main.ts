/**
 * `npm run bench:coldstart [-- --json] [--runs 11]`: what the start of a function costs, from the start of its process
 * to the answer to its first push, which is a tick of a service at rest: two reads of Cloud Storage and the first
 * call to Vertex AI, against the emulator. The subjects take turns; what is told are medians. Linux only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { loadConfig } from '../../functions/config/config.ts';
import { buildFunctions } from '../../scripts/build.ts';
import { startLocalGoogle } from './local-google.ts';
import { coldStart, type Sample, type Subject } from './start.ts';

const { values } = parseArgs({
  options: { json: { type: 'boolean', default: false }, runs: { type: 'string', default: '11' } },
});
const runs = Number(values.runs);
if (!Number.isInteger(runs) || runs < 1)
  throw new Error(`--runs: expected a whole number, got ${values.runs}`);
if (process.platform !== 'linux') throw new Error(`expected Linux, for its /proc, got ${process.platform}`);

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CONFIG = join(ROOT, 'slipway.yaml');
const SUBJECTS = join(import.meta.dirname, 'subjects');
const stock = createRequire(import.meta.url)
  .resolve('@google-cloud/functions-framework')
  .replace(/index\.js$/, 'main.js');

const out = mkdtempSync(join(tmpdir(), 'slipway-coldstart-'));
const { folder } = await buildFunctions({ out, config: CONFIG });
const google = await startLocalGoogle(loadConfig({ SLIPWAY_CONFIG: CONFIG }));
const subjects: Subject[] = [
  { name: 'bundle', framework: join(folder, 'framework/main.js'), source: folder },
  { name: 'unbundled', framework: stock, source: ROOT },
  { name: 'full-import', framework: stock, source: join(SUBJECTS, 'full-import.cjs') },
  { name: 'hello-world', framework: stock, source: join(SUBJECTS, 'hello-world.cjs') },
];
const samples = new Map<string, Sample[]>(subjects.map(({ name }) => [name, []]));
try {
  for (let run = 0; run < runs; run += 1) {
    for (const subject of subjects) {
      const env = { ...google.env, SLIPWAY_CONFIG: CONFIG };
      samples.get(subject.name)?.push(await coldStart(subject, env, google.push));
    }
  }
} finally {
  await google.close();
  rmSync(out, { recursive: true, force: true });
}

const rows = [...samples].map(([subject, taken]) => ({
  subject,
  wallMs: Math.round(median(taken.map((sample) => sample.wallMs))),
  cpuMs: Math.round(median(taken.map((sample) => sample.cpuMs))),
  rssMb: Math.round(median(taken.map((sample) => sample.rssMb))),
}));
if (values.json) {
  console.log(JSON.stringify({ rows }));
} else {
  console.log('subject       wall ms   CPU ms   RSS MiB');
  for (const { subject, wallMs, cpuMs, rssMb } of rows) {
    console.log(`${subject.padEnd(12)}${pad(wallMs)}${pad(cpuMs)}${pad(rssMb, 10)}`);
  }
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

function pad(value: number, width = 9): string {
  return String(value).padStart(width);
}
