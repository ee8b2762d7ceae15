/**
 * What a second process gives and costs on two cores, by what a row of the model costs: requests a second and CPU a
 * request of two processes over those of one, the two taking turns.
 *
 *   node bench/predictor/processes.ts
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { openModel } from '../../predictor/model/runtime.ts';
import { slow } from '../../test/predictor/models.ts';
import { bodiesOf } from './cells.ts';
import { runLoad } from './load.ts';
import { cpuMicros, residentMb, startSubject, treeOf, type Subject } from './subject.ts';
import { artifactUri, buildSubjects, slipway, type Version } from './subjects.ts';

const ROUNDS = 9;
const ROUND_MS = 400;
const CELLS = [
  { instances: 1, connections: 1 },
  { instances: 1, connections: 16 },
  { instances: 1, connections: 64 },
  { instances: 32, connections: 64 },
];
/** Matrices of this size, multiplied so many times for each row. */
const MATRICES = [
  [32, 20],
  [32, 200],
  [64, 200],
  [128, 200],
  [256, 400],
] as const;

interface Model {
  readonly name: string;
  readonly uri: string;
  readonly bodies: (instances: number) => string[];
}

await buildSubjects();
const folder = mkdtempSync(join(tmpdir(), 'bench-processes-'));
const before = loadavg()[0] ?? 0;
console.log(
  '| model | ms a row | cell | requests/s, two ÷ one | CPU a request, two ÷ one | p50, two ÷ one |',
);
console.log('|---|--:|---|--:|--:|--:|');
for (const model of modelsOf()) {
  const subjects = await Promise.all(['1', '2'].map((count) => start(model, count)));
  const cost = await rowMs(fileURLToPath(`${model.uri}/model.onnx`), model.bodies(64)[0] ?? '');
  for (const cell of CELLS) await measure(model, cost, subjects, cell);
  const [one, two] = subjects.map(({ pid }) =>
    treeOf(pid).reduce((sum, each) => sum + (residentMb(each) ?? 0), 0),
  );
  console.log(`| ${model.name} | ${cost.toPrecision(2)} | memory after it, MB | ${two} for ${one} | | |`);
  await Promise.all(subjects.map((subject) => subject.stop()));
}
const load = `load average ${before.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
console.log(`\n${availableParallelism()} × ${cpus()[0]?.model}; Node ${process.version}; ${load}`);
rmSync(folder, { recursive: true });

function modelsOf(): Model[] {
  const examples = (['v1', 'v2'] as const).map((version: Version) => ({
    name: version === 'v1' ? 'logistic regression' : 'gradient boosting',
    uri: artifactUri(version).href,
    bodies: (instances: number) => bodiesOf(version, 'v1', instances),
  }));
  const made = MATRICES.map(([size, times]) => {
    const path = join(folder, `${size}x${times}`);
    mkdirSync(path);
    writeFileSync(join(path, 'model.onnx'), slow(size, times));
    return {
      name: `${times} products with ${size} × ${size}`,
      uri: pathToFileURL(path).href,
      bodies: (instances: number) => [
        JSON.stringify({ instances: Array.from({ length: instances }, (_, i) => [i + 0.5]) }),
      ],
    };
  });
  return [...examples, ...made];
}

function start({ uri }: Model, processes: string): Promise<Subject> {
  return startSubject(slipway('v1', { AIP_STORAGE_URI: uri, SLIPWAY_PROCESSES: processes }));
}

/** Milliseconds of a row among 64, the fastest of a few runs. */
async function rowMs(path: string, body: string): Promise<number> {
  const runtime = await openModel({ model: path, intraOpThreads: 1, optimized: true, anyRank: [] });
  const rows: number[][] = JSON.parse(body).instances;
  const data = Float32Array.from(rows.flat());
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 5; run += 1) {
    const start = performance.now();
    await runtime.run([{ type: 'float32', dims: [rows.length, rows[0]?.length ?? 0], data }]);
    least = Math.min(least, performance.now() - start);
  }
  await runtime.close();
  return least / rows.length;
}

async function measure(
  model: Model,
  cost: number,
  subjects: readonly Subject[],
  { instances, connections }: (typeof CELLS)[number],
): Promise<void> {
  const bodies = model.bodies(instances);
  const samples = subjects.map(() => [] as { rps: number; cpu: number; p50: number }[]);
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const [i, subject] of subjects.entries()) {
      const used = cpuMicros(subject.pid) ?? Number.NaN;
      const load = await runLoad({ port: subject.port, connections, ms: ROUND_MS, bodies });
      const cpu = ((cpuMicros(subject.pid) ?? Number.NaN) - used) / load.requests;
      // The first round warms up.
      if (round > 0) samples[i]?.push({ rps: (load.requests / load.ms) * 1000, cpu, p50: load.p50Ms });
    }
  }
  const [one = [], two = []] = samples;
  const ratio = (pick: (sample: (typeof one)[number]) => number): string => {
    const ratios = two.map((sample, i) => pick(sample) / pick(one[i] ?? sample)).toSorted((a, b) => a - b);
    const at = (share: number): string => (ratios[Math.floor((ratios.length - 1) * share)] ?? 0).toFixed(2);
    return `${at(0.5)} (${at(0.25)}–${at(0.75)})`;
  };
  const cell = `${instances} instances × ${connections} connections`;
  const ratios = [ratio(({ rps }) => rps), ratio(({ cpu }) => cpu), ratio(({ p50 }) => p50)];
  console.log(`| ${[model.name, cost.toPrecision(2), cell, ...ratios].join(' | ')} |`);
}
