import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test, vi } from 'vitest';
import * as models from './models.ts';
import * as others from './models-without-rows.ts';
import { healthOf, predictBy, startPredictor, writeArtifact, type Running } from './process.ts';

const EXAMPLE = new URL('../../examples/breast-cancer/artifacts/', import.meta.url);
const WAIT = { timeout: 20_000, interval: 20 };

async function ready(running: Running): Promise<void> {
  await vi.waitFor(async () => expect(await healthOf(running)).toEqual({ code: 200, state: 'ready' }), WAIT);
}

describe('a good artifact', () => {
  test('is served; SIGTERM finishes what is in flight and ends with 0', async () => {
    const running = await startPredictor(new URL('v2', EXAMPLE).href);
    await ready(running);
    const row = JSON.parse(readFileSync(new URL('v2/golden.jsonl', EXAMPLE), 'utf8').split('\n', 1)[0] ?? '');
    const answers = Array.from({ length: 20 }, () => predictBy(running, [row.instance]));
    await Promise.race(answers);
    running.kill('SIGTERM');
    for (const answer of await Promise.all(answers)) expect(answer.status).toBe(200);
    expect(await running.ended).toBe(0);
    expect(running.lines().map((line) => line['message'])).toEqual([
      'model loaded',
      'ready',
      'draining',
      'drained',
    ]);
  });

  test('is answered 503 on the health route until it is ready, and 503 while draining', async () => {
    const running = await startPredictor(new URL('v1', EXAMPLE).href, { SLIPWAY_DRAIN_QUIET_MS: '1000' });
    const seen = new Set<string>();
    await vi.waitFor(
      async () => {
        const health = await healthOf(running);
        if (health !== null) seen.add(`${health.code} ${health.state}`);
        expect(health?.code).toBe(200);
      },
      { timeout: 20_000, interval: 2 },
    );
    running.kill('SIGTERM');
    await vi.waitFor(
      async () => expect(await healthOf(running)).toEqual({ code: 503, state: 'draining' }),
      WAIT,
    );
    expect((await predictBy(running, [])).status).toBe(200);
    expect(await running.ended).toBe(0);
    expect([...seen].filter((state) => state.startsWith('503'))).not.toEqual([]);
    expect(seen).toContain('200 ready');
  });

  test('is served with a handler around it', async () => {
    const columns = Array.from({ length: 30 }, (_, i) => `c${i}`);
    const uri = writeArtifact({
      'model.onnx': readFileSync(new URL('v1/model.onnx', EXAMPLE)),
      'columns.json': JSON.stringify(columns),
    });
    const handler = fileURLToPath(new URL('../../predictor/handlers/breast-cancer.ts', import.meta.url));
    const running = await startPredictor(uri, { SLIPWAY_HANDLER: handler });
    await ready(running);
    const golden = readFileSync(new URL('v1/golden.jsonl', EXAMPLE), 'utf8').trim().split('\n');
    const { instance, prediction } = JSON.parse(golden[2] ?? '');
    const measurements = Object.fromEntries(columns.map((name, i) => [name, instance[i]]).toReversed());
    const response = await predictBy(running, [{ measurements }]);
    const [malignant] = prediction.probabilities;
    expect(await response.json()).toEqual({
      predictions: [
        { diagnosis: malignant >= 0.5 ? 'malignant' : 'benign', probability: expect.closeTo(malignant, 5) },
      ],
    });
    expect(await (await predictBy(running, [{ measurements: {} }])).json()).toMatchObject({
      error: { code: 400, message: 'instances[0]: expected a measurement "c0", got nothing' },
    });
  });
});

