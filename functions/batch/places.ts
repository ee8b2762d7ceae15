/** Where the objects of a batch lie: below the folder of copies in one of its own, which goes with it. Pure. */
import type { Batch, Folder } from '../config/batch.ts';
import type { ObjectName } from '../batch-world.ts';
import { drawId } from '../release/ids.ts';
import type { Run } from './ledger.ts';

/** The folder of everything that goes when the batch ends. */
export function workOf(batch: Batch, run: Run): Folder {
  const { staging } = batch;
  // An input that was accepted under another configuration keeps the place of its copy.
  if (run.copy !== undefined) {
    const { bucket, name } = run.copy;
    return { bucket, prefix: name.slice(0, name.lastIndexOf('/') + 1) };
  }
  if (staging === null) throw new Error('a batch of objects has a folder for copies');
  return { bucket: staging.bucket, prefix: `${staging.prefix}${run.id}/` };
}

/** `ending`: of the format. The epoch says which lease wrote it. */
export function placeOf({ bucket, prefix }: Folder, what: string, ending: string): ObjectName {
  return { bucket, name: `${prefix}${what}.${ending}` };
}

export function numbered(what: string, n: number): string {
  return `${what}-${String(n).padStart(5, '0')}`;
}

/** A name that no other call has used or will use: what a call of long ago writes or reads is not this. */
export function unique(what: string, epoch: number, random: () => number): string {
  return `${what}-${epoch}-${drawId(random)}`;
}

/** `gs://bucket/prefix/`, with a closing slash. */
export function folderIn(uri: string): Folder {
  const [, bucket = '', path = ''] = /^gs:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return { bucket, prefix: path === '' || path.endsWith('/') ? path : `${path}/` };
}
