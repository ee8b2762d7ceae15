/** Several processes on one port, as the image would run them. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import { valueOf } from '../../../predictor/processes/pages.ts';
import { endless } from '../models-without-rows.ts';
import { healthOf, startPredictor, writeArtifact, type Running } from '../process.ts';
import { openCallers } from './callers.ts';

const EXAMPLE = new URL('../../../examples/breast-cancer/artifacts/v2', import.meta.url);
const [GOLDEN = ''] = readFileSync(new URL(`${EXAMPLE.href}/golden.jsonl`), 'utf8').split('\n', 1);
const BODY = JSON.stringify({ instances: [JSON.parse(GOLDEN).instance] });
const WAIT = { timeout: 20_000, interval: 20 };

async function startTwo(env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const running = await startPredictor(EXAMPLE.href, { SLIPWAY_PROCESSES: '2', ...env });
  await untilReady(running, 2);
  return running;
}

async function untilReady(running: Running, count: number): Promise<void> {
  await vi.waitFor(async () => {
    const response = await fetch(`${running.url()}/health`);
    expect(await response.json()).toEqual({ state: 'ready', processes: { ready: count, of: 2 } });
    expect(response.status).toBe(200);
  }, WAIT);
}

/** The processes that it has started. https://man7.org/linux/man-pages/man5/proc_pid_task.5.html */
function childrenOf({ pid }: Running): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

/** What a link names; empty where it has gone meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

/** How many connections to the URL's port the process holds. https://man7.org/linux/man-pages/man5/proc_pid_net.5.html */
function connectionsOf(pid: number, url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, '0');
  const files = new Set(readdirSync(`/proc/${pid}/fd`).map((file) => targetOf(`/proc/${pid}/fd/${file}`)));
  const sockets = readFileSync(`/proc/${pid}/net/tcp`, 'utf8').trim().split('\n').slice(1);
  const inodes = sockets
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '']) => local.endsWith(`:${port}`))
    .map((fields) => `socket:[${fields[9]}]`);
  return inodes.filter((inode) => files.has(inode)).length;
}

function messages(running: Running): unknown[] {
  return running.lines().map((line) => line['message']);
}

