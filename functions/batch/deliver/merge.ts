/**
 * Merges the sorted pieces into one file in the order of the input. Rows are numbered without gaps, so a stretch of them
 * is taken from each piece in turn, and joined to the same stretch of the input: what is in memory is one stretch, at any
 * size of the whole.
 */
import type { StoredObject } from '../../world.ts';
import { assemble } from '../assemble.ts';
import { CallError } from '../../errors.ts';
import type { BatchContext } from '../context.ts';
import type { Note } from '../decisions.ts';
import type { Run } from '../ledger.ts';
import { folderIn, numbered, workOf } from '../places.ts';
import { asStored } from '../scan.ts';
import { InputRows } from './input-rows.ts';

/** What is delivered in one step, and what is read of the input and of all pieces at once, in bytes. */
const STRETCH_BYTES = 2 * 1024 * 1024;
/** Of a piece that is read to its end. */
const NOTHING_MORE = Number.MAX_SAFE_INTEGER;
const WINDOW_BYTES = 256 * 1024;

export const RESULTS = 'results.jsonl';
/** Below the folder of the results: they are composed in its bucket, and removed afterwards. */
const PARTS = '_parts/';

const MISSING = JSON.stringify({
  error: { code: 5, status: 'NOT_FOUND', message: 'Vertex AI returned nothing for this row.' },
});

export async function merge(context: BatchContext, run: Run): Promise<Note[]> {
  const { ports, world } = context;
  const { staged, scan, end } = run;
  if (staged === undefined || scan === undefined || typeof end?.output !== 'string')
    throw new Error('what is merged was staged, scanned and answered');
  const before = run.merge ?? {
    rows: 0,
    missing: 0,
    inputOffset: 0,
    offsets: [],
    nexts: run.count?.firsts ?? [],
    parts: 0,
    isWhole: false,
  };
  const pieces = await piecesOf(context, run);
  const input = new InputRows(run, context.batch.key);
  const bytes = await world.artifacts.readRange(
    asStored(staged),
    before.inputOffset,
    before.inputOffset + STRETCH_BYTES,
  );
  if (bytes === null) return [failed('the numbered rows were removed')];
  const isLast = before.inputOffset + bytes.length >= staged.size;
  const rows = input.read(bytes, isLast, before.inputOffset === 0);
  const results: (string | undefined)[] = Array.from({ length: rows.length });
  const offsets: number[] = [];
  const nexts: number[] = [];
  for (const [i, piece] of pieces.entries()) {
    const at = { offset: before.offsets[i] ?? 0, next: before.nexts[i] ?? 0 };
    // Shards follow the input more or less: most pieces have no row of a stretch.
    const isBeyond = at.next >= before.rows + rows.length;
    const taken = isBeyond ? at : await take(context, piece, at.offset, before.rows, results);
    offsets.push(taken.offset);
    nexts.push(taken.next);
  }

  let missing = 0;
  const lines = rows.map((row, i) => {
    const result = results[i];
    if (result === undefined) missing += 1;
    return `${row}${(result ?? MISSING).slice(1)}\n`;
  });
  const state = {
    rows: before.rows + rows.length,
    missing: before.missing + missing,
    inputOffset: before.inputOffset + input.rest,
    offsets,
    nexts,
    parts: before.parts + 1,
    isWhole: isLast,
  };
  const folder = folderIn(end.output);
  const whole = { bucket: folder.bucket, name: `${folder.prefix}${RESULTS}` };
  const text = Buffer.from(lines.join(''));
  if (isLast && before.parts === 0) {
    await ports.files.write(whole, text, 'application/jsonl');
    return [{ note: 'merged', merge: state }];
  }
  const work = { bucket: folder.bucket, prefix: `${folder.prefix}${PARTS}` };
  const nameOf = (n: number) => `${work.prefix}${numbered('part', n)}`;
  await ports.files.write({ bucket: folder.bucket, name: nameOf(state.parts) }, text, 'application/jsonl');
  if (isLast) {
    const names = Array.from({ length: state.parts }, (_, i) => nameOf(i + 1));
    await assemble(ports.files, work, names, whole.name);
    for await (const page of world.artifacts.list(work.bucket, work.prefix, `${work.prefix}*`))
      for (const object of page) await ports.files.remove(object);
  }
  return [{ note: 'merged', merge: state }];
}

async function piecesOf({ batch, world }: BatchContext, run: Run): Promise<StoredObject[]> {
  const { bucket, prefix } = workOf(batch, run);
  const pieces: StoredObject[] = [];
  for await (const page of world.artifacts.list(bucket, `${prefix}sorted-`, `${prefix}sorted-*`))
    pieces.push(...page);
  return pieces.toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, run.count?.pieces ?? 0);
}

/** Takes the results of the stretch from a piece, from `offset`; returns where the rest begins, and with which row. */
async function take(
  { world }: BatchContext,
  piece: StoredObject,
  offset: number,
  first: number,
  results: (string | undefined)[],
): Promise<{ offset: number; next: number }> {
  let at = offset;
  let size = WINDOW_BYTES;
  while (at < piece.size) {
    const bytes = await world.artifacts.readRange(piece, at, at + size);
    if (bytes === null) throw new CallError('artifacts.readRange', 'NOT_FOUND', `${piece.name} was removed`);
    const taken = fill(bytes, first, results);
    at += taken.bytes;
    if (taken.next !== null) return { offset: at, next: taken.next };
    // A line may be longer than the window.
    size = taken.bytes === 0 ? size * 2 : WINDOW_BYTES;
  }
  return { offset: at, next: NOTHING_MORE };
}

/** `next`: the first row beyond the stretch; null: the bytes end before it. */
function fill(
  bytes: Uint8Array,
  first: number,
  results: (string | undefined)[],
): { bytes: number; next: number | null } {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let start = 0;
  for (;;) {
    const newline = buffer.indexOf(0x0a, start);
    if (newline === -1) return { bytes: start, next: null };
    const tab = buffer.indexOf(0x09, start);
    const row = Number(buffer.toString('latin1', start, tab));
    const at = row - first;
    if (at >= results.length) return { bytes: start, next: row };
    // A shard that was answered twice has a row twice: a prediction goes before an error.
    const text = buffer.toString('utf8', tab + 1, newline);
    if (at >= 0 && (results[at] === undefined || text.startsWith('{"prediction"'))) results[at] = text;
    start = newline + 1;
  }
}

function failed(detail: string): Note {
  return { note: 'judged', result: 'Failed', code: 'BATCH_INCOMPLETE', detail };
}
