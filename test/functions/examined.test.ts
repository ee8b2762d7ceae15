/** Artifacts that are not complete yet, or cannot be read to their end, and endpoints that are somebody else's. */
import { describe, expect, it } from 'vitest';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import { HOUR } from './support/refusing.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  passTime,
  runTicks,
  testApp,
  type TestApp,
} from '../support/test-app.ts';

const MINUTE = 60_000;
const SHA = 'a'.repeat(64);
const MARKER = 'churn/v1/model.onnx';

/** The manifest lists these files of five bytes, and the marker has landed. */
async function landed(s: TestApp, ...names: string[]): Promise<void> {
  const files = ['model.onnx', ...names].map((path) => ({ path, size: 5, sha256: SHA }));
  s.world.objects.put('models', 'churn/v1/manifest.json', JSON.stringify({ schema: 1, files }));
  s.world.objects.put('models', MARKER);
  await handleArtifact(finalized('models', MARKER), s.app);
}

function beginning(): TestApp {
  return testApp({ errors: ['release ended'] });
}

describe('a folder whose marker lands before its larger files', () => {
  /** The outcomes, where the last file comes so many minutes after the marker. */
  const outcomesAfter = async (minutes: number): Promise<string[]> => {
    const s = beginning();
    await landed(s, 'vocab.bin');
    const { clock } = s.world;
    const sleep = clock.sleep.bind(clock);
    const at = clock.now() + minutes * MINUTE;
    clock.sleep = async (ms) => {
      await sleep(ms);
      if (clock.now() >= at && s.world.objects.find('models', 'churn/v1/vocab.bin') === null)
        s.world.objects.put('models', 'churn/v1/vocab.bin');
    };
    await passTime(s, 2 * HOUR);
    return outcomes(s.world);
  };

  it.each([1, 10])('goes live once they are there, after %i minutes', async (minutes) => {
    await expect(outcomesAfter(minutes)).resolves.toEqual(['Live']);
  });

  it('goes live once they are there, after 25 minutes', async () => {
    await expect(outcomesAfter(25)).resolves.toEqual(['Live']);
  });

  it('is refused by name after half an hour, and nothing was spent on it', async () => {
    const s = beginning();
    await landed(s, 'vocab.bin');
    const began = s.world.clock.now();
    await passTime(s, 2 * HOUR);
    expect(outcomes(s.world)).toEqual(['Refused ARTIFACT_INCOMPLETE']);
    const [outcome] = ledgerOf(s.world, 'churn').outcomes;
    expect(outcome?.cause?.detail).toContain('vocab.bin');
    const minutes = ((outcome?.endedAt ?? 0) - began) / MINUTE;
    expect(minutes).toBeGreaterThanOrEqual(30);
    expect(minutes).toBeLessThan(40);
    expect(s.world.vertex.mutations).toEqual([]);
  });

  it('gives way to a newer artifact while it waits', async () => {
    const s = beginning();
    await landed(s, 'vocab.bin');
    await s.world.clock.sleep(1_000);
    s.world.objects.put('models', 'churn/v2/model.onnx', 'two');
    await handleArtifact(finalized('models', 'churn/v2/model.onnx'), s.app);
    await passTime(s, 20 * MINUTE);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v2/model.onnx');
  });
});

describe('an examination that never ends', () => {
  /** Cloud Run ends a request after 540 s: the tick is gone with whatever it was reading. */
  it('as when the artifact takes more memory than the function has, is begun three times', async () => {
    const s = beginning();
    let reads = 0;
    const killed = Promise.withResolvers<void>();
    let dies = killed;
    s.world.artifacts.sha256 = async () => {
      reads += 1;
      await s.world.clock.sleep(540_000);
      dies.resolve();
      return new Promise(() => {});
    };
    await landed(s);
    for (let n = 0; n < 20 && outcomes(s.world).length === 0; n += 1) {
      dies = Promise.withResolvers<void>();
      const publishTime = new Date(s.world.clock.now()).toISOString();
      const tick = handleTick(message({ service: 'churn' }, { publishTime }), s.app).catch(() => {});
      await Promise.race([tick, dies.promise]);
      // The lease of what was killed runs out.
      await s.world.clock.sleep(700_000);
    }
    expect(outcomes(s.world)).toEqual(['Refused ARTIFACT_UNREADABLE']);
    expect(reads).toBe(3);
  });

  it('since a file is not read within a tick ends the release, and names the file', async () => {
    const s = beginning();
    let reads = 0;
    s.world.artifacts.sha256 = async (_, until) => {
      reads += 1;
      await s.world.clock.sleep(until - s.world.clock.now());
      return { ended: 'late' };
    };
    await landed(s);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Refused ARTIFACT_SLOW']);
    expect(ledgerOf(s.world, 'churn').outcomes[0]?.cause?.detail).toContain('model.onnx');
    expect(reads).toBeLessThanOrEqual(3);
  });

  it('within one tick goes on in the next one, file by file', async () => {
    const s = beginning();
    const names = Array.from({ length: 12 }, (_, n) => `part-${n}.bin`);
    for (const name of names) s.world.objects.put('models', `churn/v1/${name}`);
    const read: string[] = [];
    const minutesEach = 4 * MINUTE;
    s.world.artifacts.sha256 = async ({ name }, until) => {
      if (s.world.clock.now() + minutesEach > until) {
        await s.world.clock.sleep(until - s.world.clock.now());
        return { ended: 'late' };
      }
      await s.world.clock.sleep(minutesEach);
      read.push(name);
      return { ended: 'read', sha256: SHA };
    };
    await landed(s, ...names);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live']);
    expect(read).toHaveLength(13);
    expect(new Set(read).size).toBe(13);
  });
});

describe('an endpoint whose traffic is somebody else’s', () => {
  it('ends the release before anything is uploaded or deployed', async () => {
    const s = beginning();
    const name = s.world.vertex.addEndpoint('55', 'churn');
    const theirs = { id: '42', model: 'projects/p/models/other', version: '1', displayName: 'theirs' };
    s.world.vertex.disturb(name, { deployedModels: [theirs], traffic: new Map([['42', 100]]) });
    await landed(s);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Failed TRAFFIC_HELD']);
    expect(s.world.vertex.mutations).toEqual([]);
    expect(s.world.vertex.endpoints.get(name)?.traffic).toEqual(new Map([['42', 100]]));
  });
});
