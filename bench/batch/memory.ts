/**
 * What a function needs of memory for an input of any size: the built functions answer it, from the event of its landing to
 * the message of its end, as processes of the local stack. Objects are made as they are read (object-server.ts); the job on
 * the emulator answers one row, and the results of all rows lie where it says.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { emptyLedger, formatLedger } from '../../functions/release/ledger/ledger.ts';
import { modelId } from '../../functions/release/ids.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import { buildFunctions } from '../../scripts/build.ts';
import { lines, type Content } from './contents.ts';
import { ObjectServer } from './object-server.ts';

export interface Memory {
  readonly megabytes: number;
  readonly ordered: boolean;
  readonly rows: number;
  /** Of the function that does the work, in MB of 10^6 bytes: when it was up, and the most that it has had. */
  readonly atRestMb: number;
  readonly peakMb: number;
  readonly seconds: number;
}

const PARENT = 'projects/bench-project/locations/us-central1';
const IMAGE = 'us-docker.pkg.dev/bench/model';
/** A model server that answers the one row of the job. */
const SERVER = `require('node:http').createServer((q, r) => q.resume().on('end', () => r.end('{"predictions":[0]}')))
  .listen(Number(process.env.AIP_HTTP_PORT), '127.0.0.1')`;
const RESULT_BYTES = 64;
const SHARDS = 4;
const MS_MAX = 3_600_000;

