/**
 * Counts what is in the result and error files, a slice at a time; where results are to be delivered in order, each
 * slice becomes a sorted piece: lines of the number of the row, a tab, and the result without its row.
 */
import type { StoredObject } from '../../world.ts';
import type { BatchContext } from '../context.ts';
import type { Note } from '../decisions.ts';
import type { Run } from '../ledger.ts';
import { numbered, placeOf, workOf } from '../places.ts';
import { countResults, kindOf, type Counted } from '../rows/results.ts';
import { SLICE_BYTES } from '../scan.ts';

const NOTHING: NonNullable<Run['count']> = {
  file: 0,
  offset: 0,
  succeeded: 0,
  failed: 0,
  pieces: 0,
  isWhole: false,
};

/** The files with results and errors, in the order in which they are counted. */
export function resultFiles(files: readonly StoredObject[]): StoredObject[] {
  return files
    .filter(({ name }) => kindOf(name) !== null)
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
}

export async function count(
  context: BatchContext,
  run: Run,
  files: readonly StoredObject[],
): Promise<Note[]> {
  const { batch, world } = context;
  const found = resultFiles(files);
  const state = { ...(run.count ?? NOTHING) };
  const isNumbered = batch.ordered && run.staged !== undefined;
  const sorted: Counted['numbered'][number][] = [];
  let room = SLICE_BYTES;
  for (let file = found[state.file]; file !== undefined && room > 0; file = found[state.file]) {
    const kind = kindOf(file.name);
    if (kind === null) throw new Error('only result files are counted');
    // A slice is as large as it can be, or a line might not end in it.
    if (room < SLICE_BYTES && file.size - state.offset > room) break;
    const bytes = await world.artifacts.readRange(file, state.offset, state.offset + room);
    if (bytes === null) return [failed(`${file.name} was removed`)];
    const isLast = state.offset + bytes.length >= file.size;
    const counted = countResults(bytes, kind, { isFirst: state.offset === 0, isLast, isNumbered });
    if (counted.rest === 0 && !isLast) return [failed(`a line of ${file.name} has more than ${room} bytes`)];
    state.succeeded += counted.succeeded;
    state.failed += counted.failed;
    if (counted.firstError !== null) state.firstError ??= counted.firstError;
    for (const result of counted.numbered) sorted.push(result);
    room -= Math.max(1, bytes.length);
    if (isLast) {
      state.file += 1;
      state.offset = 0;
    } else {
      state.offset += counted.rest;
      break;
    }
  }
  state.isWhole = state.file >= found.length;
  if (sorted.length > 0) {
    state.pieces += 1;
    await writePiece(context, run, state.pieces, sorted);
  }
  return [{ note: 'counted', count: state }];
}

async function writePiece(
  { batch, ports }: BatchContext,
  run: Run,
  n: number,
  results: Counted['numbered'][number][],
): Promise<void> {
  results.sort((a, b) => a.row - b.row);
  const lines: string[] = [];
  for (const { row, text } of results) lines.push(row.toString(), '\t', text, '\n');
  const place = placeOf(workOf(batch, run), numbered('sorted', n), 'txt');
  await ports.files.write(place, Buffer.from(lines.join('')), 'text/plain');
}

function failed(detail: string): Note {
  return { note: 'judged', result: 'Failed', code: 'BATCH_INCOMPLETE', detail };
}
