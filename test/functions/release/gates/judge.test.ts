import { describe, expect, it } from 'vitest';
import type { RolloutFile } from '../../../../functions/config/schema.ts';
import { CallError } from '../../../../functions/errors.ts';
import { judge, type Trial } from '../../../../functions/release/gates/judge.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import type { Gate } from '../../../../functions/release/view/position.ts';
import type { Verdict } from '../../../../functions/release/publish/outcome.ts';
import type { Served } from '../../../../functions/world.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';
import {
  ALL_GATES,
  baking,
  before,
  CANARY,
  candidate,
  MINUTE,
  serviceWith,
} from '../steps/rollout-samples.ts';
import { NOW } from '../../../support/samples.ts';

/** Row n has the instance n and the prediction n. */
const GOLDEN = Array.from({ length: 10 }, (_, n) => JSON.stringify({ instance: n, prediction: n })).join(
  '\n',
);

interface Bench {
  readonly world: MemoryWorld;
  /** What these gates say of the candidate, as lines. */
  readonly ask: (...gates: Gate[]) => Promise<string[]>;
  readonly verdicts: (...gates: Gate[]) => Promise<{ verdicts: Verdict[]; againMs: number }>;
}

/** A candidate with that share beside a live model; both answer every instance with itself. */
function bench(
  setting: {
    golden?: string | null;
    percent?: number;
    gates?: RolloutFile['gates'];
    ledger?: Partial<Ledger>;
  } = {},
): Bench {
  const { golden = GOLDEN, percent = 10, gates, ledger: change } = setting;
  const world = memoryWorld();
  if (golden !== null) world.objects.put('models', 'churn/v1/golden.jsonl', golden);
  const name = world.vertex.addEndpoint('1', 'churn');
  const traffic = new Map([
    [candidate.id, percent],
    [before.id, 100 - percent],
  ]);
  world.vertex.disturb(name, { deployedModels: [before, candidate], traffic });
  const ledger = baking(0, { stepSince: NOW - 5 * MINUTE }, change);
  const service = serviceWith({ ...CANARY, gates: { ...ALL_GATES, ...gates } });
  const verdicts = async (...asked: Gate[]) => {
    const endpoint = await world.vertex.getEndpoint(name);
    if (endpoint === null) throw new Error('the endpoint is gone');
    const stage = { step: 0, isShared: percent < 100, isDirect: false };
    const trial: Trial = { gates: asked, stage, release: ledger.release, endpoint, candidate: candidate.id };
    return judge(service, ledger, world, trial);
  };
  const ask = async (...asked: Gate[]) =>
    (await verdicts(...asked)).verdicts.map(({ gate, verdict, reason }) => `${gate} ${verdict}: ${reason}`);
  return { world, ask, verdicts };
}

/** What Cloud Monitoring has of the two. */
function serve(world: MemoryWorld, live: Served | null, mine: Served | null): void {
  if (live !== null) world.served.set(before.id, live);
  if (mine !== null) world.served.set(candidate.id, mine);
}

function fails(world: MemoryWorld, ms: number): { asked: number } {
  const count = { asked: 0 };
  world.vertex.predict = async () => {
    count.asked += 1;
    await world.clock.sleep(ms);
    throw new CallError('Predict', 'DEADLINE_EXCEEDED', 'no answer');
  };
  return count;
}

