/**
 * The engine's port for batch prediction jobs, held by what the simulation plays and by the emulator behind Google's own
 * client: what the one does, the other does.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agenda } from '../../common/agenda.ts';
import { startEmulator, type Emulator } from '../../emulator/server.ts';
import type { Container, ContainerRuntime } from '../../emulator/vertex/container.ts';
import type { BatchJob, BatchJobRequest, BatchJobs } from '../../functions/batch-world.ts';
import { parseConfig } from '../../functions/config/config.ts';
import { CallError } from '../../functions/errors.ts';
import { googleWorld } from '../../functions/google/world.ts';
import { LABELS } from '../../functions/release/ids.ts';
import { SimFiles } from '../sim/batches/files.ts';
import { SimJobs } from '../sim/batches/jobs.ts';
import { drawBatches } from '../sim/batches/scenario.ts';
import { Chance } from '../support/random.ts';
import { batchJobRequest } from '../support/batch-job-request.ts';

const ROWS = [0, 1, 2].map((n) => `{"n":${n}}\n`).join('');
const PARENT = 'projects/my-project/locations/us-central1';
const INPUT = 'gs://my-in/1.jsonl';

interface Subject {
  readonly jobs: BatchJobs;
  /** Passes the time until the job has ended. */
  ended(batch: string): Promise<BatchJob>;
  /** The names of the objects below a folder. */
  filesIn(folder: string): string[];
  close(): Promise<void>;
}

function requestOf(batch: string, input = INPUT): BatchJobRequest {
  const model = `${PARENT}/models/churn`;
  return batchJobRequest(batch, { parent: PARENT, model, input, output: 'gs://sim-out/', keyField: 'n' });
}

async function simulated(): Promise<Subject> {
  const agenda = new Agenda(Date.UTC(2026, 0, 1));
  const files = new SimFiles();
  files.put('my-in', '1.jsonl', Buffer.from(ROWS), agenda.now);
  const scenario = { ...drawBatches(1).batch, ends: [['well', 1]] as const, hiddenMs: 0 };
  const sim = new SimJobs(agenda, new Chance(1), files, scenario, () => {});
  const list = async (_: string, label: string, value: string) => sim.list(label, value, 0);
  return {
    jobs: { list, create: async (request) => sim.create(request), cancel: async (name) => sim.cancel(name) },
    async ended(batch) {
      for (;;) {
        const [job] = await list(PARENT, LABELS.batch, batch);
        if (job?.endedAt !== null && job !== undefined) return job;
        if (!agenda.step()) throw new Error('it never ends');
      }
    },
    filesIn: (folder) => files.list('sim-out', folder.slice('gs://sim-out/'.length)).map(({ name }) => name),
    close: async () => {},
  };
}

/** A model server that answers each row with its number. */
const runtime: ContainerRuntime = {
  has: () => true,
  start: async (): Promise<Container> => ({
    exited: new Promise<string>(() => {}),
    request: async ({ body }) => {
      const { instances = [] }: { instances?: unknown[] } =
        body === undefined || body.length === 0 ? {} : JSON.parse(body.toString());
      const answer = { predictions: instances.map((_, n) => n) };
      return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify(answer)) };
    },
    stop: async () => {},
  }),
  close: async () => {},
};

async function emulated(): Promise<Subject> {
  const config = parseConfig(`
project: my-project
region: us-central1
state: my-state
services:
  churn: { artifacts: "gs://my-models/churn/*/model.onnx", image: us-docker.pkg.dev/p/predictor, endpoint: churn }
`);
  const emulator: Emulator = await startEmulator({ runtime, operations: { upload: 0, batchStart: 0.5 } });
  for (const bucket of ['my-models', 'my-in', 'sim-out'])
    emulator.store.createBucket(bucket, {}, 'my-project');
  emulator.store.putObject('my-models', 'churn/1/model.onnx', Buffer.from('weights'));
  emulator.store.putObject('my-in', '1.jsonl', Buffer.from(ROWS));
  const parent = `projects/${config.project}/locations/${config.region}`;
  const containerSpec = {
    imageUri: 'us-docker.pkg.dev/p/predictor',
    predictRoute: '/predict',
    healthRoute: '/health',
  };
  const model = { displayName: 'churn', artifactUri: 'gs://my-models/churn/1', containerSpec };
  const { name } = emulator.vertex.uploads.upload(parent, { modelId: 'churn', model });
  await emulator.vertex.operations.wait(name, 10_000);
  const world = googleWorld(config, { VERTEX_EMULATOR_HOST: new URL(emulator.url).host });
  const { jobs } = world.batch;
  return {
    jobs,
    async ended(batch) {
      const newest = async () => (await jobs.list(PARENT, LABELS.batch, batch))[0];
      await expect.poll(async () => (await newest())?.endedAt ?? null, { timeout: 20_000 }).not.toBeNull();
      const job = await newest();
      if (job === undefined) throw new Error('it was listed');
      return job;
    },
    filesIn: (folder) =>
      emulator.store
        .listObjects('sim-out', { prefix: folder.slice('gs://sim-out/'.length) })
        .objects.map((object) => object.name),
    close: () => emulator.close(),
  };
}

