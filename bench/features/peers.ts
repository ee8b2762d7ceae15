/** PostgreSQL and Firestore, and FastAPI that asks the same store for each request: at least 5 times its requests a second. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { StoreSettings } from '../../common/artifact/feature-settings.ts';
import { firestore, startFirestore } from '../../test/support/stores/firestore.ts';
import { postgres, startPostgres } from '../../test/support/stores/postgres.ts';
import { startSubject, type Subject } from '../predictor/subject.ts';
import { compare, metricsOf } from './rounds.ts';
import type { Measurement } from './sqlite.ts';
import { COLUMNS, keyBodies, keyOf, valueOf, withStore } from './world.ts';

const ROOT = new URL('../../', import.meta.url);
const PYTHON = fileURLToPath(new URL('bench/peers/.venv/bin/python', ROOT));
const PATIENTS = 1000;

interface Store {
  readonly settings: StoreSettings;
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const STORES = {
  postgres: { lacks: () => postgres.lacks(), start: startPatientsInPostgres },
  firestore: { lacks: () => firestore.lacks(), start: startPatientsInFirestore },
};

export function measurePeers(kind: keyof typeof STORES): (measurement: Measurement) => Promise<string[]> {
  return async ({ folder, rounds, ms }) => {
    const lacks = STORES[kind].lacks();
    if (lacks !== null) return [`skipped: ${lacks}`];
    const store = await STORES[kind].start();
    const started: Subject[] = [];
    try {
      // A busy machine is no fault of the store's.
      const subject = await startSubject(withStore(folder, store.settings, { timeoutMs: 5000 }, store.env));
      started.push(subject);
      const peer = existsSync(PYTHON) ? await startSubject(fastapi(kind, folder.path, store.env)) : null;
      if (peer !== null) started.push(peer);
      const bodies = keyBodies(PATIENTS);
      const ours = { name: 'slipway', subject, bodies };
      const contenders = peer === null ? [ours] : [{ name: 'fastapi', subject: peer, bodies }, ours];
      const figures = await compare(contenders, rounds, ms);
      const metrics = await metricsOf(subject);
      const lookups = metrics.get('predictor_features_lookup_seconds_count{view="patient"}') ?? 0;
      const rows = metrics.get('predictor_features_rows_total{view="patient",result="found"}') ?? 0;
      const [theirs] = figures;
      const mine = figures.at(-1);
      const keys = `${(rows / lookups).toFixed(1)} keys a multi-get`;
      if (peer === null) {
        return [
          `${mine?.rps} requests a second, p99 ${mine?.p99Ms} ms, ${keys}; FastAPI skipped: see bench/peers/requirements.txt`,
        ];
      }
      return [
        `${mine?.ratio} times the requests a second of FastAPI (to reach: 5); ${mine?.rps} of ${theirs?.rps}, p99 ${mine?.p99Ms} and ${theirs?.p99Ms} ms; by CPU ${mine?.ratioByCpu}, ${mine?.cpuMicros} and ${theirs?.cpuMicros} µs; ${keys}`,
      ];
    } finally {
      await Promise.all(started.map((subject) => subject.stop()));
      await store.stop();
    }
  };
}

function fastapi(kind: string, artifact: string, env: Readonly<Record<string, string>>) {
  const script = fileURLToPath(new URL('bench/peers/features.py', ROOT));
  return {
    file: PYTHON,
    args: [script],
    env: { STORE: kind, ARTIFACT: artifact, OMP_NUM_THREADS: '1', ...env },
  };
}

async function startPatientsInPostgres(): Promise<Store> {
  const server = await startPostgres();
  const columns = COLUMNS.map((column) => `${column} float8`).join(', ');
  const rows = patients().map(({ key, values }) => `('${key}', ${values.join(', ')})`);
  server.sql(
    `CREATE TABLE patients (patient_id text PRIMARY KEY, ${columns}); INSERT INTO patients VALUES ${rows.join(', ')}; ANALYZE patients;`,
  );
  return {
    settings: server.settings,
    env: { POSTGRES_URL: `postgresql://postgres@127.0.0.1:${server.port}/postgres` },
    stop: () => server.stop(),
  };
}

async function startPatientsInFirestore(): Promise<Store> {
  const server = await startFirestore();
  const rows = patients().map(({ key, values }) => ({
    patient_id: key,
    ...Object.fromEntries(COLUMNS.map((column, i) => [column, values[i] ?? 0])),
  }));
  await server.write([{ name: 'patients', key: ['patient_id'], rows, time: '2026-01-01T00:00:00Z' }]);
  return {
    settings: { kind: 'firestore', project: 'p1', database: '(default)' },
    env: { FIRESTORE_EMULATOR_HOST: server.host, METADATA_SERVER_DETECTION: 'none' },
    stop: () => server.stop(),
  };
}

function patients(): { key: string; values: number[] }[] {
  return Array.from({ length: PATIENTS }, (_, row) => ({
    key: keyOf(row),
    values: COLUMNS.map((_column, column) => valueOf(row, column)),
  }));
}
