/** The one file of features, in Cloud Storage or on this machine; what goes wrong with it is the store's fault. */
import { fileURLToPath } from 'node:url';
import { openObjects } from '../../artifact/objects.ts';
import { StoreError } from './store.ts';

export interface ObjectSource {
  /** What changes when the file is replaced; null: there is no file. Rejects with a StoreError. */
  generation(): Promise<string | null>;
  /** Writes that generation to a path of this machine. Rejects with a StoreError, also if it is gone by then. */
  fetch(generation: string, path: string): Promise<void>;
}

/** The file that a `gs://BUCKET/OBJECT` or a `file:///PATH` URI names. */
export async function openSource(uri: string): Promise<ObjectSource> {
  const objects = await openObjects(uri);
  const isLocal = !uri.startsWith('gs://');
  const name = isLocal ? fileURLToPath(uri) : uri;
  return {
    generation: () => orStoreError(objects.generation(uri), `${name} cannot be read`),
    fetch: (generation, path) =>
      orStoreError(
        objects.copy(uri, generation, path),
        `${name} cannot be ${isLocal ? 'copied' : 'fetched'}`,
      ),
  };
}

async function orStoreError<T>(reading: Promise<T>, text: string): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    throw new StoreError(text, { cause: error });
  }
}