describe('golden and comparison', () => {
  it('pass a candidate that answers as expected and as the live model', async () => {
    const { verdicts, ask } = bench();
    await expect(ask('golden', 'comparison')).resolves.toEqual([
      'golden pass: 10 golden rows answered as expected (tolerance 0.0001)',
      'comparison pass: 10 rows: largest difference 0, mean 0, 0 % outside 0.001, rank agreement 1',
    ]);
    // What is due next, such as the metrics, waits for nothing.
    await expect(verdicts('golden')).resolves.toMatchObject({
      againMs: 0,
      verdicts: [{ gate: 'golden', step: 0, at: NOW }],
    });
  });

  it('fail one that does not, within 400 characters', async () => {
    const { world, ask } = bench();
    world.vertex.answers = (id, n) => (id === candidate.id ? { [`a${'long'.repeat(500)}name`]: n } : n);
    const [golden = ''] = await ask('golden');
    expect(golden).toMatch(
      /^golden fail: 10 of 10 golden rows answered wrongly; line 1: prediction: expected 0, got /,
    );
    expect(golden.length).toBeLessThanOrEqual('golden fail: '.length + 400);
  });

  it('say nothing of a live model whose answers are wrong in the golden gate', async () => {
    const { world, ask } = bench();
    world.vertex.answers = (id, n) => (id === before.id ? -Number(n) : n);
    await expect(ask('golden', 'comparison')).resolves.toEqual([
      'golden pass: 10 golden rows answered as expected (tolerance 0.0001)',
      'comparison fail: over 5 % outside the tolerance (10 rows: largest difference 18, mean 9, ' +
        '90 % outside 0.001, rank agreement 0)',
    ]);
  });

  it('ask for no more rows than the policy has', async () => {
    const { ask } = bench({ gates: { golden: { maxRows: 3, tolerance: 0 } } });
    await expect(ask('golden')).resolves.toEqual([
      'golden pass: 3 golden rows answered as expected (tolerance 0)',
    ]);
  });

  it.each<[string, string | null, string]>([
    ['no rows', null, 'the artifact has no golden.jsonl'],
    [
      'rows that are none',
      '7',
      'golden.jsonl line 1: expected {"instance": …, "prediction": …} on one line, got something else',
    ],
  ])('decide by the policy, and at once, with %s', async (_, golden, reason) => {
    for (const whenUnsure of ['fail', 'pass'] as const) {
      const { ask } = bench({ golden, gates: { whenUnsure } });
      await expect(ask('golden', 'comparison')).resolves.toEqual([
        `golden ${whenUnsure}: ${reason}`,
        `comparison ${whenUnsure}: ${reason}`,
      ]);
    }
  });

  it('cannot tell of a candidate that never answers', async () => {
    const { ask } = bench({ percent: 0 });
    await expect(ask('golden', 'comparison')).resolves.toEqual([
      'golden hold: none of 200 requests was answered by the candidate',
      'comparison hold: none of 200 requests was answered by the candidate',
    ]);
  });

  it('fail a candidate that has all the traffic and breaks at each row', async () => {
    const { world, ask } = bench({ percent: 100 });
    world.vertex.predict = () => Promise.reject(new CallError('Predict', 'INTERNAL', 'shape'));
    const [golden] = await ask('golden');
    expect(golden).toMatch(
      /^golden fail: (\d+) of \1 requests failed and none was answered by the candidate; INTERNAL: shape$/,
    );
  });

  it('cannot tell while nothing answers at all', async () => {
    const { world, ask } = bench({ percent: 100 });
    fails(world, 0);
    const [golden] = await ask('golden');
    expect(golden).toMatch(
      /^golden hold: none of (\d+) requests was answered by the candidate; \1 failed, the last with DEADLINE_EXCEEDED: no answer$/,
    );
  });

  it('cannot tell while the bucket does not answer', async () => {
    const { world, ask } = bench();
    world.artifacts.head = () => Promise.reject(new CallError('artifacts.head', 'UNAVAILABLE', ''));
    await expect(ask('golden')).rejects.toThrow(CallError);
  });
});

