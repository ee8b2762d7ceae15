/** A numbered input, sorted pieces of its results, and what is written of them, in memory. */
import type { BatchContext } from '../../../../functions/batch/context.ts';
import type { Run } from '../../../../functions/batch/ledger.ts';
import { merge } from '../../../../functions/batch/deliver/merge.ts';
import { growingBuffers } from '../../../../functions/google/workspace.ts';
import type { StoredObject } from '../../../../functions/world.ts';
import { batchOf, over } from '../samples.ts';

export interface Merged {
  readonly lines: readonly string[];
  readonly missing: number;
  /** Objects that it was composed of. */
  readonly parts: number;
  /** The most that one object had that was written. */
  readonly largestPart: number;
}

/** `pieces`: for each, number of the row and result. `largest`: as it was counted; absent: by an older engine. */
export async function mergedOf(
  rows: readonly string[],
  pieces: readonly (readonly (readonly [number, string])[])[],
  options: { readonly key?: string; readonly largest?: number } = {},
): Promise<Merged> {
  const { key, largest } = options;
  const objects = new Map<string, Buffer>();
  const staged = stored('work/input.jsonl', Buffer.from(rows.map((row) => `${row}\n`).join('')));
  for (const [i, piece] of pieces.entries()) {
    const lines = piece.map(([row, result]) => `${row}\t${result}\n`).join('');
    stored(`work/sorted-0000${i + 1}.txt`, Buffer.from(lines));
  }
  let run: Run = {
    ...over,
    copy: staged,
    staged,
    end: { ...over.end, state: 'SUCCEEDED', output: 'gs://out/f' } as NonNullable<Run['end']>,
    count: {
      file: 1,
      offset: 0,
      succeeded: rows.length,
      failed: 0,
      pieces: pieces.length,
      firsts: pieces.map(([first]) => first?.[0] ?? 0),
      ...(largest !== undefined && { largest }),
      isWhole: true,
    },
  };
  const context = contextOf();
  while (run.merge?.isWhole !== true) {
    const before = run.merge?.inputOffset ?? -1;
    const [note] = await merge(context, run, growingBuffers());
    if (note?.note !== 'merged') throw new Error(JSON.stringify(note));
    if (note.merge.inputOffset <= before) throw new Error('expected that it goes on');
    run = { ...run, merge: note.merge };
  }
  const parts = [...objects].filter(([name]) => name.startsWith('f/_parts/'));
  return {
    lines: String(objects.get('f/results.jsonl')).trim().split('\n'),
    missing: run.merge.missing,
    parts: parts.length,
    largestPart: Math.max(0, ...parts.map(([, { length }]) => length)),
  };

  function stored(name: string, bytes: Buffer): StoredObject {
    objects.set(name, bytes);
    const { length: size } = bytes;
    return {
      bucket: 'out',
      name,
      generation: '1',
      size,
      createdAt: 0,
      checksum: null,
      contentEncoding: null,
    };
  }

  function contextOf(): BatchContext {
    const write = async ({ name }: { name: string }, bytes: Uint8Array) => stored(name, Buffer.from(bytes));
    const compose = async (_: string, names: readonly string[], to: string) =>
      stored(to, Buffer.concat(names.map((name) => objects.get(name) ?? Buffer.alloc(0))));
    const world = {
      artifacts: {
        readRange: async ({ name }: StoredObject, start: number, end: number) =>
          objects.get(name)?.subarray(start, end) ?? null,
        async *list(_: string, prefix: string) {
          yield [...objects].flatMap(([name, bytes]) =>
            name.startsWith(prefix) ? [stored(name, bytes)] : [],
          );
        },
      },
    };
    const batch = batchOf(`, ordered: true${key === undefined ? '' : `, key: ${key}`}`);
    const ports = { files: { write, compose, remove: async () => {} } };
    // No more of it is asked for.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return { batch, world, ports } as unknown as BatchContext;
  }
}
