/**
 * Batch prediction on the local stack's job runner: rows a second with the predictor, and with FastAPI and scikit-learn
 * as container of the same jobs, in turns; and whether every row is answered as online, bit for bit.
 *
 *   npm run bench:batch [-- --json] [--rows 10000] [--rounds 9] [--replicas 2] [--model v1|v2]
 *   npm run bench:batch -- --calls 30   what one job of so many minutes costs in calls of Google
 *   npm run bench:batch -- --memory 2000   what the function needs of memory for an input of so many MB
 */
import { cpus, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { cpuMicros, startSubject, type Subject } from '../predictor/subject.ts';
import { buildSubjects, fastapi, hasPeers, MODELS, slipway } from '../predictor/subjects.ts';
import { measureCalls } from './calls.ts';
import { openBench, type Bench } from './jobs.ts';
import { measureMemory } from './memory.ts';
import { inputOf, instances } from './rows.ts';

/** Minutes between a sweep and the landing of an input, for each in turn. */
const LANDINGS = [1, 4, 7.5, 11, 14];

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rows: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '9' },
    replicas: { type: 'string', default: '2' },
    model: { type: 'string', default: 'v1' },
    calls: { type: 'string' },
    memory: { type: 'string' },
  },
});
if (options.calls !== undefined) {
  console.table(await measureCalls(Number(options.calls), LANDINGS), [
    'minutes',
    'lateSeconds',
    'calls',
    'callsAtRest',
  ]);
  process.exit(0);
}
if (options.memory !== undefined) {
  const megabytes = Number(options.memory);
  console.table([await measureMemory(megabytes, false), await measureMemory(megabytes, true)]);
  process.exit(0);
}
const ROWS = Number(options.rows);
const ROUNDS = Number(options.rounds);
const REPLICAS = Number(options.replicas);
const INPUT = 'rows.jsonl';

interface Sample {
  readonly rowsPerSecond: number;
  /** Of the server, microseconds a row; NaN where /proc is not there. */
  readonly cpuMicros: number;
}

const version = MODELS.find((model) => model.version === options.model)?.version ?? 'v1';
await buildSubjects();
// With the ID of an endpoint and on none, it answers a batch.
const commands = new Map([['slipway', slipway(version, { SLIPWAY_ENDPOINT_ID: '1' })]]);
if (hasPeers()) commands.set('fastapi-sklearn', fastapi(version, 'sklearn'));
else console.error('Without the Python peer: see bench/peers/requirements.txt to install it.');
const servers = new Map<string, Subject>();
for (const [name, command] of commands) servers.set(name, await startSubject(command));
const bench = await openBench(version, servers);
try {
  const rows = instances(version, ROWS);
  bench.emulator.store.putObject('inputs', INPUT, inputOf(rows));
  const samples = await measure(bench);
  report(samples, await differences(bench, rows));
} finally {
  await bench.close();
  for (const server of servers.values()) await server.stop();
}

/** The first round warms everything up. Every other one goes backwards, so that a drift meets both alike. */
async function measure(jobs: Bench): Promise<Map<string, Sample[]>> {
  const samples = new Map([...servers.keys()].map((name) => [name, [] as Sample[]]));
  for (let round = 0; round <= ROUNDS; round += 1) {
    const order = [...servers];
    for (const [name, { pid }] of round % 2 === 0 ? order : order.toReversed()) {
      const before = cpuMicros(pid) ?? Number.NaN;
      const { ms } = await jobs.run(name, INPUT, REPLICAS);
      const cpu = (cpuMicros(pid) ?? Number.NaN) - before;
      if (round > 0) samples.get(name)?.push({ rowsPerSecond: (ROWS / ms) * 1000, cpuMicros: cpu / ROWS });
    }
  }
  return samples;
}

/** How many rows the job answers otherwise than the endpoint, or not at all. */
async function differences(jobs: Bench, rows: readonly number[][]): Promise<number> {
  const { predictions } = await jobs.run('slipway', INPUT, REPLICAS);
  const online = await jobs.ask('slipway', rows);
  return rows.filter((row, i) => predictions.get(JSON.stringify(row)) !== online[i]).length;
}

function report(samples: ReadonlyMap<string, readonly Sample[]>, different: number): void {
  const [own = [], peer = []] = samples.values();
  const ratio = (of: (sample: Sample, other: Sample) => number): number =>
    median(own.flatMap((sample, i) => (peer[i] === undefined ? [] : [of(sample, peer[i])])));
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, load ${loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
  const result = {
    machine,
    model: version,
    rows: ROWS,
    replicas: REPLICAS,
    different,
    servers: Object.fromEntries(
      [...samples].map(([name, taken]) => [
        name,
        {
          rowsPerSecond: median(taken.map((sample) => sample.rowsPerSecond)),
          cpuMicrosARow: median(taken.map((sample) => sample.cpuMicros)),
        },
      ]),
    ),
    times: ratio((a, b) => a.rowsPerSecond / b.rowsPerSecond),
    timesByCpu: ratio((a, b) => b.cpuMicros / a.cpuMicros),
  };
  if (options.json) {
    console.log(JSON.stringify(result));
    return;
  }
  console.log(`${machine}\n${ROWS} rows, ${REPLICAS} replicas, ${ROUNDS} rounds, model ${version}\n`);
  console.log('| container | rows a second | CPU µs a row |\n|---|--:|--:|');
  for (const [name, { rowsPerSecond, cpuMicrosARow }] of Object.entries(result.servers))
    console.log(`| ${name} | ${Math.round(rowsPerSecond).toLocaleString('en-US')} | ${cpuMicrosARow} |`);
  console.log(`\n× FastAPI: ${result.times}, by the servers' CPU ${result.timesByCpu}`);
  console.log(`rows answered otherwise than online: ${different}`);
}

/** To three digits; NaN of none. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return Number((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN).toPrecision(3));
}