/** `rowBytes`: of each row. Rejects unless every row is delivered in its place. */
export async function measureMemory(megabytes: number, ordered: boolean, rowBytes = 2_000): Promise<Memory> {
  const folder = mkdtempSync(join(tmpdir(), 'batch-memory-'));
  const server = await ObjectServer.start(folder);
  let stack: Stack | undefined;
  try {
    const config = join(folder, 'slipway.yaml');
    writeFileSync(config, configOf(ordered));
    const { folder: functionsSource } = await buildFunctions({ out: join(folder, 'dist'), config });
    const env = { STORAGE_EMULATOR_HOST: server.url };
    const operations = { batchStart: 0, upload: 0 };
    stack = await startStack({
      config,
      functionsSource,
      port: 0,
      sweepSeconds: 0,
      env,
      operations,
    });
    const rows = Math.floor((megabytes * 1e6) / rowBytes);
    await prepare(stack, server, rows);
    const { pid } = stack.processes.find(({ name }) => name === 'onTick') ?? {};
    const atRestMb = peakOf(pid);
    const began = performance.now();
    server.set('bench-in/1.jsonl', inputOf(rows, rowBytes));
    const landed = { eventType: 'OBJECT_FINALIZE', bucketId: 'bench-in', objectId: '1.jsonl' };
    const attributes = new Map(Object.entries(landed));
    stack.emulator.broker.publish('projects/bench-project/topics/slipway-artifacts', [{ attributes }]);
    const results = await ended(server, rows);
    const seconds = Math.round((performance.now() - began) / 1000);
    const peakMb = peakOf(pid);
    if (ordered) checkOrder(server.objects.get(`${results}/results.jsonl`)?.content, rows);
    return { megabytes, ordered, rows, atRestMb, peakMb, seconds };
  } finally {
    await stack?.close();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

function configOf(ordered: boolean): string {
  return `
project: bench-project
region: us-central1
state: bench-state
services:
  churn:
    artifacts: gs://bench-models/churn/*/model.onnx
    image: ${IMAGE}
    endpoint: churn
    batch: { inputs: "gs://bench-in/*.jsonl", outputs: gs://bench-out/, ordered: ${ordered} }
local:
  images: { ${IMAGE}: ${JSON.stringify([process.execPath, '-e', SERVER])} }
`;
}

/** A live version, and what answers for the job. */
async function prepare({ emulator }: Stack, server: ObjectServer, rows: number): Promise<void> {
  const now = Date.now();
  const request = {
    id: 'r-000000000001',
    bucket: 'bench-models',
    marker: 'churn/v1/model.onnx',
    generation: '1',
    order: { at: now, tie: '1' },
    askedBy: 'artifact',
    acceptedAt: now,
    attempts: 1,
    version: '1',
  } as const;
  const live = { request, attempt: 1, deployedModel: '1', since: now };
  const ledger = formatLedger({ ...emptyLedger('churn', now), live });
  server.write('bench-state/ledgers/churn.json', Buffer.from(ledger));
  const containerSpec = { imageUri: IMAGE, predictRoute: '/predict', healthRoute: '/health' };
  const uploaded = emulator.vertex.uploads.upload(PARENT, {
    modelId: modelId('churn'),
    model: { displayName: 'churn', containerSpec },
  });
  await emulator.vertex.operations.wait(uploaded.name, MS_MAX);
  server.onStored = (bucket, name) => {
    // What the job may be asked to read.
    if (/^_staging\/.+\/(?:input|numbered)-[^/]+\.jsonl$/.test(name))
      emulator.store.putObject(bucket, name, Buffer.from('{"slipway_row":0,"x":0}\n'));
  };
  server.onList = (bucket, prefix) => {
    const isFirst = ![...server.objects.keys()].some((path) => path.startsWith(`${bucket}/${prefix}`));
    if (prefix.startsWith('prediction-') && isFirst) answer(server, `${bucket}/${prefix}`, rows);
  };
}

/** What the job writes: rows of all shards lie between each other. */
function answer(server: ObjectServer, folder: string, rows: number): void {
  for (let shard = 0; shard < SHARDS; shard += 1) {
    const count = Math.ceil((rows - shard) / SHARDS);
    const resultOf = (n: number) => `{"key":${shard + n * SHARDS},"prediction":0.5}`.padEnd(RESULT_BYTES - 1);
    server.set(
      `${folder}prediction.results-0000${shard}-of-0000${SHARDS}`,
      lines(count, RESULT_BYTES, resultOf),
    );
  }
}

function inputOf(rows: number, rowBytes: number): Content {
  const head = (n: number) => `{"id":"${String(n).padStart(10, '0')}","text":"`;
  const pad = 'x'.repeat(rowBytes - head(0).length - 3);
  return lines(rows, rowBytes, (n) => `${head(n)}${pad}"}`);
}

/** Where the results are. Rejects unless the batch succeeds. */
async function ended(server: ObjectServer, rows: number): Promise<string> {
  const until = Date.now() + MS_MAX;
  while (Date.now() < until) {
    await pause(200);
    const content = server.objects.get('bench-state/ledgers/churn.batch.json')?.content;
    const text = content?.read(0, content.size).toString() ?? '{"outcomes":[]}';
    const { outcomes }: { outcomes: { result: string; succeeded: number; output: string }[] } =
      JSON.parse(text);
    const [outcome] = outcomes;
    if (outcome === undefined) continue;
    if (outcome.result === 'Succeeded' && outcome.succeeded === rows)
      return outcome.output.slice('gs://'.length);
    throw new Error(`expected ${rows} rows, got ${JSON.stringify(outcome)}`);
  }
  throw new Error('the batch did not end');
}

function checkOrder(results: Content | undefined, rows: number): void {
  const step = 4_000_000;
  let row = 0;
  let rest = '';
  for (let at = 0; results !== undefined && at < results.size; at += step) {
    const text = rest + results.read(at, Math.min(results.size, at + step)).toString('latin1');
    const whole = text.split('\n');
    rest = whole.pop() ?? '';
    for (const line of whole) {
      const isRight = line.startsWith(`{"instance":{"id":"${String(row).padStart(10, '0')}"`);
      if (!isRight || !line.endsWith('"prediction":0.5}'))
        throw new Error(`row ${row}: ${line.slice(0, 60)}`);
      row += 1;
    }
  }
  if (row !== rows) throw new Error(`${row} of ${rows} rows are delivered`);
}

/** The most that a process has had: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function peakOf(pid: number | undefined): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Math.round((Number(kilobytes) * 1024) / 1e6);
}
