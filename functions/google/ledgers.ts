/** Ledgers as objects of the state bucket: `ledgers/SERVICE.json`. */
import type { Storage } from '@google-cloud/storage';
import type { Ledgers } from '../world.ts';
import { calling, toCallError } from './call-error.ts';

export function storedLedgers(storage: Storage, bucketName: string): Ledgers {
  const bucket = storage.bucket(bucketName);
  // Service names are checked by the configuration's schema: no message ever names an object here.
  const fileOf = (service: string) => bucket.file(`ledgers/${service}.json`);
  return {
    async read(service) {
      try {
        const [metadata] = await fileOf(service).getMetadata();
        const generation = String(metadata.generation);
        const [text] = await bucket.file(fileOf(service).name, { generation }).download();
        return { text: text.toString('utf8'), generation, updatedAt: Date.parse(metadata.updated ?? '') };
      } catch (error) {
        const failure = toCallError('ledgers.read', error);
        if (failure.status === 'NOT_FOUND') return null;
        throw failure;
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
