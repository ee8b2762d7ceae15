/** Writing artifacts into Cloud Storage. An object that is there is never overwritten. */
import { Storage } from '@google-cloud/storage';
import type { Config, Environment } from '../../../functions/config/config.ts';
import { CallError } from '../../../functions/errors.ts';
import { toCallError } from '../../../functions/google/call-error.ts';
import type { LocalFile } from './folder.ts';

export interface Uploads {
  /**
   * Creates the object and returns its generation, or null if there is one of that name. `onProgress` hears how many
   * bytes have been sent. Rejects with a CallError.
   */
  create(
    bucket: string,
    name: string,
    file: LocalFile,
    onProgress: (bytes: number) => void,
  ): Promise<string | null>;
}

/** In bytes: what is smaller is sent in one request, what is larger can go on after an interruption of the network. */
const RESUMABLE_FROM = 8 * 1024 * 1024;

export function storageUploads(config: Config, env: Environment): Uploads {
  // With the precondition every upload may be repeated, and the client does so.
  const storage = new Storage({
    projectId: config.project,
    ...(env['STORAGE_EMULATOR_HOST'] && { apiEndpoint: env['STORAGE_EMULATOR_HOST'] }),
  });
  return {
    async create(bucket, name, { content, size }, onProgress) {
      const options = {
        resumable: size >= RESUMABLE_FROM,
        preconditionOpts: { ifGenerationMatch: 0 },
        onUploadProgress: (event: unknown) => onProgress(Number(Reflect.get(Object(event), 'bytesWritten'))),
      };
      const file = storage.bucket(bucket).file(name);
      try {
        if (typeof content !== 'string') await file.save(content, options);
        else await storage.bucket(bucket).upload(content, { ...options, destination: file });
        return String(file.metadata.generation);
      } catch (error) {
        const failed = toCallError('artifacts.create', error);
        if (failed instanceof CallError && failed.status === 'FAILED_PRECONDITION') return null;
        throw failed;
      }
    },
  };
}
