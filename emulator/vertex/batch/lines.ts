/** The lines of a file, read in pieces: what is kept is one piece and the longest line. */

export interface Lines {
  /** Without line ends and without the byte order mark. Empty lines are left out. */
  readonly texts: readonly string[];
  /** Bytes of the file before the first of them, and up to the end of the last. */
  readonly from: number;
  readonly to: number;
}

/** A line above this ends the file: it is no text of lines. */
const LINE_BYTES_MAX = 64 * 1024 ** 2;
const NEW_LINE = 0x0a;

/** As they are read, some at a time. Rejects for a line that is too long. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Lines> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let from = 0;
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(NEW_LINE) + 1;
    if (end > 0) {
      const whole = chunk.subarray(0, end);
      const bytes = rest.length === 0 ? whole : Buffer.concat([...rest, whole]);
      yield { texts: split(bytes, from === 0), from, to: from + bytes.length };
      from += bytes.length;
      rest = [];
      restBytes = 0;
    }
    if (end < chunk.length) {
      rest.push(chunk.subarray(end));
      restBytes += chunk.length - end;
    }
    if (restBytes > LINE_BYTES_MAX) throw new Error(`a line has more than ${LINE_BYTES_MAX} bytes`);
  }
  if (restBytes > 0) yield { texts: split(Buffer.concat(rest), from === 0), from, to: from + restBytes };
}

function split(bytes: Buffer, isFirst: boolean): string[] {
  const text = bytes.toString('utf8');
  const lines = (isFirst ? text.replace(/^\uFEFF/, '') : text).split('\n');
  const plain = text.includes('\r') ? lines.map((line) => line.replace(/\r$/, '')) : lines;
  return plain.filter((line) => line.trim() !== '');
}
