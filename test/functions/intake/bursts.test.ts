/** Many artifacts of one service at once, and very many over time: each has an outcome, and nothing grows. */
import { describe, expect, it } from 'vitest';
import { Redeliver } from '../../../functions/app.ts';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import { HOUR, refuse, REFUSED_ERRORS } from '../support/refusing.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  passTime,
  runTicks,
  testApp,
  type TestApp,
} from '../../support/test-app.ts';

/** An event that Pub/Sub delivers until it is taken in. */
interface Delivery {
  readonly name: string;
  tries: number;
}

async function isTaken(s: TestApp, delivery: Delivery): Promise<boolean> {
  delivery.tries += 1;
  try {
    await handleArtifact(finalized('models', delivery.name), s.app);
    return true;
  } catch (error) {
    if (error instanceof Redeliver) return false;
    throw error;
  }
}

/** So many artifacts land within seconds, and no tick runs meanwhile. Those that are to be delivered again. */
async function burst(s: TestApp, many: number): Promise<Delivery[]> {
  const waiting: Delivery[] = [];
  for (let n = 0; n < many; n += 1) {
    await s.world.clock.sleep(10);
    const delivery = { name: `churn/v${n}/model.onnx`, tries: 0 };
    s.world.objects.put('models', delivery.name, `weights ${n}`);
    if (!(await isTaken(s, delivery))) waiting.push(delivery);
  }
  return waiting;
}

/** What waits is delivered again, and the ticks run, until nothing is left of either. */
async function settle(s: TestApp, waiting: Delivery[]): Promise<void> {
  let left = waiting;
  for (let round = 0; round < 20; round += 1) {
    await runTicks(s);
    const again: Delivery[] = [];
    for (const delivery of left) if (!(await isTaken(s, delivery))) again.push(delivery);
    left = again;
    if (left.length === 0) break;
  }
  await runTicks(s);
  expect(left).toEqual([]);
}

function told(s: TestApp): string[] {
  return s.world.published.flatMap(({ topic, data }) =>
    topic === 'events' ? [String(Reflect.get(Object(data), 'artifact'))] : [],
  );
}

describe('a burst', () => {
  it.each([40, 81, 100, 200])(
    'of %i artifacts: the newest is live, and each has one outcome',
    async (many) => {
      const s = testApp();
      await settle(s, await burst(s, many));
      expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe(`churn/v${many - 1}/model.onnx`);
      const artifacts = told(s).map((uri) => uri.replace(/#\d+$/, ''));
      expect(artifacts.toSorted()).toEqual(
        Array.from({ length: many }, (_, n) => `gs://models/churn/v${n}/model.onnx`).toSorted(),
      );
      expect(outcomes(s.world).filter((result) => result === 'Live').length).toBeGreaterThanOrEqual(1);
    },
  );

  it('publishes few ticks', async () => {
    const s = testApp();
    await burst(s, 40);
    expect(s.world.published.filter(({ topic }) => topic === 'ticks').length).toBeLessThanOrEqual(2);
  });

  it('while a tick is at work publishes few ticks, too', async () => {
    const s = testApp();
    s.world.vertex.operations.hanging.add('deploy');
    s.world.objects.put('models', 'churn/first/model.onnx', 'first');
    await handleArtifact(finalized('models', 'churn/first/model.onnx'), s.app);
    let published = 0;
    const { clock } = s.world;
    const sleep = clock.sleep.bind(clock);
    clock.sleep = async (ms) => {
      if (published === 0 && ledgerOf(s.world, 'churn').pending?.kind === 'deploy') {
        published = -1;
        const before = s.world.published.length;
        await burst(s, 30);
        published = s.world.published.slice(before).filter(({ topic }) => topic === 'ticks').length;
      }
      await sleep(ms);
    };
    await passTime(s, HOUR);
    expect(published).toBeGreaterThanOrEqual(0);
    expect(published).toBeLessThanOrEqual(2);
  });

  it('of artifacts that are written again asks for no tick', async () => {
    const s = testApp();
    await settle(s, await burst(s, 30));
    s.world.vertex.operations.hanging.add('deploy');
    s.world.objects.put('models', 'churn/next/model.onnx', 'next');
    await handleArtifact(finalized('models', 'churn/next/model.onnx'), s.app);
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
    const before = s.world.published.length;
    await burst(s, 30);
    expect(s.world.published.slice(before)).toEqual([]);
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
  });

  it('of the same request is one request, and one outcome', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const publishTime = new Date(s.world.clock.now()).toISOString();
    for (let n = 0; n < 50; n += 1)
      await handleRequest(
        message({ service: 'churn', requestId: 'r1' }, { id: String(n), publishTime }),
        s.app,
      );
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('loses no outcome while the events topic refuses, and takes nothing in that it could not tell of', async () => {
    const s = testApp({ errors: REFUSED_ERRORS });
    const refused = refuse(s.world, 'publish events', 'UNAVAILABLE', 'no broker');
    const waiting = await burst(s, 200);
    expect(waiting.length).toBeGreaterThan(100);
    await passTime(s, 2 * HOUR);
    expect(told(s)).toEqual([]);
    expect(ledgerOf(s.world, 'churn').outcomes.length).toBeLessThanOrEqual(64);
    refused.end();
    await passTime(s, HOUR);
    await settle(s, waiting);
    expect(new Set(told(s)).size).toBe(200);
    expect(told(s)).toHaveLength(200);
  });
});

describe('growth', () => {
  it('of a year with a release every three hours: none', { timeout: 120_000 }, async () => {
    const s = testApp();
    const sizes: number[] = [];
    for (let n = 0; n < 1_500; n += 1) {
      s.world.objects.put('models', `churn/v${n}/model.onnx`, `weights ${n}`);
      s.world.objects.delete('models', `churn/v${n - 5}/model.onnx`);
      await handleArtifact(finalized('models', `churn/v${n}/model.onnx`), s.app);
      await runTicks(s);
      await s.world.clock.sleep(2 * HOUR);
      if (n % 100 === 99) sizes.push(s.world.ledgerTexts.get('churn')?.text.length ?? 0);
      s.lines.length = 0;
    }
    const { vertex } = s.world;
    expect(outcomes(s.world)).toHaveLength(1_500);
    // A thousand artifacts are remembered, and then no more.
    expect((sizes.at(-1) ?? 0) - (sizes[10] ?? 0)).toBeLessThan(500);
    expect(sizes.at(-1)).toBeLessThan(50_000);
    expect(vertex.versions.length).toBeLessThanOrEqual(3);
    expect([...vertex.endpoints.values()].map(({ deployedModels }) => deployedModels.length)).toEqual([1]);
  });

  it('of versions while nothing ever comes up: none beyond keepVersions', async () => {
    const s = testApp({ errors: ['release ended'] });
    s.world.vertex.operations.failing.set('deploy', {
      status: 'FAILED_PRECONDITION',
      message: 'Model server exited unexpectedly.',
    });
    for (let n = 0; n < 20; n += 1) {
      s.world.objects.put('models', `churn/v${n}/model.onnx`, `weights ${n}`);
      await handleArtifact(finalized('models', `churn/v${n}/model.onnx`), s.app);
      await runTicks(s);
      await s.world.clock.sleep(HOUR);
    }
    expect(outcomes(s.world)).toHaveLength(20);
    // The first one stays: it is the model's default.
    expect(s.world.vertex.versions.length).toBeLessThanOrEqual(3);
  });
});
