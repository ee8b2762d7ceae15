/**
 * Counts what is in the result and error files, a slice at a time; where results are to be delivered in order, each
 * slice becomes a sorted piece: lines of the number of the row, a tab, and the result without its row.
 */
import type { Buffers } from '../../batch-world.ts';
import type { StoredObject } from '../../world.ts';
import type { BatchContext } from '../context.ts';
import type { Note } from '../decisions.ts';
import type { Run } from '../ledger.ts';
import { Piece } from './piece.ts';
import { numbered, placeOf, workOf } from '../places.ts';
import { countResults, kindOf } from '../rows/results.ts';
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
  buffers: Buffers,
): Promise<Note[]> {
  const { batch, world, ports } = context;
  const found = resultFiles(files);
  const state = { ...(run.count ?? NOTHING) };
  const left = found.slice(state.file).reduce((sum, { size }) => sum + size, 0) - state.offset;
  let room = SLICE_BYTES;
  const isSorted = batch.ordered && run.staged !== undefined;
  const piece = isSorted ? new Piece(buffers, Math.min(room, left)) : null;
  const add = piece === null ? null : (row: number, text: string) => piece.add(row, text);
  for (let file = found[state.file]; file !== undefined && room > 0; file = found[state.file]) {
    const kind = kindOf(file.name, batch.format === 'csv' ? 'csv' : 'jsonl');
    if (kind === null) throw new Error('only result files are counted');
    // A slice is as large as it can be, or a line might not end in it.
    if (room < SLICE_BYTES && file.size - state.offset > room) break;
    if (file.size === 0) {
      state.file += 1;
      continue;
    }
    const end = Math.min(state.offset + room, file.size);
    const into = buffers.get('input', end - state.offset);
    const bytes = await world.artifacts.readRange(file, state.offset, end, into);
    if (bytes === null) return [failed(`${file.name} was removed`)];
    const isLast = state.offset + bytes.length >= file.size;
    const counted = countResults(bytes, kind, { isFirst: state.offset === 0, isLast }, add);
    if (counted.rest === 0 && !isLast) return [failed(`a line of ${file.name} has more than ${room} bytes`)];
    state.succeeded += counted.succeeded;
    state.failed += counted.failed;
    if (counted.firstError !== null) state.firstError ??= counted.firstError;
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
  if (piece !== null && piece.size > 0) {
    state.pieces += 1;
    state.largest = Math.max(state.largest ?? 0, piece.largest);
    const { bytes, first } = piece.sorted();
    state.firsts = [...(state.firsts ?? []), first];
    const place = placeOf(workOf(batch, run), numbered('sorted', state.pieces), 'txt');
    await ports.files.write(place, bytes, 'text/plain');
  }
  return [{ note: 'counted', count: state }];
}

function failed(detail: string): Note {
  return { note: 'judged', result: 'Failed', code: 'BATCH_INCOMPLETE', detail };
}
