/** A store that answers in 200 ms while the limit is 50 ms: p99 under 60 ms. */
import { fileURLToPath } from 'node:url';
import { runLoad } from '../predictor/load.ts';
import { startSubject, type Command } from '../predictor/subject.ts';
import type { Measurement } from './sqlite.ts';
import { keyBodies, withStore } from './world.ts';

export function feastStandin(delayMs: number): Command {
  const script = fileURLToPath(new URL('feast-standin.ts', import.meta.url));
  return { file: process.execPath, args: [script], env: { DELAY_MS: String(delayMs) } };
}

export async function measureSlow({ folder, rounds, ms }: Measurement): Promise<string[]> {
  const feast = await startSubject(feastStandin(200));
  const store = { kind: 'feast', url: `http://127.0.0.1:${feast.port}`, authentication: 'none' } as const;
  // Every answer is then made of defaults, and the model is asked.
  const policies = { missing: 'default', unavailable: 'default' } as const;
  const subject = await startSubject(withStore(folder, store, policies));
  try {
    const load = { port: subject.port, connections: 64, ms: rounds * ms, bodies: keyBodies(1000) };
    // What is compiled late is compiled by then, and the breaker has seen the store fail.
    await runLoad({ ...load, ms: 2 * ms });
    const { requests, p50Ms, p99Ms } = await runLoad(load);
    return [
      `p99 ${p99Ms.toFixed(1)} ms (to reach: under 60), p50 ${p50Ms.toFixed(1)} ms, ${requests} requests, none failed`,
    ];
  } finally {
    await Promise.all([subject.stop(), feast.stop()]);
  }
}
