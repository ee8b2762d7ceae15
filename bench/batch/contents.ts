/** Contents of objects that are made as they are read, or lie on the disk: an input of any size takes no memory. */
import { closeSync, openSync, readSync, statSync } from 'node:fs';

export interface Content {
  /** Bytes. */
  readonly size: number;
  read(start: number, end: number): Buffer;
}

/** Lines of as many bytes each, their ends included. `line` gives the text of each without its end. */
export function lines(count: number, width: number, line: (n: number) => string): Content {
  return {
    size: count * width,
    read(start, end) {
      const first = Math.floor(start / width);
      const last = Math.ceil(end / width);
      const bytes = Buffer.allocUnsafe((last - first) * width);
      for (let n = first; n < last; n += 1) bytes.write(`${line(n)}\n`, (n - first) * width, 'latin1');
      return bytes.subarray(start - first * width, end - first * width);
    },
  };
}

export function onDisk(path: string): Content {
  const { size } = statSync(path);
  return {
    size,
    read(start, end) {
      const bytes = Buffer.allocUnsafe(Math.max(0, end - start));
      const file = openSync(path, 'r');
      try {
        readSync(file, bytes, 0, bytes.length, start);
      } finally {
        closeSync(file);
      }
      return bytes;
    },
  };
}

export function joined(parts: readonly Content[]): Content {
  return {
    size: parts.reduce((sum, { size }) => sum + size, 0),
    read(start, end) {
      const taken: Buffer[] = [];
      let from = 0;
      for (const part of parts) {
        const to = from + part.size;
        if (to > start && from < end)
          taken.push(part.read(Math.max(0, start - from), Math.min(part.size, end - from)));
        from = to;
      }
      return Buffer.concat(taken);
    },
  };
}