describe.each([
  ['the simulation', simulated],
  ['the emulator', emulated],
])('batch prediction jobs of %s', (_, start) => {
  let subject: Subject;

  beforeAll(async () => {
    subject = await start();
  }, 60_000);
  afterAll(() => subject.close());

  it('are created, found by their label, and end with the counts and the folder of their results', async () => {
    const created = await subject.jobs.create(requestOf('b-1'));
    expect(created).toMatchObject({
      input: INPUT,
      endedAt: null,
      error: null,
      output: null,
      successful: null,
    });
    expect(created.model).toMatch(/\/models\/churn@1$/);
    expect(['QUEUED', 'PENDING', 'RUNNING']).toContain(created.state);
    expect((await subject.jobs.list(PARENT, LABELS.batch, 'b-1')).map(({ name }) => name)).toEqual([
      created.name,
    ]);
    expect(await subject.jobs.list(PARENT, LABELS.batch, 'b-9')).toEqual([]);
    const ended = await subject.ended('b-1');
    expect(ended).toMatchObject({
      name: created.name,
      state: 'SUCCEEDED',
      successful: 3,
      failed: 0,
      error: null,
    });
    expect(ended.createdAt).toBe(created.createdAt);
    expect(ended.endedAt).toBeGreaterThanOrEqual(ended.createdAt);
    expect(ended.replicaHours).toBeGreaterThan(0);
    expect(ended.output).toMatch(/^gs:\/\/sim-out\/prediction-churn-/);
    const names = subject.filesIn(`${ended.output}/`);
    expect(names.some((name) => /\/prediction\.results-\d{5}-of-\d{5}$/.test(name))).toBe(true);
  });

  it('are listed newest first, also two of one label: nothing keeps a second one from being created', async () => {
    const first = await subject.jobs.create(requestOf('b-2'));
    await subject.ended('b-2');
    const second = await subject.jobs.create(requestOf('b-2'));
    await subject.ended('b-2');
    expect((await subject.jobs.list(PARENT, LABELS.batch, 'b-2')).map(({ name }) => name)).toEqual([
      second.name,
      first.name,
    ]);
  });

  it('fail without results where the input is not there', async () => {
    await subject.jobs.create(requestOf('b-3', 'gs://my-in/none.jsonl'));
    const ended = await subject.ended('b-3');
    expect(ended).toMatchObject({ state: 'FAILED', output: null, successful: null });
    expect(ended.error?.message).toContain('gs://my-in/none.jsonl');
  });

  it('end after a request to cancel, and what has ended stays as it is', async () => {
    const job = await subject.jobs.create(requestOf('b-4'));
    await subject.jobs.cancel(job.name);
    const ended = await subject.ended('b-4');
    expect(ended).toMatchObject({ state: 'CANCELLED', error: { status: 'CANCELLED' } });
    await subject.jobs.cancel(job.name).catch(() => {});
    expect(await subject.ended('b-4')).toEqual(ended);
  });

  it('that do not exist cannot be cancelled', async () => {
    const { name } = await subject.jobs.create(requestOf('b-5'));
    const other = name.replace(/[^/]+$/, '999999');
    const refusal = await subject.jobs.cancel(other).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CallError);
    expect(refusal).toMatchObject({ status: 'NOT_FOUND' });
    await subject.ended('b-5');
  });
});
