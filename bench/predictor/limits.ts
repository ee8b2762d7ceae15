/**
 * What the table does not show: start, memory, what batching costs a lone caller, the tail after a burst, and how
 * long the health route waits under load that is meant to harm.
 *
 *   node bench/predictor/limits.ts
 */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { slow } from '../../test/predictor/models.ts';
import { bodiesOf } from './cells.ts';
import { runLoad } from './load.ts';
import { cpuMicros, residentMb, startSubject, type Command, type Subject } from './subject.ts';
import { artifactUri, buildSubjects, echo, fastapi, hasPeers, slipway } from './subjects.ts';

const STARTS = 9;
const ROUNDS = 11;
const UNCHECKED = { SLIPWAY_TRIAL: 'off', SLIPWAY_GOLDEN: 'off' };

await buildSubjects();
await starts();
await lone();
await burst();
await healthUnderLoad();

/** Start to the first 200, and memory then and after three seconds of load. */
async function starts(): Promise<void> {
  const commands = new Map<string, Command>([
    ['echo', echo()],
    ['every check', slipway('v2')],
    ['no trial, no golden', slipway('v2', UNCHECKED)],
    ...(hasPeers() ? [['fastapi-onnxruntime', fastapi('v2', 'onnxruntime')] as const] : []),
  ]);
  const times = new Map([...commands.keys()].map((name) => [name, [] as number[]]));
  for (let round = 0; round < STARTS; round += 1) {
    for (const [name, command] of commands) {
      const subject = await startSubject(command);
      times.get(name)?.push(subject.startMs);
      await subject.stop();
    }
  }
  const bar = median(times.get('echo') ?? []);
  for (const [name, taken] of times) {
    report(`start, ${name}`, `${median(taken).toFixed(0)} ms, ${(median(taken) / bar).toFixed(2)} × echo`);
  }
  const subject = await startSubject(slipway('v2'));
  const atStart = residentMb(subject.pid);
  for (const [connections, instances] of [
    [64, 1],
    [64, 32],
    [256, 1],
  ] as const) {
    await runLoad({ port: subject.port, connections, ms: 2000, bodies: bodiesOf('v2', 'v1', instances) });
  }
  report('memory', `${atStart} MB at start, ${residentMb(subject.pid)} MB after load`);
  await subject.stop();
}

/** One connection: the predictor against itself with batching off, and against the echo. */
async function lone(): Promise<void> {
  // One after the other: of two that look for a free port at once, both may find the same.
  const subjects: Subject[] = [];
  for (const command of [slipway('v1'), slipway('v1', { SLIPWAY_BATCHING: 'off' }), echo()])
    subjects.push(await startSubject(command));
  const samples = subjects.map(() => [] as { rps: number; cpu: number; p50: number }[]);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [i, subject] of subjects.entries()) {
      const cpu = cpuMicros(subject.pid) ?? 0;
      const load = await runLoad({
        port: subject.port,
        connections: 1,
        ms: 700,
        bodies: bodiesOf('v1', 'v1', 1),
      });
      const used = ((cpuMicros(subject.pid) ?? 0) - cpu) / load.requests;
      if (round > 0) samples[i]?.push({ rps: (load.requests / load.ms) * 1000, cpu: used, p50: load.p50Ms });
    }
  }
  const [on = [], off = [], bar = []] = samples;
  const ratio = (a: typeof on, b: typeof on, pick: (sample: (typeof on)[number]) => number): string =>
    median(a.map((sample, i) => pick(sample) / pick(b[i] ?? sample))).toFixed(2);
  report(
    'one connection, × echo',
    `${ratio(on, bar, (s) => s.rps)} requests/s, ${ratio(bar, on, (s) => s.cpu)} CPU`,
  );
  report(
    'one connection, batching on ÷ off',
    `${ratio(on, off, (s) => s.p50)} p50, ${ratio(on, off, (s) => s.cpu)} CPU`,
  );
  await Promise.all(subjects.map((subject) => subject.stop()));
}

/** The tail of a lone caller right after 256 connections have stopped. */
async function burst(): Promise<void> {
  const subject = await startSubject(slipway('v1'));
  const tails: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await runLoad({ port: subject.port, connections: 256, ms: 1000, bodies: bodiesOf('v1', 'v1', 1) });
    tails.push(
      (await runLoad({ port: subject.port, connections: 1, ms: 1000, bodies: bodiesOf('v1', 'v1', 1) }))
        .p99Ms,
    );
  }
  report('p99 of one connection after a burst', `${median(tails).toFixed(2)} ms`);
  await subject.stop();
}

async function healthUnderLoad(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'slow-model-'));
  writeFileSync(join(folder, 'model.onnx'), slow(512, 800));
  const example = await startSubject(slipway('v2'));
  const stalling = await startSubject(slipway('v2', { AIP_STORAGE_URI: pathToFileURL(folder).href }));
  const quiet = await healthWaits(example, () => pause(3000));
  report('health, nothing else going on', quiet);

  const large = [JSON.stringify({ instances: repeated(golden()[0], 7400) })];
  const largeKb = Math.round((large[0]?.length ?? 0) / 1000);
  report(
    `health, 4 connections of ${largeKb} kB bodies`,
    await healthWaits(example, () =>
      runLoad({ port: example.port, connections: 4, ms: 4000, bodies: large }),
    ),
  );
  report(
    'health, 256 connections of 32 instances',
    await healthWaits(example, () =>
      runLoad({ port: example.port, connections: 256, ms: 4000, bodies: bodiesOf('v2', 'v1', 32) }),
    ),
  );
  report('health, 500 connections that drip', await healthWaits(example, () => drip(example.port, 500)));
  const scales = [JSON.stringify({ instances: [[1], [2], [3]] })];
  report(
    'health, a model whose batch takes 100 ms, 16 connections',
    await healthWaits(stalling, () =>
      runLoad({ port: stalling.port, connections: 16, ms: 4000, bodies: scales }),
    ),
  );
  await Promise.all([example.stop(), stalling.stop()]);
  rmSync(folder, { recursive: true });
}

/** How long the health route takes to answer while `work` goes on. */
async function healthWaits(subject: Subject, work: () => Promise<unknown>): Promise<string> {
  const probe = new Worker(new URL('health-probe.ts', import.meta.url), { workerData: subject.port });
  await work();
  const answered = once(probe, 'message');
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
  probe.postMessage('stop');
  const [waits = []]: number[][] = await answered;
  const sorted = waits.toSorted((a, b) => a - b);
  const p99 = sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  return `p50 ${median(waits).toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, most ${sorted.at(-1)?.toFixed(1)} ms`;
}

/** Connections that send a byte of their body now and then. */
async function drip(port: number, count: number): Promise<void> {
  const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1').on('error', () => {}));
  const head =
    'POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n';
  for (const socket of sockets) socket.write(head);
  for (let round = 0; round < 20; round += 1) {
    await pause(200);
    for (const socket of sockets) socket.write(' ');
  }
  for (const socket of sockets) socket.destroy();
}

function golden(): unknown[] {
  const text = readFileSync(`${artifactUri('v1').pathname}/golden.jsonl`, 'utf8');
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).instance);
}

function repeated(row: unknown, count: number): unknown[] {
  return Array.from({ length: count }, () => row);
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

function report(what: string, result: string): void {
  console.log(`${what}: ${result}`);
}
