/** Google's own Firestore emulator, which comes with gcloud and needs Java. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { keyText } from '../../../common/artifact/feature-key.ts';
import { freePort } from '../../../common/free-port.ts';
import { hasPackage, untilReady } from './postgres.ts';
import type { Subject, Table } from './world.ts';

/** The emulator's archive, or null. */
function archive(): string | null {
  try {
    const gcloud = realpathSync(execFileSync('which', ['gcloud'], { encoding: 'utf8' }).trim());
    const file = join(dirname(gcloud), '../platform/cloud-firestore-emulator/cloud-firestore-emulator.jar');
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    return existsSync(file) ? file : null;
  } catch {
    return null;
  }
}

export const firestore: Subject = {
  name: 'Firestore',
  lacks() {
    if (archive() === null) return "no Java, or no gcloud with Google's Firestore emulator";
    return hasPackage('@google-cloud/firestore') ? null : 'no package @google-cloud/firestore';
  },
  ownTimes: true,
  async start(tables) {
    const server = await startFirestore();
    await server.write(tables);
    return {
      settings: { kind: 'firestore', project: 'p1', database: '(default)' },
      // The client would look for the metadata server of a machine of Google Cloud.
      env: { FIRESTORE_EMULATOR_HOST: server.host, METADATA_SERVER_DETECTION: 'none' },
      stop: () => server.stop(),
    };
  },
};

export interface FirestoreServer {
  readonly host: string;
  write(tables: readonly Table[]): Promise<void>;
  stop(): Promise<void>;
}

export async function startFirestore(): Promise<FirestoreServer> {
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const main = 'com.google.cloud.datastore.emulator.firestore.CloudFirestore';
  const java = ['-Duser.language=en', '-Xmx256m', '-cp', archive() ?? '', main];
  const words = [...java, '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn('java', words, { stdio: 'ignore' });
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  await untilReady(async () => {
    await fetch(`http://${host}/`);
  });
  return {
    host,
    async write(tables) {
      for (const table of tables) {
        for (const row of table.rows) await writeDocument(host, table, row);
      }
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** https://firebase.google.com/docs/firestore/reference/rest/v1/Value */
async function writeDocument(host: string, table: Table, row: Table['rows'][number]): Promise<void> {
  const key = table.key
    .map((column) => row[column] ?? '')
    .map((value) => (typeof value === 'object' ? '' : value));
  const fields = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueOf(value)]));
  const documents = 'projects/p1/databases/(default)/documents';
  const update = {
    name: `${documents}/${table.name}/${keyText(key)}`,
    fields: { ...fields, updated_at: { timestampValue: table.time } },
  };
  const response = await fetch(`http://${host}/v1/${documents}:commit`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer owner' },
    body: JSON.stringify({ writes: [{ update }] }),
  });
  if (!response.ok) throw new Error(await response.text());
}

function valueOf(value: unknown): object {
  if (value === null) return { nullValue: null };
  if (typeof value === 'boolean') return { booleanValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueOf) } };
  return Number.isSafeInteger(value) ? { integerValue: Number(value).toFixed() } : { doubleValue: value };
}
