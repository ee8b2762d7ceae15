/** Objects that Slipway itself copies, writes, composes and removes in Cloud Storage. */
import type { Storage } from '@google-cloud/storage';
import type { Files } from '../batch-world.ts';
import { CallError } from '../errors.ts';
import { toObject } from './artifacts.ts';
import { calling, orElse } from './call-error.ts';

export function storedFiles(storage: Storage): Files {
  return {
    copy: (from, to) =>
      orElse(null, 'files.copy', async () => {
        const source = storage.bucket(from.bucket).file(from.name, { generation: from.generation });
        // Inside Cloud Storage, however large it is: the client follows the rewrite to its end.
        await source.copy(storage.bucket(to.bucket).file(to.name));
        const [metadata] = await storage.bucket(to.bucket).file(to.name).getMetadata();
        return toObject('files.copy', to.bucket, metadata);
      }),

    write: ({ bucket, name }, bytes, contentType) =>
      calling('files.write', async () => {
        const file = storage.bucket(bucket).file(name);
        await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
          // One request: what breaks off is written again from the start.
          resumable: false,
          contentType,
        });
        return toObject('files.write', bucket, file.metadata);
      }),

    replace: ({ bucket, name }, bytes, contentType, generation) =>
      calling('files.replace', async () => {
        const file = storage.bucket(bucket).file(name);
        await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
          resumable: false,
          contentType,
          preconditionOpts: { ifGenerationMatch: generation },
        });
        return toObject('files.replace', bucket, file.metadata);
      }),

    compose: (bucket, names, to) =>
      calling('files.compose', async () => {
        if (names.length === 0) throw new CallError('files.compose', 'INVALID_ARGUMENT', 'expected parts');
        const target = storage.bucket(bucket).file(to);
        await storage.bucket(bucket).combine([...names], target.name);
        const [metadata] = await target.getMetadata();
        return toObject('files.compose', bucket, metadata);
      }),

    remove: ({ bucket, name }) =>
      orElse(undefined, 'files.remove', async () => {
        await storage.bucket(bucket).file(name).delete();
      }),
  };
}
