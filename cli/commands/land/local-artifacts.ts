/** Files of this machine as the functions see artifacts in a bucket, so that the functions' own checks can be run on them. */
import { open, readFile } from 'node:fs/promises';
import type { Artifacts, StoredObject } from '../../../functions/world.ts';
import type { LocalFile } from './folder.ts';

/** Stands for the bucket, in which the names of objects are the paths of files. */
export const HERE = 'here';

export function localArtifacts(files: readonly LocalFile[]): Artifacts {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const objects = files.map((file) => toObject(file));
  return {
    head: (_, name) => Promise.resolve(objects.find((object) => object.name === name) ?? null),

    async *list(_, prefix) {
      yield objects.filter(({ name }) => name.startsWith(prefix));
    },

    async read({ name, size }, maxBytes) {
      const file = byPath.get(name);
      if (file === undefined || size > maxBytes) return null;
      const { content } = file;
      return typeof content === 'string' ? readFile(content, 'utf8') : content.toString('utf8');
    },

    async readRange({ name }, start, end) {
      const file = byPath.get(name);
      if (file === undefined) return null;
      if (typeof file.content !== 'string') return file.content.subarray(start, end);
      await using opened = await open(file.content);
      const { bytesRead, buffer } = await opened.read({
        buffer: Buffer.alloc(Math.min(end, file.size) - start),
        position: start,
      });
      return buffer.subarray(0, bytesRead);
    },

    sha256({ name }) {
      const file = byPath.get(name);
      return Promise.resolve(file === undefined ? { ended: 'gone' } : { ended: 'read', sha256: file.sha256 });
    },
  };
}

/** All of one age: nothing here is left from an earlier artifact. */
function toObject({ path, size, crc32c }: LocalFile): StoredObject {
  return {
    bucket: HERE,
    name: path,
    generation: '1',
    createdAt: 0,
    size,
    checksum: size === 0 ? null : `crc32c:${crc32c}`,
    contentEncoding: null,
  };
}
