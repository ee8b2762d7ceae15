/** Just enough of Terraform's language to read a resource as it is written: arguments of one line, blocks, comments. */

/** Arguments by their names, as the expressions they are; blocks by theirs, as arrays. */
export interface Block {
  readonly [name: string]: string | readonly Block[];
}

/** The block that begins with this line, such as `resource "google_pubsub_topic" "this" {`. Throws if there is none. */
export function blockOf(text: string, header: string): Block {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.trim() === header);
  if (start === -1) throw new Error(`there is no ${header}`);
  return read(lines.slice(start + 1)).block;
}

function read(lines: readonly string[]): { block: Block; end: number } {
  const block: Record<string, string | Block[]> = {};
  for (let i = 0; i < lines.length; i += 1) {
    const line = (lines[i] ?? '').trim();
    if (line === '}') return { block, end: i };
    const [, argument, expression] = /^(\w+)\s*=\s*(.+)$/.exec(line) ?? [];
    if (argument !== undefined && expression !== undefined) {
      block[argument] = expression;
      continue;
    }
    const [, name] = /^(\w+)(?: "[^"]*")* \{$/.exec(line) ?? [];
    if (name === undefined) continue;
    const { block: inner, end } = read(lines.slice(i + 1));
    const before = block[name];
    block[name] = [...(Array.isArray(before) ? before : []), inner];
    i += end + 1;
  }
  throw new Error('a block without an end');
}
