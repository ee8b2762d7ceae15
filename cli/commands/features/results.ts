/** The published results of batches in Cloud Storage: what names them, their rows, and what names the rows of a store. */
import { Storage, type File } from '@google-cloud/storage';
import { objectOf } from '../../../common/artifact/uri.ts';
import { linesOf } from '../../../common/batch/lines.ts';
import type { Published } from '../../../common/batch/published.ts';
import { storedRowOf, type StoredRow } from '../../../common/batch/stored-row.ts';
import { downloading, streaming } from '../../../common/cloud-storage.ts';
import type { Environment } from '../../../functions/config/config.ts';
import { CallError } from '../../../functions/errors.ts';
import { toCallError } from '../../../functions/google/call-error.ts';

export interface Found {
  readonly text: string;
  readonly generation: string;
}

export interface Results {
  /** Null: there is no such object. Rejects with a CallError. */
  read(bucket: string, name: string): Promise<Found | null>;
  /** The rows that succeeded. Rejects with a CallError, also where a file was removed. */
  rows(published: Published): AsyncIterable<StoredRow>;
  /** Names of objects. Rejects with a CallError. */
  list(bucket: string, prefix: string): Promise<string[]>;
  /** Removes that generation; another one, or none, is left alone. Rejects with a CallError. */
  remove(bucket: string, name: string, generation: string): Promise<void>;
  /** False: the object has changed since that generation ('0': there was none). Rejects with a CallError. */
  replace(bucket: string, name: string, text: string, generation: string): Promise<boolean>;
}

export function storedResults(project: string, env: Environment): Results {
  const emulator = env['STORAGE_EMULATOR_HOST'];
  const storage = new Storage({
    projectId: project,
    ...(emulator !== undefined && { apiEndpoint: emulator }),
  });
  const fileOf = (bucket: string, name: string, generation: string | null): File =>
    storage.bucket(bucket).file(name, generation === null ? {} : { generation });
  return {
    async read(bucket, name) {
      try {
        const [{ generation }] = await fileOf(bucket, name, null).getMetadata();
        const file = fileOf(bucket, name, String(generation));
        const [bytes] = await downloading(() => file.download());
        return { text: bytes.toString('utf8'), generation: String(generation) };
      } catch (error) {
        const failed = toCallError('results.read', error);
        if (failed.status === 'NOT_FOUND') return null;
        throw failed;
      }
    },
    async *rows({ files, key }) {
      for (const { uri, generation } of files) {
        const { bucket, name } = objectOf(uri);
        const pieces = streaming(reading(fileOf(bucket, name, generation)));
        for await (const line of linesOf(pieces)) {
          const row = line === '' ? null : storedRowOf(line, key);
          if (row !== null) yield row;
        }
      }
    },
    async list(bucket, prefix) {
      try {
        const [files] = await storage.bucket(bucket).getFiles({ prefix });
        return files.map(({ name }) => name);
      } catch (error) {
        throw toCallError('results.list', error);
      }
    },
    async remove(bucket, name, generation) {
      try {
        await fileOf(bucket, name, null).delete({ ifGenerationMatch: Number(generation) });
      } catch (error) {
        const failed = toCallError('results.remove', error);
        if (failed.status !== 'NOT_FOUND' && failed.status !== 'FAILED_PRECONDITION') throw failed;
      }
    },
    async replace(bucket, name, text, generation) {
      const preconditionOpts = { ifGenerationMatch: Number(generation) };
      try {
        await fileOf(bucket, name, null).save(text, { preconditionOpts, contentType: 'application/json' });
        return true;
      } catch (error) {
        const failed = toCallError('results.replace', error);
        if (failed.status === 'FAILED_PRECONDITION') return false;
        throw failed;
      }
    },
  };
}

async function* reading(file: File): AsyncGenerator<Buffer> {
  try {
    yield* file.createReadStream();
  } catch (error) {
    throw error instanceof CallError ? error : toCallError('results.rows', error);
  }
}
