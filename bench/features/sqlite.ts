/** The same model with its features inline, and by key from SQLite: at least 0.75 times the requests a second. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startSubject } from '../predictor/subject.ts';
import { slipway } from '../predictor/subjects.ts';
import { compare, metricsOf } from './rounds.ts';
import { inlineBodies, keyBodies, withStore, writeDatabase, type Folder } from './world.ts';

export interface Measurement {
  readonly folder: Folder;
  readonly rounds: number;
  readonly ms: number;
}

const PATIENTS = 10_000;

export async function measureSqlite({ folder, rounds, ms }: Measurement): Promise<string[]> {
  const path = join(folder.path, 'features.sqlite');
  writeDatabase(path, PATIENTS);
  const store = { kind: 'sqlite', uri: pathToFileURL(path).href, refreshMs: 60_000 } as const;
  const inline = await startSubject(slipway('v1'));
  const keyed = await startSubject(withStore(folder, store));
  try {
    const [bar, figures] = await compare(
      [
        { name: 'inline', subject: inline, bodies: inlineBodies(PATIENTS) },
        { name: 'sqlite', subject: keyed, bodies: keyBodies(PATIENTS) },
      ],
      rounds,
      ms,
    );
    const metrics = await metricsOf(keyed);
    const lookups = metrics.get('predictor_features_lookup_seconds_count{view="patient"}') ?? 0;
    const requests = metrics.get('predictor_requests_total') ?? 0;
    const seconds = metrics.get('predictor_features_lookup_seconds_sum{view="patient"}') ?? 0;
    return [
      `${figures?.ratio} times the requests a second of inline (to reach: 0.75); ${figures?.rps} of ${bar?.rps}, p99 ${figures?.p99Ms} and ${bar?.p99Ms} ms; by CPU ${figures?.ratioByCpu}, ${figures?.cpuMicros} and ${bar?.cpuMicros} µs`,
      `${(requests / lookups).toFixed(1)} requests a multi-get, ${((seconds / requests) * 1e6).toFixed(1)} µs of it a request`,
    ];
  } finally {
    await Promise.all([inline.stop(), keyed.stop()]);
  }
}
