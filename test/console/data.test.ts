/** What the console tells: rows, pages of services and releases, and changes as they happen. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { costText } from '../../cli/commands/status/cost.ts';
import { idleText } from '../../cli/commands/status/idle.ts';
import { statusReport } from '../../cli/commands/status/report.ts';
import { CallError } from '../../functions/errors.ts';
import type { ServiceRow } from '../../console/reader/row.ts';
import { openConsole, type Opened } from './open-console.ts';
import { change, ledgerOf, SAMPLES } from './sample-ledgers.ts';
import { sampleServices } from './sample-services.ts';

const open: Opened[] = [];

async function consoleOn(world: ReturnType<typeof sampleServices>, options = {}): Promise<Opened> {
  const opened = await openConsole(world, options);
  open.push(opened);
  return opened;
}

afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

async function json(opened: Opened, path: string) {
  const answer = await opened.get(path);
  expect(answer.status).toBe(200);
  return JSON.parse(await answer.text());
}

const rowOf = (rows: readonly ServiceRow[], service: string) => rows.find((row) => row.service === service);

/** The table, once Vertex AI has been read too. */
async function rowsOf(opened: Opened): Promise<ServiceRow[]> {
  return vi.waitFor(
    async () => {
      const { rows } = await json(opened, '/api/services');
      expect(rows.every(({ traffic }: ServiceRow) => traffic !== null)).toBe(true);
      return rows;
    },
    { timeout: 25_000 },
  );
}

describe('the table', () => {
  it('says that a service is parked or being woken, and that nothing serves while one is recreated', async () => {
    const world = sampleServices();
    const at = Date.now() - 90_000;
    change(world, SAMPLES.steady, { parked: { since: at, reason: '', by: 'schedule', waking: true } });
    change(world, SAMPLES.progress, { outage: { release: 'r-000000000001', since: at, ms: 0 } });
    const opened = await consoleOn(world);
    const rows = await rowsOf(opened);
    expect(rowOf(rows, SAMPLES.parked)).toMatchObject({
      state: 'parked',
      traffic: [],
      parked: { isWaking: false },
    });
    expect(rowOf(rows, SAMPLES.steady)).toMatchObject({ state: 'progress', parked: { isWaking: true } });
    expect(rowOf(rows, SAMPLES.progress)).toMatchObject({ outageSince: new Date(at).toISOString() });
    const { status } = await json(opened, `/api/services/${SAMPLES.parked}`);
    expect(status.parked).toMatchObject({ by: 'request', requestedBy: 'ada@example.com' });
  });

  it('has each service in its state, with what serves, what is coming and what is wrong', async () => {
    const rows = await rowsOf(await consoleOn(sampleServices()));
    const states = Object.entries(SAMPLES).map(([what, name]) => [what, rowOf(rows, name)?.state]);
    expect(Object.fromEntries(states)).toEqual({
      progress: 'progress',
      deploying: 'progress',
      failed: 'attention',
      drifted: 'attention',
      held: 'held',
      unreadable: 'attention',
      empty: 'empty',
      steady: 'steady',
      parked: 'parked',
      idle: 'steady',
      featured: 'steady',
    });
    expect(rowOf(rows, SAMPLES.progress)).toMatchObject({
      live: { name: 'v1', version: '1' },
      traffic: [
        { percent: 75, role: 'live', name: 'v1' },
        { percent: 25, role: 'candidate', name: '2026-11-27-a' },
      ],
      release: { name: '2026-11-27-a', doing: 'baking at 25 % (step 2 of 3)', usualSeconds: 3_120 },
    });
    expect(rowOf(rows, SAMPLES.deploying)?.release?.doing).toBe('deploying: STARTING_MODEL_SERVER');
    expect(rowOf(rows, SAMPLES.failed)?.last).toMatchObject({ result: 'RolledBack', code: 'GATE_GOLDEN' });
    expect(rowOf(rows, SAMPLES.drifted)?.problem).toMatch(/^the traffic is .*60 %.*, expected .*100 %$/);
    expect(rowOf(rows, SAMPLES.unreadable)?.problem).toContain('slipway rebuild');
  });
});

describe('what a service costs', () => {
  it('is in the table and on its page as slipway status has it, and that nobody asks', async () => {
    const world = sampleServices();
    const opened = await consoleOn(world);
    const rows = await rowsOf(opened);
    for (const name of [SAMPLES.idle, SAMPLES.progress, SAMPLES.parked]) {
      const service = world.config.services.get(name);
      if (service === undefined) throw new Error(`there is no ${name}`);
      const status = await statusReport(world.session, service);
      const words = status.cost && costText(status.cost, status.parked !== null);
      const detail = await json(opened, `/api/services/${name}`);
      expect(rowOf(rows, name)).toMatchObject({
        cost: { perHour: status.cost?.perHour, words },
        idleHours: status.idle?.hours ?? null,
      });
      expect(detail).toMatchObject({ cost: words, idle: status.idle ? idleText(name, status.idle) : null });
    }
    expect(rowOf(rows, SAMPLES.idle)?.idleHours).toBe(24);
    expect(rowOf(rows, SAMPLES.progress)).toMatchObject({ cost: { perHour: expect.any(Number) } });
    expect(rowOf(rows, SAMPLES.parked)?.cost).toMatchObject({ perHour: 0 });
  });

  it('is looked for in Cloud Monitoring once, whatever the number of looks at the endpoint', async () => {
    const world = sampleServices();
    const opened = await consoleOn(world);
    await rowsOf(opened);
    const looked = world.reads.get('monitoring');
    expect(looked).toBeGreaterThan(3);
    change(world, SAMPLES.idle, { hold: { since: Date.now(), reason: 'to have it looked at again' } });
    await vi.waitFor(
      async () => {
        const { rows } = await json(opened, '/api/services');
        expect(rowOf(rows, SAMPLES.idle)).toMatchObject({ onHold: true, idleHours: 24 });
      },
      { timeout: 10_000 },
    );
    expect(world.reads.get('monitoring')).toBe(looked);
  });
});