describe('metrics', () => {
  const good = { requests: 1000, errors: 0, p95Ms: 100 };

  it('are asked again after a minute where they is inconclusive', async () => {
    const { world, verdicts } = bench();
    serve(world, good, { ...good, requests: 7 });
    await expect(verdicts('metrics')).resolves.toMatchObject({
      againMs: 60_000,
      verdicts: [{ gate: 'metrics', verdict: 'hold' }],
    });
    serve(world, good, good);
    await expect(verdicts('metrics')).resolves.toMatchObject({
      againMs: 0,
      verdicts: [{ gate: 'metrics', verdict: 'pass', reason: '1000 requests: 0 % failed, p95 100 ms' }],
    });
  });

  it.each([
    ['1m', 15_000],
    ['20s', 5_000],
    ['3s', 2_000],
    ['30m', 60_000],
  ])('are asked again several times within a patience of %s', async (patience, againMs) => {
    const { verdicts } = bench({ golden: null, gates: { patience } });
    await expect(verdicts('metrics')).resolves.toMatchObject({ againMs });
  });

  it('of thin traffic are made up for with golden requests', async () => {
    const { world, ask } = bench();
    serve(world, good, { ...good, requests: 7 });
    const asked: unknown[] = [];
    world.vertex.answers = (_, instance) => asked.push(instance);
    await expect(ask('metrics')).resolves.toEqual([
      'metrics hold: the candidate has served 7 of 50 requests; 60 golden requests were sent to make up for it',
    ]);
    expect(asked).toHaveLength(60);
    expect(new Set(asked).size).toBe(10);
  });

  it('say what Google answers where none of the golden requests that make up for thin traffic is answered', async () => {
    const { world, ask } = bench();
    serve(world, good, { ...good, requests: 0 });
    world.vertex.answers = () => {
      throw new CallError('vertex.predict', 'FAILED_PRECONDITION', 'This endpoint is a dedicated endpoint');
    };
    await expect(ask('metrics')).resolves.toEqual([
      expect.stringContaining(
        'make up for it, and none was answered: FAILED_PRECONDITION: This endpoint is a dedicated endpoint',
      ),
    ]);
  });

  it('of thin traffic are waited for where there are no rows', async () => {
    const { world, ask } = bench({ golden: null });
    const count = fails(world, 0);
    await expect(ask('metrics')).resolves.toEqual([
      'metrics hold: the candidate has served 0 of 50 requests',
    ]);
    expect(count.asked).toBe(0);
  });

  it('do not wait long for a candidate that lets golden requests hang', async () => {
    const { world, ask } = bench({ percent: 100 });
    const count = fails(world, 30_000);
    const began = world.clock.now();
    const [said] = await ask('metrics');
    expect(said).toContain(`; ${count.asked} golden requests were sent`);
    expect(world.clock.now() - began).toBeLessThanOrEqual(120_000);
  });

  it.each<[string, Served | null, number, Partial<Ledger>, string]>([
    [
      'has figures of the last hour only',
      good,
      10,
      {},
      'fail: p95 of the candidate is 200 ms, of the live model 100 ms (at most 1.5 times)',
    ],
    ['has no figures while it serves', null, 10, {}, 'hold: the live model has served 0 of 50 requests'],
    ['has none, and serves no more', null, 100, {}, 'pass: 1000 requests: 0 % failed, p95 200 ms'],
    ['is not there', null, 100, { live: null }, 'pass: 1000 requests: 0 % failed, p95 200 ms'],
  ])('beside a live model that %s', async (_, live, percent, ledger, expected) => {
    const { world, ask } = bench({ percent, ledger, golden: null });
    const mine = { ...good, p95Ms: 200 };
    world.monitoring.served = async (__, from) => {
      serve(world, from < NOW - 6 * MINUTE ? live : null, mine);
      return new Map(world.served);
    };
    await expect(ask('metrics')).resolves.toEqual([`metrics ${expected}`]);
  });

  it('cannot tell while Cloud Monitoring does not answer', async () => {
    const { world, ask } = bench();
    world.monitoring.served = () => Promise.reject(new CallError('served', 'UNAVAILABLE', ''));
    await expect(ask('metrics')).rejects.toThrow(CallError);
  });
});
