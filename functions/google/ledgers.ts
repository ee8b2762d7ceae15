/** Ledgers as objects of the state bucket: `ledgers/SERVICE.json`. */
import type { Storage } from '@google-cloud/storage';
import { CallError } from '../errors.ts';
import type { Ledgers } from '../world.ts';
import { calling, orElse } from './call-error.ts';
import { download } from './download.ts';

const TRIES_MAX = 5;
/** Many times what a ledger has. */
const BYTES_MAX = 8 * 1024 * 1024;
const READ_MS = 30_000;

export function storedLedgers(storage: Storage, bucketName: string): Ledgers {
  const bucket = storage.bucket(bucketName);
  // Service names are checked by the configuration's schema: no message ever names an object here.
  const fileOf = (service: string) => bucket.file(`ledgers/${service}.json`);
  return {
    async read(service) {
      for (let tries = 1; ; tries += 1) {
        const metadata = await orElse(
          null,
          'ledgers.read',
          async () => (await fileOf(service).getMetadata())[0],
        );
        if (metadata === null) return null;
        const generation = generationOf('ledgers.read', metadata.generation);
        const { name } = fileOf(service);
        const text = await orElse(null, 'ledgers.read', () =>
          textOf(storage, { bucket: bucketName, name, generation }),
        );
        if (text !== null) return { text, generation, updatedAt: updatedAt(metadata.updated) };
        // Written again in between: there is a ledger, and taking it for none would lose what waits in it.
        if (tries >= TRIES_MAX)
          throw new CallError('ledgers.read', 'ABORTED', 'the ledger is written all the time');
      }
    },

    write: (service, text, generation) =>
      calling('ledgers.write', async () => {
        const file = fileOf(service);
        await file.save(text, {
          resumable: false,
          contentType: 'application/json',
          preconditionOpts: { ifGenerationMatch: generation },
        });
        return generationOf('ledgers.write', file.metadata.generation);
      }),
  };
}

/** What is longer is cut, and is then no ledger any more: LEDGER_UNREADABLE, which a rebuild repairs. */
async function textOf(
  storage: Storage,
  object: { bucket: string; name: string; generation: string },
): Promise<string> {
  const chunks: Buffer[] = [];
  const bounds = { mostBytes: BYTES_MAX, mostMs: READ_MS };
  const end = await download('ledgers.read', storage, object, bounds, (chunk) => {
    chunks.push(chunk);
  });
  if (end === 'late')
    throw new CallError('ledgers.read', 'DEADLINE_EXCEEDED', `not read within ${READ_MS} ms`);
  return Buffer.concat(chunks).toString('utf8');
}

function generationOf(method: string, generation: unknown): string {
  const text = String(generation);
  if (/^\d{1,19}$/.test(text)) return text;
  throw new CallError(method, 'UNKNOWN', 'the answer names no generation');
}

function updatedAt(updated: string | undefined): number {
  const at = Date.parse(updated ?? '');
  if (!Number.isNaN(at)) return at;
  throw new CallError('ledgers.read', 'UNKNOWN', 'the answer does not say when the ledger was written');
}
