import { readFileSync } from 'node:fs';
import { describe, expect, test, vi } from 'vitest';
import * as models from './models.ts';
import * as others from './models-without-rows.ts';
import { healthOf, startPredictor, writeArtifact, type Running } from './process.ts';

const MB = 1024 * 1024;

/** Bytes in memory, and the most there were. https://man7.org/linux/man-pages/man5/proc_pid_status.5.html */
function memoryOf({ pid }: Running): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: bytes('VmRSS'), most: bytes('VmHWM') };
}

async function ready(running: Running): Promise<void> {
  await vi.waitFor(async () => expect(await healthOf(running)).toMatchObject({ code: 200 }), {
    timeout: 60_000,
    interval: 50,
  });
}

describe.skipIf(process.platform !== 'linux')('a large model', () => {
  test('is in memory little more than once', async () => {
    const model = others.heavy(20);
    const small = await startPredictor(writeArtifact({ 'model.onnx': models.logistic(1) }));
    const large = await startPredictor(writeArtifact({ 'model.onnx': model }));
    await Promise.all([ready(small), ready(large)]);
    const [before, after] = [memoryOf(small), memoryOf(large)];
    expect(model.length).toBeGreaterThan(64 * MB);
    expect((after.now - before.now) / model.length).toBeLessThan(1.6);
    expect((after.most - before.now) / model.length).toBeLessThan(2.2);
    expect(readFileSync(`/proc/${large.pid}/environ`, 'utf8')).toContain('MALLOC_MMAP_THRESHOLD_');
  }, 60_000);
});
