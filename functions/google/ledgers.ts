/** Ledgers as objects of the state bucket: `ledgers/SERVICE.json`. */
import type { Storage } from '@google-cloud/storage';
import { CallError } from '../errors.ts';
import type { Ledgers } from '../world.ts';
import { calling, orElse } from './call-error.ts';

const MOST_TRIES = 5;

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
        const generation = String(metadata.generation);
        const file = bucket.file(fileOf(service).name, { generation });
        const text = await orElse(null, 'ledgers.read', async () =>
          (await file.download())[0].toString('utf8'),
        );
        if (text !== null) return { text, generation, updatedAt: Date.parse(metadata.updated ?? '') };
        // Written again in between: there is a ledger, and taking it for none would lose what waits in it.
        if (tries >= MOST_TRIES)
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
        return String(file.metadata.generation);
      }),
  };
}
