/**
 * Makes one object of many: Cloud Storage composes 32 at a time, so a thousand take two rounds
 * (https://cloud.google.com/storage/docs/composite-objects). Made again it is the same.
 */
import type { Folder } from '../config/batch.ts';
import type { Files } from '../batch-world.ts';
import type { StoredObject } from '../world.ts';

const AT_ONCE = 32;

/** `work`: where what is made in between lies, in the bucket of the parts. */
export async function assemble(
  files: Files,
  work: Folder,
  parts: readonly string[],
  to: string,
): Promise<StoredObject> {
  let names = parts;
  for (let round = 1; names.length > AT_ONCE; round += 1) {
    const next: string[] = [];
    for (let i = 0; i < names.length; i += AT_ONCE) {
      const name = `${work.prefix}composed-${round}-${next.length + 1}`;
      await files.compose(work.bucket, names.slice(i, i + AT_ONCE), name);
      next.push(name);
    }
    names = next;
  }
  return files.compose(work.bucket, names, to);
}
