/**
 * Compares the predictor with a bare Fastify echo, with ONNX Runtime alone and with FastAPI, in interleaved rounds:
 *
 *   npm run bench:predictor [-- --json] [--quick] [--model v1|v2]
 *
 * --quick measures 64 connections only, with the logistic regression unless --model says otherwise.
 */
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { runLoad } from './load.ts';
import type { Row } from './row.ts';
import { runSession } from './session.ts';
import { cpuMicros, startSubject, type Subject } from './subject.ts';
import { artifactUri, buildSubjects, hasPeers, MODELS, servers, type Version } from './subjects.ts';
import { printTable } from './table.ts';

type Sample = Pick<Row, 'rps' | 'cpuMicros' | 'p50Ms' | 'p99Ms'>;

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    model: { type: 'string' },
  },
});
// Many short rounds: what else the machine does meets all subjects alike, and a median forgets the rest.
const ROUNDS = options.quick ? 9 : 11;
const ROUND_MS = options.quick ? 300 : 500;
const WARM_UP_MS = options.quick ? 500 : 1000;
const CONNECTIONS = options.quick ? [64] : [1, 16, 64, 256];
const INSTANCES = [1, 32];

await buildSubjects();
if (!hasPeers()) console.error('Without the Python peers: see bench/peers/requirements.txt to install them.');
const chosen = MODELS.filter(
  ({ version }) => version === (options.model ?? (options.quick ? 'v1' : version)),
);
const rows: Row[] = [];
for (const { version } of chosen) rows.push(...(await measure(version)));

const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${process.platform} ${process.arch}`;
if (options.json) console.log(JSON.stringify({ machine, rows }));
else printTable(machine, rows);

async function measure(version: Version): Promise<Row[]> {
  const commands = [...servers(version)];
  const subjects = await Promise.all(
    commands.map(async ([name, command]) => ({ name, process: await startSubject(command) })),
  );
  try {
    const measured: Row[] = [];
    for (const instances of INSTANCES) {
      for (const connections of CONNECTIONS) {
        measured.push(...(await measureServers(version, subjects, connections, instances)));
      }
      measured.push(await measureSession(version, instances));
    }
    return measured;
  } finally {
    await Promise.all(subjects.map(({ process }) => process.stop()));
  }
}

async function measureServers(
  model: Version,
  subjects: readonly { name: string; process: Subject }[],
  connections: number,
  instances: number,
): Promise<Row[]> {
  const bodies = bodiesOf(model, instances);
  const samples = new Map(subjects.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    // Every other round goes backwards, so that a drift of the machine meets all alike.
    for (const { name, process } of round % 2 === 0 ? subjects : subjects.toReversed()) {
      const cpuBefore = cpuMicros(process.pid);
      const ms = round === 0 ? WARM_UP_MS : ROUND_MS;
      const {
        requests,
        ms: took,
        p50Ms,
        p99Ms,
      } = await runLoad({ port: process.port, connections, ms, bodies });
      const cpuAfter = cpuMicros(process.pid);
      if (round === 0) continue;
      const cpu = cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / requests;
      const rps = (requests / took) * 1000;
      samples.get(name)?.push({ rps, cpuMicros: cpu, p50Ms, p99Ms });
    }
  }
  const bar = samples.get('echo') ?? [];
  return [...samples].map(([subject, taken]) => ({
    model,
    subject,
    connections,
    instances,
    ...medians(taken),
    timesEcho: median(taken.map(({ rps }, i) => rps / (bar[i]?.rps ?? rps))),
    timesEchoByCpu: median(taken.map(({ cpuMicros: cpu }, i) => (bar[i]?.cpuMicros ?? 0) / (cpu ?? 1))),
  }));
}

async function measureSession(model: Version, instances: number): Promise<Row> {
  const file = `${artifactUri(model).pathname}/model.onnx`;
  const rows = goldenInstances(model);
  const batch = Array.from({ length: instances }, (_, i) => rows[i % rows.length] ?? []);
  const taken: Sample[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { requests, ms, cpuMicros, ...tails } = await runSession({
      model: file,
      rows: batch,
      ms: ROUND_MS,
    });
    taken.push({ rps: (requests / ms) * 1000, cpuMicros: cpuMicros / requests, ...tails });
  }
  return {
    model,
    subject: 'session',
    connections: 0,
    instances,
    ...medians(taken),
    timesEcho: null,
    timesEchoByCpu: null,
  };
}

function medians(taken: readonly Sample[]): Sample {
  const cpu = taken.map((sample) => sample.cpuMicros ?? Number.NaN);
  return {
    rps: median(taken.map((sample) => sample.rps)),
    cpuMicros: cpu.some(Number.isNaN) ? null : median(cpu),
    p50Ms: median(taken.map((sample) => sample.p50Ms)),
    p99Ms: median(taken.map((sample) => sample.p99Ms)),
  };
}

/** To four digits, which is more than such measurements mean. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? 0).toPrecision(4));
}

/** Twenty bodies, each beginning with another row, so that no cache answers. */
function bodiesOf(model: Version, instances: number): string[] {
  const rows = goldenInstances(model);
  return rows.map((_, first) =>
    JSON.stringify({
      instances: Array.from({ length: instances }, (_, i) => rows[(first + i) % rows.length]),
    }),
  );
}

function goldenInstances(model: Version): number[][] {
  const lines = readFileSync(`${artifactUri(model).pathname}/golden.jsonl`, 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => JSON.parse(line).instance);
}
