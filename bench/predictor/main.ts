/**
 * Compares the predictor with a bare Fastify echo, with a `session.run` a request in Fastify and with Python's servers,
 * in interleaved rounds of distinct requests; by the CPU that a request takes of all processes of a server first:
 *
 *   npm run bench:predictor [-- --json] [--quick] [--model v1|v2] [--rounds N] [--only slipway,echo]
 *
 * --quick measures 64 connections and the batch cells only, with the gradient boosting unless --model says otherwise.
 * What is not installed is skipped, and said to be.
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { bodiesOf, CELLS, QUICK_CELLS, type Cell } from './cells.ts';
import { runLoad } from './load.ts';
import type { Quartiles, Row } from './row.ts';
import { cpuMicros, startSubject, type Subject } from './subject.ts';
import { buildSubjects, MODELS, servers, type Server, type Version } from './subjects.ts';
import { printTable } from './table.ts';

type Sample = Pick<Row, 'rps' | 'cpuMicros' | 'p50Ms' | 'p99Ms'>;
type Running = Server & { readonly process: Subject };

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    model: { type: 'string' },
    rounds: { type: 'string' },
    only: { type: 'string' },
  },
});
// Many short rounds: what else the machine does meets all subjects alike, and quartiles say how much it did.
const ROUNDS = Number(options.rounds ?? (options.quick ? 7 : 9));
const ROUND_MS = 250;

await buildSubjects();
const only = options.only?.split(',') ?? null;
const loads: number[] = [];
const rows: Row[] = [];
for (const { version } of MODELS) {
  if (version === (options.model ?? (options.quick ? 'v2' : version))) rows.push(...(await measure(version)));
}
const [least, most] = [Math.min(...loads), Math.max(...loads)].map((load) => load.toFixed(1));
const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}, ${process.platform} ${process.arch}; ${ROUNDS} rounds of ${ROUND_MS} ms; load average ${least} to ${most}`;
if (options.json) console.log(JSON.stringify({ machine, rows }));
else printTable(machine, rows);

async function measure(version: Version): Promise<Row[]> {
  const chosen = servers(version, (line) => console.error(line)).filter(
    ({ name }) => only === null || name === 'slipway' || only.includes(name),
  );
  const running: Running[] = [];
  try {
    for (const server of chosen) running.push({ ...server, process: await startSubject(server.command) });
    const measured: Row[] = [];
    for (const cell of options.quick ? QUICK_CELLS : CELLS) {
      measured.push(...(await measureCell(version, running, cell)));
      loads.push(loadavg()[0] ?? 0);
    }
    return measured;
  } finally {
    await Promise.all(running.map(({ process }) => process.stop()));
  }
}

async function measureCell(model: Version, running: readonly Running[], cell: Cell): Promise<Row[]> {
  const bodies = { v1: bodiesOf(model, 'v1', cell.instances), v2: bodiesOf(model, 'v2', cell.instances) };
  const samples = new Map(running.map(({ name }) => [name, [] as Sample[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    // Every other round goes backwards, so that a drift of the machine meets all alike.
    for (const server of round % 2 === 0 ? running : running.toReversed()) {
      const sample = await ask(server, bodies[server.protocol], cell);
      // The first one warms up.
      if (round > 0) samples.get(server.name)?.push(sample);
    }
  }
  const own = samples.get('slipway') ?? [];
  return [...samples].map(([subject, taken]) => ({
    model,
    subject,
    ...cell,
    rps: quartiles(taken.map(({ rps }) => rps)).median,
    cpuMicros: quartiles(taken.map((sample) => sample.cpuMicros)).median,
    p50Ms: quartiles(taken.map(({ p50Ms }) => p50Ms)).median,
    p99Ms: quartiles(taken.map(({ p99Ms }) => p99Ms)).median,
    byCpu: quartiles(taken.map((sample, i) => sample.cpuMicros / (own[i]?.cpuMicros ?? Number.NaN))),
    byRate: quartiles(taken.map(({ rps }, i) => (own[i]?.rps ?? Number.NaN) / rps)),
  }));
}

async function ask(
  { process, path }: Running,
  bodies: readonly string[],
  { connections }: Cell,
): Promise<Sample> {
  const before = cpuMicros(process.pid) ?? Number.NaN;
  const { port } = process;
  const { requests, ms, p50Ms, p99Ms } = await runLoad({ port, connections, ms: ROUND_MS, bodies, path });
  const used = (cpuMicros(process.pid) ?? Number.NaN) - before;
  return { rps: (requests / ms) * 1000, cpuMicros: used / requests, p50Ms, p99Ms };
}

function quartiles(values: readonly number[]): Quartiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
  return { low: at(0.25), median: at(0.5), high: at(0.75) };
}
