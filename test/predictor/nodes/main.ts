/**
 * `npm run onnx:nodes -- [--only TEXT] [--json]`: ONNX's own node tests, served by the predictor. They come with the
 * package onnx of Python (SLIPWAY_PYTHON, else .venv/bin/python). A model that hangs here is started once more as
 * Vertex AI would, with a trial of 20 s, which has to end it. Exit code 1: one crashed, failed with 5xx, or hung.
 */
import { execFileSync, fork, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { copyFileSync } from 'node:fs';
import type { NodeTest, Report, Verdict } from './node-test.ts';

const { values } = parseArgs({
  options: { only: { type: 'string' }, json: { type: 'boolean', default: false } },
});
const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const PYTHON = process.env['SLIPWAY_PYTHON'] ?? here('../../../.venv/bin/python');
const HANGS_AFTER_MS = 30_000;
const TRIAL_MS = 20_000;
const PATIENCE_MS = TRIAL_MS + 100_000;
const OUTPUT_MAX = 2 ** 30;

if (spawnSync(PYTHON, ['-c', 'import onnx']).status !== 0) {
  console.log('onnx:nodes: skipped: needs a Python with the package onnx in SLIPWAY_PYTHON or .venv');
  process.exit(0);
}

const folder = mkdtempSync(join(tmpdir(), 'onnx-nodes-'));
const tests = dump().filter(({ name }) => name.includes(values.only ?? ''));
const reports: Report[] = [];
let child = start();
for (const test of tests) {
  const report = await judge(test);
  reports.push(report);
  const { name, verdict, why } = report;
  if (['failed', 'hangs', 'crashes', 'different'].includes(verdict))
    say(`${verdict}: ${name}: ${why.slice(0, 300)}`);
  if (reports.length % 200 === 0) say(`${reports.length} of ${tests.length}`);
}
child.kill('SIGKILL');
rmSync(folder, { recursive: true, force: true });

const counts: Partial<Record<Verdict, number>> = {};
for (const { verdict } of reports) counts[verdict] = (counts[verdict] ?? 0) + 1;
say(
  `${tests.length} models: ${Object.entries(counts)
    .map(([verdict, count]) => `${count} ${verdict}`)
    .join(', ')}`,
);
if (values.json) process.stdout.write(`${JSON.stringify(reports)}\n`);
process.exit((counts.crashes ?? 0) + (counts.failed ?? 0) + (counts.hangs ?? 0) === 0 ? 0 : 1);

function say(text: string): void {
  (values.json ? process.stderr : process.stdout).write(`${text}\n`);
}

function dump(): NodeTest[] {
  const text = execFileSync(PYTHON, [here('dump.py'), folder], {
    encoding: 'utf8',
    maxBuffer: OUTPUT_MAX,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line): NodeTest => JSON.parse(line));
}

function start(): ChildProcess {
  return fork(here('child.ts'), { serialization: 'advanced', stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
}

async function judge(test: NodeTest): Promise<Report> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), HANGS_AFTER_MS);
  const crash = once(child, 'exit', { signal: limit.signal }).then(([code, signal]): Report => ({
    name: test.name,
    verdict: 'crashes',
    why: String(signal ?? code),
  }));
  const reply = once(child, 'message', { signal: limit.signal }).then(([report]): Report => report);
  try {
    child.send(test);
    const report = await Promise.race([reply, crash]);
    if (report.verdict === 'crashes') child = start();
    return report;
  } catch {
    child.kill('SIGKILL');
    child = start();
    return await tryAsProcess(test);
  } finally {
    clearTimeout(timer);
    limit.abort();
    void Promise.allSettled([reply, crash]);
  }
}

/** A model that hangs has to be refused, with the reason, once the trial's time is over. */
async function tryAsProcess({ name, model }: NodeTest): Promise<Report> {
  const artifact = mkdtempSync(join(folder, 'artifact-'));
  copyFileSync(model, join(artifact, 'model.onnx'));
  const env = {
    PATH: process.env['PATH'],
    AIP_STORAGE_URI: pathToFileURL(artifact).href,
    AIP_HTTP_PORT: '0',
    SLIPWAY_TRIAL_TIMEOUT_MS: String(TRIAL_MS),
  };
  const result = spawnSync(process.execPath, [here('../../../predictor/main.ts')], {
    env,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  const line = result.stdout.split('\n').find((each) => each.includes('model refused'));
  if (result.status === 1 && line !== undefined)
    return { name, verdict: 'refused', why: JSON.parse(line).causes.join(': ') };
  return { name, verdict: 'hangs', why: `not refused within ${PATIENCE_MS} ms of a trial of ${TRIAL_MS} ms` };
}
