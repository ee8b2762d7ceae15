/** The lines of a file, read in pieces: what is kept is one piece and the longest line. */

export interface Line {
  readonly text: string;
  /** Bytes of the file up to its end. */
  readonly end: number;
}

/** A line above this ends the file: it is no text of lines. */
const MAX_LINE_BYTES = 64 * 1024 ** 2;
const NEW_LINE = 0x0a;

/** Groups of lines as they are read, without line ends and without the byte order mark; empty lines are left out. */
export async function* linesOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Line[]> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  let end = 0;
  for await (const chunk of chunks) {
    const lines: Line[] = [];
    let from = 0;
    for (let at = chunk.indexOf(NEW_LINE); at !== -1; at = chunk.indexOf(NEW_LINE, from)) {
      const piece = chunk.subarray(from, at);
      end += restBytes + piece.length + 1;
      add(lines, rest.length === 0 ? piece : Buffer.concat([...rest, piece]), end);
      rest = [];
      restBytes = 0;
      from = at + 1;
    }
    if (from < chunk.length) {
      rest.push(chunk.subarray(from));
      restBytes += chunk.length - from;
    }
    if (restBytes > MAX_LINE_BYTES) throw new Error(`a line has more than ${MAX_LINE_BYTES} bytes`);
    if (lines.length > 0) yield lines;
  }
  const last: Line[] = [];
  add(last, Buffer.concat(rest), end + restBytes);
  if (last.length > 0) yield last;
}

function add(lines: Line[], bytes: Buffer, end: number): void {
  const text = bytes
    .toString('utf8')
    .replace(/\r$/, '')
    .replace(/^\uFEFF/, '');
  if (text.trim() !== '') lines.push({ text, end });
}
