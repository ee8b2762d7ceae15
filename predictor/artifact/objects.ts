/** Objects of Cloud Storage, or files of this machine, read generation by generation. */
import { createReadStream } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { linesOf } from '../../common/batch/lines.ts';
import type { PublishedFile } from '../../common/batch/published.ts';
import { downloading, isCode, streaming } from '../../common/cloud-storage.ts';
import { openBuckets } from './bucket.ts';

export interface Objects {
  /** What changes when the object is replaced; null: there is none. */
  generation(uri: string): Promise<string | null>;
  text(uri: string, generation: string): Promise<string>;
  /** Writes that generation to a path of this machine. Rejects also if it is gone by then. */
  copy(uri: string, generation: string, path: string): Promise<void>;
  /** The lines of an object, without their ends. Rejects where its generation is gone. */
  lines(file: PublishedFile): AsyncIterable<string>;
}

/** `uri`: `gs://BUCKET/OBJECT` or `file:///PATH`, of the object that is looked at, which tells the kind of all. */
export async function openObjects(uri: string): Promise<Objects> {
  return uri.startsWith('gs://') ? bucketObjects() : LOCAL;
}

async function bucketObjects(): Promise<Objects> {
  const buckets = await openBuckets();
  return {
    async generation(uri) {
      try {
        const [metadata] = await buckets.file(uri).getMetadata();
        return String(metadata.generation);
      } catch (error) {
        if (isCode(error, 404)) return null;
        throw error;
      }
    },
    async text(uri, generation) {
      const [bytes] = await downloading(() => buckets.file(uri, generation).download());
      return bytes.toString('utf8');
    },
    async copy(uri, generation, path) {
      await downloading(() => buckets.file(uri, generation).download({ destination: path }));
    },
    lines: ({ uri, generation }) => linesOf(streaming(buckets.file(uri, generation).createReadStream())),
  };
}

const LOCAL: Objects = {
  async generation(uri) {
    try {
      const { ino, mtimeMs, size } = await stat(fileURLToPath(uri));
      return `${ino}-${mtimeMs}-${size}`;
    } catch (error) {
      if (isCode(error, 'ENOENT')) return null;
      throw error;
    }
  },
  text: (uri) => readFile(fileURLToPath(uri), 'utf8'),
  // A copy: the file may be written to in place, which an open database would not survive.
  copy: (uri, _generation, path) => copyFile(fileURLToPath(uri), path),
  lines: ({ uri }) => linesOf(createReadStream(fileURLToPath(uri))),
};
