/**
 * Merges the sorted pieces into one file in the order of the input. Rows are numbered without gaps, so a stretch of them
 * is taken from each piece in turn, and joined to the same stretch of the input: what is in memory is one stretch, at any
 * size of the whole, and a stretch has fewer rows where their results are large.
 */
import type { Buffers } from '../../batch-world.ts';
import type { StoredObject } from '../../world.ts';
import { assemble } from '../assemble.ts';
import type { BatchContext } from '../context.ts';
import type { Note } from '../decisions.ts';
import type { Run } from '../ledger.ts';
import { folderIn, numbered, workOf } from '../places.ts';
import { ByteWriter } from '../rows/byte-writer.ts';
import { asStored } from '../scan.ts';
import { InputRows } from './input-rows.ts';
import { Stretch } from './stretch.ts';

/** What is read of the input for one step. */
const STRETCH_BYTES = 2 * 1024 * 1024;
/** The results of a stretch. */
const RESULTS_BYTES = 4 * 1024 * 1024;

export const RESULTS = 'results.jsonl';
/** Below the folder of the results: they are composed in its bucket, and removed afterwards. */
const PARTS = '_parts/';

/** Behind what opens the line. */
const MISSING = JSON.stringify({
  error: { code: 5, status: 'NOT_FOUND', message: 'Vertex AI returned nothing for this row.' },
}).slice(1);

export async function merge(context: BatchContext, run: Run, buffers: Buffers): Promise<Note[]> {
  const { ports, world } = context;
  const { end } = run;
  if (typeof end?.output !== 'string') throw new Error('what is merged was answered');
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
  const input = await rowsFrom(context, run, before, buffers);
  if (input === null) return [failed('the numbered rows were removed')];
  const stretch = new Stretch(buffers, before.rows, input.rows.count);
  const offsets: number[] = [];
  const nexts: number[] = [];
  for (const [i, piece] of pieces.entries()) {
    const at = { offset: before.offsets[i] ?? 0, next: before.nexts[i] ?? 0 };
    const taken = await stretch.take(context, piece, at);
    offsets.push(taken.offset);
    nexts.push(taken.next);
  }

  let missing = 0;
  const out = new ByteWriter(buffers, 'output', input.bytes);
  for (let row = 0; row < input.rows.count; row += 1) {
    input.rows.open(row, out);
    if (!stretch.writeTo(out, row)) {
      missing += 1;
      out.text(MISSING);
    }
    out.text('\n');
  }
  const { isLast } = input;
  const state = {
    rows: before.rows + input.rows.count,
    missing: before.missing + missing,
    inputOffset: before.inputOffset + input.rows.rest,
    offsets,
    nexts,
    parts: before.parts + 1,
    isWhole: isLast,
  };
  const folder = folderIn(end.output);
  const whole = { bucket: folder.bucket, name: `${folder.prefix}${RESULTS}` };
  if (isLast && before.parts === 0) {
    await ports.files.write(whole, out.bytes, 'application/jsonl');
    return [{ note: 'merged', merge: state }];
  }
  const work = { bucket: folder.bucket, prefix: `${folder.prefix}${PARTS}` };
  const nameOf = (n: number) => `${work.prefix}${numbered('part', n)}`;
  await ports.files.write(
    { bucket: folder.bucket, name: nameOf(state.parts) },
    out.bytes,
    'application/jsonl',
  );
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

interface RowsRead {
  readonly rows: InputRows;
  /** How many were read for them. */
  readonly bytes: number;
  /** They are the last ones. */
  readonly isLast: boolean;
}

/** The rows of the next stretch. Null: they are gone. */
async function rowsFrom(
  { batch, world }: BatchContext,
  run: Run,
  { inputOffset }: NonNullable<Run['merge']>,
  buffers: Buffers,
): Promise<RowsRead | null> {
  const { staged, count } = run;
  if (staged === undefined) throw new Error('what is merged was staged');
  const most = Math.max(1, Math.floor(RESULTS_BYTES / Math.max(1, count?.largest ?? 1)));
  // A row may be longer than a stretch.
  for (let size = STRETCH_BYTES; ; size *= 2) {
    const end = Math.min(inputOffset + size, staged.size);
    const into = buffers.get('input', end - inputOffset);
    const bytes = await world.artifacts.readRange(asStored(staged), inputOffset, end, into);
    if (bytes === null) return null;
    const isWhole = end >= staged.size;
    const rows = new InputRows(run, batch.key, bytes, { isFirst: inputOffset === 0, isLast: isWhole, most });
    if (rows.rest === 0 && !isWhole) continue;
    return { rows, bytes: bytes.length, isLast: isWhole && rows.rest >= bytes.length };
  }
}

function failed(detail: string): Note {
  return { note: 'judged', result: 'Failed', code: 'BATCH_INCOMPLETE', detail };
}