describe.skipIf(process.platform !== 'linux')('two processes', () => {
  test('serve on one port, with the model loaded once each and tried once', async () => {
    const running = await startTwo();
    expect(childrenOf(running)).toHaveLength(2);
    const loaded = running.lines().filter((line) => line['message'] === 'model loaded');
    expect(new Set(loaded.map((line) => line['process']))).toEqual(new Set(childrenOf(running)));
    await vi.waitFor(() => expect(messages(running)).toContain('ready'), WAIT);
    expect(messages(running).filter((message) => message === 'ready')).toHaveLength(1);

    const callers = openCallers(running.url(), 4, BODY);
    for (let round = 0; round < 5; round += 1) {
      expect(await Promise.all(callers.map((caller) => caller.ask()))).toEqual([200, 200, 200, 200]);
    }
    // Each caller is connected to one of them, and is told of both.
    for (const caller of callers) {
      const page = await caller.read('/metrics');
      expect(valueOf(page, 'predictor_requests_total')).toBe(20);
      expect(valueOf(page, 'predictor_instances_total')).toBe(20);
      expect(valueOf(page, 'predictor_processes')).toBe(2);
      expect(page).toContain('predictor_responses_total{code="200"} 20\n');
      expect(page).toContain('predictor_state{state="ready"} 1\n');
    }
  });

  test('answer what they have when they are to end, and lose nothing', async () => {
    const running = await startTwo();
    const callers = openCallers(running.url(), 8, BODY);
    const answers = callers.map(async (caller) => [
      await caller.ask(),
      await caller.ask(),
      await caller.ask(),
    ]);
    await Promise.race(answers);
    running.kill('SIGTERM');
    expect((await Promise.all(answers)).flat()).toEqual(Array.from({ length: 24 }, () => 200));
    expect(await running.ended).toBe(0);
    expect(messages(running).slice(-1)).toEqual(['drained']);
    expect(running.lines().filter((line) => line['severity'] !== 'INFO')).toEqual([]);
  });

  test('tell that they drain, and still answer', async () => {
    const running = await startTwo({ SLIPWAY_DRAIN_QUIET_MS: '1000' });
    running.kill('SIGTERM');
    await vi.waitFor(async () => {
      expect(await healthOf(running)).toEqual({ code: 503, state: 'draining' });
    }, WAIT);
    const [caller] = openCallers(running.url(), 1, BODY);
    expect(await caller?.ask()).toBe(200);
    expect(await running.ended).toBe(0);
  });

  test('one is killed: the connections of the other lose nothing, the port answers, and it is replaced', async () => {
    const running = await startTwo();
    const callers = openCallers(running.url(), 8, BODY);
    const lost = callers.map(() => 0);
    let asking = true;
    const work = callers.map(async (caller, i) => {
      for (let round = 0; asking || round < 20; round += 1) {
        const status = await caller.ask();
        expect([200, null]).toContain(status);
        if (status === null) lost[i] = (lost[i] ?? 0) + 1;
      }
    });
    await Promise.all(callers.map((caller) => caller.ask()));
    const before = valueOf(
      await (await fetch(`${running.url()}/metrics`)).text(),
      'predictor_requests_total',
    );
    const [victim = 0] = childrenOf(running);
    const itsConnections = connectionsOf(victim, running.url());
    expect(itsConnections).toBeLessThan(callers.length);
    process.kill(victim, 'SIGKILL');
    await vi.waitFor(() => expect(messages(running)).toContain('process ended'), WAIT);
    expect(await healthOf(running)).toEqual({ code: 200, state: 'ready' });
    await untilReady(running, 2);
    asking = false;
    await Promise.all(work);

    // What was in flight on each connection of the dead one, and at most one more that the kernel gave to its socket
    // between the end of the connection and that of the socket: the connections of a process end before it listens no more.
    expect(Math.max(...lost)).toBeLessThanOrEqual(2);
    expect(lost.filter((count) => count > 0).length).toBeLessThanOrEqual(itsConnections);
    expect(childrenOf(running)).not.toContain(victim);
    const page = await (await fetch(`${running.url()}/metrics`)).text();
    expect(valueOf(page, 'predictor_processes_replaced_total')).toBe(1);
    expect(valueOf(page, 'predictor_requests_total')).toBeGreaterThanOrEqual(before);
    running.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  test('end again and again: the whole ends with the reason', async () => {
    const running = await startTwo();
    const killed = new Set<number>();
    await vi.waitFor(() => {
      for (const pid of childrenOf(running).slice(-1)) {
        if (killed.has(pid)) continue;
        killed.add(pid);
        process.kill(pid, 'SIGKILL');
      }
      expect(messages(running)).toContain('processes end again and again');
    }, WAIT);
    expect(await running.ended).toBe(1);
    expect(running.lines().find((line) => line['severity'] === 'CRITICAL')).toMatchObject({
      message: 'processes end again and again',
      how: 'SIGKILL',
      replaced: 5,
    });
  });

  test('end with the first process', async () => {
    const running = await startTwo();
    const children = childrenOf(running);
    running.kill('SIGKILL');
    await vi.waitFor(() => {
      for (const pid of children) expect(() => readFileSync(`/proc/${pid}/stat`)).toThrow('ENOENT');
    }, WAIT);
  });

  test('a run without an end costs one of them, and the port answers on', async () => {
    const running = await startPredictor(writeArtifact({ 'model.onnx': endless(1e9) }), {
      SLIPWAY_PROCESSES: '2',
      SLIPWAY_MODEL_THREAD: 'main',
      SLIPWAY_RUN_TIMEOUT_MS: '1000',
    });
    await untilReady(running, 2);
    const [caller] = openCallers(running.url(), 1, '{"instances":[2e9]}');
    expect(await caller?.ask()).toBe(null);
    // Its socket ends a moment after its connections, and until then the kernel gives it new ones.
    await vi.waitFor(() => expect(messages(running)).toContain('process ended'), WAIT);
    const [other] = openCallers(running.url(), 1, '{"instances":[1]}');
    expect(await other?.ask()).toBe(200);
    await untilReady(running, 2);
    expect(messages(running)).toEqual(expect.arrayContaining(['model lost', 'process ended']));
  });
});

test('a number of processes that is none is refused at the start', async () => {
  const running = await startPredictor(EXAMPLE.href, { SLIPWAY_PROCESSES: '0' });
  expect(await running.ended).toBe(1);
  expect(running.lines()).toEqual([
    expect.objectContaining({
      message: 'configuration refused',
      problems: ['SLIPWAY_PROCESSES: expected auto or a whole number from 1 to 64, got "0"'],
    }),
  ]);
});

test('a model that is refused is refused by one line, and no process is started', async () => {
  const running = await startPredictor(writeArtifact({ 'model.onnx': 'hello' }), { SLIPWAY_PROCESSES: '2' });
  expect(await running.ended).toBe(1);
  expect(messages(running)).toEqual(['model refused']);
});