describe('a service', () => {
  it('has its timeline against what is usual, its gates with their numbers, and what may be asked', async () => {
    const opened = await consoleOn(sampleServices());
    await rowsOf(opened);
    const detail = await json(opened, `/api/services/${SAMPLES.progress}`);
    expect(
      detail.timeline.map(({ title, state }: { title: string; state: string }) => [title, state]),
    ).toEqual([
      ['Wait', 'done'],
      ['Verify', 'done'],
      ['Upload', 'done'],
      ['Deploy', 'done'],
      ['5 %', 'done'],
      ['25 %', 'current'],
      ['100 %', 'ahead'],
    ]);
    expect(detail.timeline[3]).toMatchObject({ seconds: 444, usualSeconds: 420 });
    expect(detail.evidence.golden).toHaveLength(24);
    expect(detail.can).toEqual({ rollback: true, steer: true });
  });

  it('shows the stages of Vertex AI as they were seen', async () => {
    const opened = await consoleOn(sampleServices());
    await rowsOf(opened);
    const detail = await json(opened, `/api/services/${SAMPLES.deploying}`);
    expect(detail.stages.map(({ stage }: { stage: string }) => stage)).toEqual(['STARTING_MODEL_SERVER']);
    expect(detail.timeline[3]).toMatchObject({ title: 'Deploy', state: 'current' });
  });

  it('is refused where there is none of that name', async () => {
    const opened = await consoleOn(sampleServices());
    for (const name of ['nothing', '__proto__', '..%2f..', 'constructor'])
      expect((await opened.get(`/api/services/${name}`)).status).toBe(404);
  });

  it('is traced, and a release of it rehearsed, once for all who ask', async () => {
    const world = sampleServices();
    const opened = await consoleOn(world);
    await rowsOf(opened);
    const why = await json(opened, `/api/services/${SAMPLES.steady}/why`);
    expect(why.serving[0]).toMatchObject({ percent: 100, artifact: { name: 'v1', state: 'same' } });
    const plan = await json(opened, `/api/services/${SAMPLES.steady}/plan`);
    expect(plan).toMatchObject({ service: SAMPLES.steady, name: 'v1' });
    const before = world.reads.get('artifacts.head');
    await Promise.all(Array.from({ length: 5 }, () => json(opened, `/api/services/${SAMPLES.steady}/why`)));
    expect(world.reads.get('artifacts.head')).toBe(before);
    expect(world.published).toEqual([]);
  });
});

describe('a release', () => {
  it('has its cause, the numbers behind the verdict, and how long each stage took', async () => {
    const world = sampleServices();
    const opened = await consoleOn(world);
    const id = ledgerOf(world, SAMPLES.failed).outcomes[0]?.release ?? '';
    const detail = await json(opened, `/api/services/${SAMPLES.failed}/releases/${id}`);
    expect(detail).toMatchObject({
      name: '2026-11-26',
      progress: { result: 'RolledBack', cause: { code: 'GATE_GOLDEN' } },
    });
    expect(detail.evidence.golden[6]).toEqual([7, 0.511]);
    expect(detail.timeline.at(-1)).toMatchObject({ state: 'ended', note: 'RolledBack' });
    expect((await opened.get(`/api/services/${SAMPLES.failed}/releases/r-000000000000`)).status).toBe(404);
  });
});

it('says why Google Cloud cannot be read, and keeps what it knows', async () => {
  const world = sampleServices();
  const opened = await consoleOn(world);
  await rowsOf(opened);
  world.failure = new CallError('artifacts.list', 'UNAVAILABLE', 'no route');
  await vi.waitFor(
    async () => {
      const { rows, trouble } = await json(opened, '/api/services');
      expect(trouble).toContain('Google Cloud does not answer');
      expect(rowOf(rows, SAMPLES.steady)?.live?.name).toBe('v1');
    },
    { timeout: 20_000 },
  );
});

it('writes text of others as it is, for the page to show as text', async () => {
  const world = sampleServices();
  const evil = '<img src=x onerror=alert(1)>';
  change(world, SAMPLES.steady, { hold: { since: Date.now(), reason: evil } });
  const opened = await consoleOn(world);
  const answer = await opened.get(`/api/services/${SAMPLES.steady}`);
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  expect(JSON.parse(await answer.text()).status.hold.reason).toBe(evil);
});
