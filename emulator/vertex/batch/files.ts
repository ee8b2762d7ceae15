/** What batch prediction jobs read and write of Cloud Storage. */
import { ApiError } from '../../core/errors.ts';
import { StorageError } from '../../storage/errors.ts';
import type { Store } from '../../storage/store.ts';
import { objectOf } from '../../../common/artifact/uri.ts';

export interface InputFile {
  /** `gs://BUCKET/NAME`. */
  readonly uri: string;
  /** Bytes. */
  readonly size: number;
  /** What was there when the file was found. Ends in an error where it has been overwritten or deleted since. */
  chunks(): AsyncIterable<Buffer>;
}

export interface BatchFiles {
  /** The objects of `gs://BUCKET/NAME`, whose name may have the wildcards of gcloud. Throws NOT_FOUND for no bucket. */
  find(uri: string): InputFile[];
  /** Throws NOT_FOUND where there is no bucket. */
  write(uri: string, content: Uint8Array): void;
}

/** Throws INVALID_ARGUMENT. */
export function parseUri(uri: string): { bucket: string; name: string } {
  const { bucket, name } = objectOf(uri);
  if (bucket !== '') return { bucket, name };
  throw new ApiError('INVALID_ARGUMENT', `Invalid Cloud Storage URI: "${uri}". Expected gs://BUCKET/OBJECT.`);
}

export function batchFiles(store: Store): BatchFiles {
  return {
    find: (uri) => inWords(uri, () => find(store, uri)),
    write: (uri, content) =>
      inWords(uri, () => {
        const { bucket, name } = parseUri(uri);
        store.putObject(bucket, name, content);
      }),
  };
}

function find(store: Store, uri: string): InputFile[] {
  const { bucket, name } = parseUri(uri);
  const found: InputFile[] = [];
  let pageToken: string | undefined;
  do {
    const page = store.listObjects(bucket, { matchGlob: name, pageToken });
    for (const object of page.objects) {
      found.push({
        uri: `gs://${bucket}/${object.name}`,
        size: object.size,
        chunks: () => store.streamContent(object),
      });
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return found;
}

function inWords<Result>(uri: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    const status = error.httpStatus === 404 ? 'NOT_FOUND' : 'INVALID_ARGUMENT';
    throw new ApiError(status, `${uri}: ${error.message}`, { cause: error });
  }
}
