import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { DatabaseSync } from 'node:sqlite';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { Storage } from '@google-cloud/storage';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { startEmulator } from '../../../../emulator/server.ts';

const PROGRAM = fileURLToPath(new URL('use-bucket.ts', import.meta.url));
const RESULTS = 'out/b-1/results.jsonl';
const POINTER = 'out/_published/r-4.json';
const STORE = 'store.sqlite';

// In a process of its own: the error that @google-cloud/storage throws beside its retry would end vitest's.
test('results and a store are downloaded, though Cloud Storage answers 503 first', async () => {
  const emulator = await startEmulator({ log: pino({ level: 'silent' }) });
  onTestFinished(() => emulator.close());
  emulator.store.createBucket('results', {}, 'my-project');
  const bucket = new Storage({ projectId: 'my-project', apiEndpoint: emulator.url }).bucket('results');
  await bucket.file(POINTER).save('{}');
  await bucket.file(RESULTS).save('{"instance":{"id":"a"},"prediction":{"score":1}}\n');
  await bucket.file(STORE).save(databaseOf("INSERT INTO customer VALUES ('a'), ('b')"));
  for (const name of [POINTER, RESULTS, STORE]) {
    const path = `/o/${encodeURIComponent(name)}?*alt=media`;
    emulator.faults.add({ method: '*', path, times: 1, kind: 'error', status: 'UNAVAILABLE' });
  }
  const child = spawn(process.execPath, [PROGRAM], {
    env: { PATH: process.env['PATH'], STORAGE_EMULATOR_HOST: emulator.url },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [printed, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect([code, errors]).toEqual([0, '']);
  expect(JSON.parse(printed)).toEqual({ found: '{}', rows: [['a']] });
  const [stored] = await bucket.file(STORE).download();
  expect(idsOf(stored)).toEqual(['a', 'b', 'c']);
}, 60_000);

/** The bytes of a database with one table. */
function databaseOf(inserts: string): Buffer {
  const path = join(mkdtempSync(join(tmpdir(), 'bucket-')), 'file.sqlite');
  const database = new DatabaseSync(path);
  database.exec(`CREATE TABLE customer (id TEXT PRIMARY KEY); ${inserts}`);
  database.close();
  return readFileSync(path);
}

function idsOf(bytes: Buffer): unknown[] {
  const path = join(mkdtempSync(join(tmpdir(), 'bucket-')), 'file.sqlite');
  writeFileSync(path, bytes);
  const database = new DatabaseSync(path, { readOnly: true });
  const rows = database.prepare('SELECT id FROM customer ORDER BY id').all();
  database.close();
  return rows.map(({ id }) => id);
}