/** Hundredths of a second that a process has run. https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function cpuTicks(pid: string): number {
  const [user = 0, system = 0] =
    readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return user + system;
}

const model = models.logistic(1);
const REFUSED: { name: string; files: Record<string, string | Uint8Array>; cause: RegExp }[] = [
  { name: 'no model', files: {}, cause: /^expected model\.onnx in the artifact, got none$/ },
  { name: 'an empty model', files: { 'model.onnx': '' }, cause: /got an empty file$/ },
  { name: 'a truncated model', files: { 'model.onnx': model.subarray(0, 60) }, cause: /a part of one/ },
  { name: 'text as a model', files: { 'model.onnx': 'hello' }, cause: /^expected an ONNX model/ },
  {
    name: 'a model the runtime refuses',
    files: {
      'model.onnx': Buffer.from(
        Buffer.from(model).toString('latin1').replace('Sigmoid', 'Sigmoit'),
        'latin1',
      ),
    },
    cause: /^ONNX Runtime cannot load the model: .*Sigmoit/,
  },
  {
    name: 'a golden row that is answered differently',
    files: { 'model.onnx': model, 'golden.jsonl': '{"instance":[0],"prediction":[0.9]}\n' },
    cause: /^the model answers golden\.jsonl line 1 differently: prediction\[0\]: expected 0\.9, got 0\.56/,
  },
  {
    name: 'a golden row that does not fit',
    files: { 'model.onnx': model, 'golden.jsonl': '{"instance":[0,1],"prediction":[0.9]}\n' },
    cause: /^the model cannot answer golden\.jsonl line 1: x: expected an array of 1, got an array of 2$/,
  },
  {
    name: 'a manifest that does not match',
    files: {
      'model.onnx': model,
      'manifest.json': JSON.stringify({
        schema: 1,
        files: [{ path: 'model.onnx', size: 3, sha256: '0'.repeat(64) }],
      }),
    },
    cause: /^model\.onnx: expected 3 bytes by manifest\.json/,
  },
];

describe('is refused with a non-zero code and one log line', () => {
  test.each(REFUSED)('$name', async ({ files, cause }) => {
    const running = await startPredictor(writeArtifact(files));
    expect(await running.ended).toBe(1);
    expect(running.lines()).toEqual([
      expect.objectContaining({
        severity: 'CRITICAL',
        message: 'model refused',
        causes: expect.arrayContaining([expect.stringMatching(cause)]),
      }),
    ]);
  });

  test('a configuration with two problems', async () => {
    const running = await startPredictor('http://elsewhere/model', { SLIPWAY_BATCHING: 'perhaps' });
    expect(await running.ended).toBe(1);
    expect(running.lines()).toEqual([
      expect.objectContaining({
        message: 'configuration refused',
        problems: [expect.stringMatching(/^AIP_STORAGE_URI/), expect.stringMatching(/^SLIPWAY_BATCHING/)],
      }),
    ]);
  });

  test.skipIf(process.arch !== 'x64')(
    'a model that kills the runtime, which kills only the trial',
    async () => {
      const running = await startPredictor(writeArtifact({ 'model.onnx': others.lethal() }));
      expect(await running.ended).toBe(1);
      expect(running.lines()).toEqual([
        expect.objectContaining({
          message: 'model refused',
          causes: ['the model did not survive its trial', expect.stringMatching(/ended with SIG[A-Z]+/)],
        }),
      ]);
    },
  );

  test.each([
    { name: 'with golden rows', files: { 'golden.jsonl': '{"instance":1,"prediction":1}\n' } },
    { name: 'without', files: {} },
  ])('a model whose first run has no end, $name', async ({ files }) => {
    const uri = writeArtifact({ 'model.onnx': others.endless(-1), ...files });
    const running = await startPredictor(uri, { SLIPWAY_RUN_TIMEOUT_MS: '1000' });
    expect(await running.ended).toBe(1);
    expect(running.lines()).toEqual([
      expect.objectContaining({
        message: 'model refused',
        causes: [
          'the model did not survive its trial',
          expect.stringMatching(/ended with SIGKILL: a run .* took longer than 1000 ms/),
        ],
      }),
    ]);
  });

  test.skipIf(process.platform !== 'linux')(
    'a trial ends with its server, though it is in the runtime',
    async () => {
      const running = await startPredictor(writeArtifact({ 'model.onnx': others.endless(-1) }));
      const trial = await vi.waitFor(() => {
        const [child = ''] = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').split(
          ' ',
        );
        // In the runtime: it has used the processor for longer than starting takes.
        expect(cpuTicks(child)).toBeGreaterThan(150);
        return child;
      }, WAIT);
      running.kill('SIGKILL');
      await vi.waitFor(() => expect(() => readFileSync(`/proc/${trial}/stat`)).toThrow('ENOENT'), WAIT);
    },
  );

  test('a model that takes too long to try', async () => {
    const uri = writeArtifact({ 'model.onnx': models.slow(600, 4000) });
    const running = await startPredictor(uri, { SLIPWAY_TRIAL_TIMEOUT_MS: '500' });
    expect(await running.ended).toBe(1);
    expect(running.lines().at(-1)).toMatchObject({
      message: 'model refused',
      causes: ['the model did not survive its trial', expect.stringMatching(/took longer than 500 ms/)],
    });
  });
});

describe('a model whose runs are long', () => {
  test('gets a thread of its own, and the health route does not wait for it', async () => {
    const running = await startPredictor(writeArtifact({ 'model.onnx': models.slow(512, 800) }));
    await ready(running);
    await vi.waitFor(() => {
      const loaded = running.lines().find((line) => line['message'] === 'model loaded');
      expect(loaded).toMatchObject({ thread: 'worker' });
    }, 20_000);

    const began = performance.now();
    let done = false;
    const answers = Promise.all(Array.from({ length: 6 }, () => predictBy(running, [[1], [2]]))).then(
      (all) => {
        done = true;
        return all;
      },
    );
    const waits: number[] = [];
    while (!done) {
      const start = performance.now();
      expect(await healthOf(running)).toMatchObject({ code: 200 });
      waits.push(performance.now() - start);
    }
    for (const answer of await answers) expect(answer.status).toBe(200);
    const sorted = waits.toSorted((a, b) => a - b);
    // Behind the runs it would wait for one of them at least; a busy machine makes it wait for its turn.
    const oneRun = (performance.now() - began) / 6;
    expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(Math.max(50, oneRun / 4));
    running.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  test.each(['main', 'worker'])(
    'and a run without an end on the %s thread ends the process with the reason',
    async (thread) => {
      const uri = writeArtifact({ 'model.onnx': others.endless(1e9) });
      const running = await startPredictor(uri, {
        SLIPWAY_MODEL_THREAD: thread,
        SLIPWAY_RUN_TIMEOUT_MS: '2000',
      });
      await ready(running);
      await predictBy(running, [2e9]).catch(() => null);
      expect(await running.ended).toBe('SIGKILL');
      expect(running.lines().at(-1)).toMatchObject({
        severity: 'CRITICAL',
        message: 'model lost',
        err: { message: 'a run took longer than 2000 ms (SLIPWAY_RUN_TIMEOUT_MS)' },
      });
    },
  );

  test('and a request that is given up does not end the process', async () => {
    const uri = writeArtifact({ 'model.onnx': models.slow(512, 800) });
    const running = await startPredictor(uri, { SLIPWAY_MODEL_THREAD: 'worker', SLIPWAY_TIMEOUT_MS: '1' });
    await ready(running);
    await predictBy(running, [[1], [2]]);
    expect(await healthOf(running)).toEqual({ code: 200, state: 'ready' });
  });
});
