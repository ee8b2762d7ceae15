/** A SQLite file of 100 MB that is replaced under load: no request fails, and p99 is at most twice that of before. */
import { renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runLoad } from '../predictor/load.ts';
import { startSubject } from '../predictor/subject.ts';
import { median, metricsOf } from './rounds.ts';
import type { Measurement } from './sqlite.ts';
import { keyBodies, withStore, writeDatabase } from './world.ts';

const PATIENTS = 350_000;
const REPLACED = 'predictor_features_files_total{result="replaced"}';

export async function measureSwap({ folder, rounds, ms }: Measurement): Promise<string[]> {
  const path = join(folder.path, 'features.sqlite');
  writeDatabase(path, PATIENTS);
  const store = { kind: 'sqlite', uri: pathToFileURL(path).href, refreshMs: 200 } as const;
  const subject = await startSubject(withStore(folder, store));
  const load = { port: subject.port, connections: 64, ms, bodies: keyBodies(10_000) };
  try {
    await runLoad(load);
    const before: number[] = [];
    const during: number[] = [];
    let requests = 0;
    for (let round = 0; round < rounds; round += 1) {
      before.push((await runLoad(load)).p99Ms);
      writeDatabase(`${path}.next`, PATIENTS);
      const known = (await metricsOf(subject)).get(REPLACED) ?? 0;
      renameSync(`${path}.next`, path);
      // The load lasts until the new file is read: fetching it is part of the swap.
      for (let isReplaced = false; !isReplaced;) {
        const { requests: more, p99Ms } = await runLoad(load);
        during.push(p99Ms);
        requests += more;
        isReplaced = ((await metricsOf(subject)).get(REPLACED) ?? 0) > known;
      }
    }
    const ratio = median(during) / median(before);
    return [
      `p99 ${ratio.toFixed(2)} times that of before (to reach: 2); ${median(during)} and ${median(before)} ms; ${requests} requests over ${rounds} swaps of ${Math.round(statSync(path).size / 1e6)} MB, none failed`,
    ];
  } finally {
    await subject.stop();
  }
}
