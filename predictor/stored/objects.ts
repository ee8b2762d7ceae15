/** Objects of Cloud Storage, or files of this machine, read generation by generation. */
import { createReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import type { PublishedFile } from '../../common/batch/published.ts';

export interface Objects {
  /** What changes when the object is replaced; null: there is none. */
  generation(uri: string): Promise<string | null>;
  text(uri: string, generation: string): Promise<string>;
  /** The lines of an object, without their ends. Rejects where its generation is gone. */
  lines(file: PublishedFile): AsyncIterable<string>;
}

/** `uri`: of the object that is looked at, which tells the kind of all. */
export async function openObjects(uri: string): Promise<Objects> {
  return uri.startsWith('gs://') ? bucketObjects() : LOCAL;
}

async function bucketObjects(): Promise<Objects> {
  const { Storage } = await import('@google-cloud/storage');
  const emulator = process.env['STORAGE_EMULATOR_HOST'];
  const storage = new Storage(emulator === undefined ? {} : { apiEndpoint: emulator, projectId: 'local' });
  const fileOf = (uri: string, generation: string | null = null) => {
    const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.+)$/s.exec(uri) ?? [];
    return storage.bucket(bucket).file(name, generation === null ? {} : { generation });
  };
  return {
    async generation(uri) {
      try {
        const [metadata] = await fileOf(uri).getMetadata();
        return String(metadata.generation);
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 404) return null;
        throw error;
      }
    },
    async text(uri, generation) {
      const [bytes] = await fileOf(uri, generation).download();
      return bytes.toString('utf8');
    },
    lines: ({ uri, generation }) => linesOf(fileOf(uri, generation).createReadStream()),
  };
}

const LOCAL: Objects = {
  async generation(uri) {
    try {
      const { ino, mtimeMs, size } = await stat(fileURLToPath(uri));
      return `${ino}-${mtimeMs}-${size}`;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
      throw error;
    }
  },
  text: (uri) => readFile(fileURLToPath(uri), 'utf8'),
  lines: ({ uri }) => linesOf(createReadStream(fileURLToPath(uri))),
};

async function* linesOf(stream: Readable): AsyncGenerator<string> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of stream) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
      yield bytes.toString('utf8', start, end);
      start = end + 1;
    }
    rest = bytes.subarray(start);
  }
  if (rest.length > 0) yield rest.toString('utf8');
}
