/** Writes what describes a model before it is uploaded: Vertex AI reads it from the state bucket. */
import type { Storage } from '@google-cloud/storage';
import type { SchemaFile } from '../../common/artifact/schemata.ts';
import type { Vertex } from '../world.ts';
import { CallError } from '../errors.ts';
import { calling } from './call-error.ts';

export function describing(vertex: Vertex, storage: Storage, bucketName: string): Vertex {
  const bucket = storage.bucket(bucketName);
  const write = async ({ name, text }: SchemaFile): Promise<void> => {
    try {
      await calling('schemata.write', () =>
        bucket.file(name).save(text, {
          resumable: false,
          contentType: 'application/yaml',
          preconditionOpts: { ifGenerationMatch: 0 },
        }),
      );
    } catch (error) {
      // It is there: an earlier upload wrote the same.
      if (!(error instanceof CallError && error.status === 'FAILED_PRECONDITION')) throw error;
    }
  };
  return {
    ...vertex,
    async upload(request) {
      const files = Object.values(request.schemata ?? {});
      await Promise.all(files.map(write));
      return vertex.upload(request);
    },
  };
}
