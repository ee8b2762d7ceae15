/**
 * Reads the rows of an input once, a slice at a time: compares the first ones with the contract of the live model, counts
 * them, finds the largest, and numbers them where the results are to be delivered in order. A slice is all that is in
 * memory, and where the next one begins is in the ledger.
 */
import type { Buffers } from '../batch-world.ts';
import type { StoredObject } from '../world.ts';
import { assemble } from './assemble.ts';
import type { BatchContext } from './context.ts';
import type { LiveModel, Note } from './decisions.ts';
import type { Run } from './ledger.ts';
import { numbered, placeOf, unique, workOf } from './places.ts';
import { ByteWriter } from './rows/byte-writer.ts';
import { faultOf } from './rows/contract.ts';
import { numberRows, plain, RowFault } from './rows/number-rows.ts';
import { csvFields, eachRecord, type RowFormat } from './rows/records.ts';

/** About twice this is in memory at once, whatever the input: a function has 512 MB for all that it does. */
export const SLICE_BYTES = 4 * 1024 * 1024;
/** Of what is delivered in order (config/schema-batch.ts). */
const ORDERED_BYTES_MAX = 64 * 1024 ** 3;
const HEADER_BYTES_MAX = 65_536;
/** What a number adds to a row, at most about. */
const NUMBER_BYTES = 32;

/** The release that answers. */
function answering({ release: id, version, model }: LiveModel): NonNullable<Run['release']> {
  return { id, version, ...(model !== undefined && { model }) };
}

export async function scan(
  context: BatchContext,
  run: Run,
  live: LiveModel | null,
  buffers: Buffers,
): Promise<Note[]> {
  const { batch, world } = context;
  const { input, copy } = run;
  const release = live === null ? run.release : answering(live);
  const before = run.scan ?? { offset: 0, rows: 0, largest: 0, parts: 0, isWhole: false };
  // The rows of a table are read by Vertex AI alone.
  if (input.format === 'bigquery' || copy === undefined)
    return [{ note: 'scanned', release, scan: { ...before, isWhole: true } }];
  if (batch.ordered && copy.size > ORDERED_BYTES_MAX)
    return [refused(`ordered results are delivered of 64 GiB at most, it has ${copy.size} bytes`)];

  const end = Math.min(before.offset + SLICE_BYTES, copy.size);
  const room = buffers.get('input', end - before.offset);
  const bytes = await world.artifacts.readRange(asStored(copy), before.offset, end, room);
  if (bytes === null) return [gone(copy)];
  const isLast = before.offset + bytes.length >= copy.size;
  if (live !== null) {
    const fault = faultOf(bytes, isLast, {
      format: input.format,
      key: batch.key,
      signature: live.signature,
    });
    if (fault !== null) return [refused(fault)];
  }
  const slice = measured(bytes, input.format, isLast, before.offset === 0);
  if (slice.rest === 0 && !isLast)
    return [refused(`row ${before.rows + 1}: it has more than ${SLICE_BYTES} bytes`)];
  const whole = {
    offset: before.offset + slice.rest,
    rows: before.rows + slice.rows,
    largest: Math.max(before.largest, slice.largest),
    parts: before.parts,
    isWhole: isLast,
  };
  if (!batch.ordered) return [{ note: 'scanned', release, scan: whole }];
  try {
    const rows = bytes.subarray(0, slice.rest);
    const out = new ByteWriter(buffers, 'output', rows.length + NUMBER_BYTES * slice.rows);
    const object = await writeNumbered(context, run, before, rows, out, isLast);
    const scan = { ...whole, parts: before.parts + 1 };
    const scanned: Note = { note: 'scanned', release, scan };
    return object === null ? [scanned] : [scanned, { note: 'staged', object }];
  } catch (error) {
    if (error instanceof RowFault) return [refused(error.message)];
    throw error;
  }
}

function measured(
  bytes: Uint8Array,
  format: RowFormat,
  isLast: boolean,
  isFirst: boolean,
): { rows: number; largest: number; rest: number } {
  let rows = format === 'csv' && isFirst ? -1 : 0;
  let largest = 0;
  const rest = eachRecord(bytes, format, isLast, (start, end) => {
    rows += 1;
    largest = Math.max(largest, end - start);
  });
  return { rows: Math.max(0, rows), largest, rest };
}

/** Null: more slices follow. */
async function writeNumbered(
  { batch, world, ports, held }: BatchContext,
  run: Run,
  before: NonNullable<Run['scan']>,
  bytes: Uint8Array,
  out: ByteWriter,
  isLast: boolean,
): Promise<StoredObject | null> {
  const { copy, input } = run;
  if (copy === undefined || input.format === 'bigquery') throw new Error('objects have a copy');
  const header = input.format === 'csv' && before.offset > 0 ? await headerOf(world, copy) : null;
  numberRows(bytes, { format: input.format, key: batch.key, header, first: before.rows }, out);
  const work = workOf(batch, run);
  const type = input.format === 'csv' ? 'text/csv' : 'application/jsonl';
  const whole = placeOf(work, unique('numbered', held.ledger.epoch, world.random), input.format);
  if (isLast && before.parts === 0) return ports.files.write(whole, out.bytes, type);
  const part = placeOf(work, numbered('rows', before.parts + 1), input.format);
  await ports.files.write(part, out.bytes, type);
  if (!isLast) return null;
  const names = Array.from(
    { length: before.parts + 1 },
    (_, i) => placeOf(work, numbered('rows', i + 1), input.format).name,
  );
  return assemble(ports.files, work, names, whole.name);
}

async function headerOf(world: BatchContext['world'], copy: NonNullable<Run['copy']>): Promise<string[]> {
  const bytes = await world.artifacts.readRange(asStored(copy), 0, HEADER_BYTES_MAX);
  let header = '';
  eachRecord(bytes ?? new Uint8Array(), 'csv', false, (start, end) => {
    header = new TextDecoder().decode(bytes?.subarray(start, end));
    return false;
  });
  return csvFields(header).map(plain);
}

/** What the ledger knows of an object is what reading it takes. */
export function asStored(object: NonNullable<Run['copy']>): StoredObject {
  return { ...object, createdAt: 0, checksum: null, contentEncoding: null };
}

function refused(detail: string): Note {
  return { note: 'judged', result: 'Refused', code: 'BATCH_INPUT_INVALID', detail };
}

function gone({ bucket, name }: NonNullable<Run['copy']>): Note {
  const detail = `its copy gs://${bucket}/${name} was removed`;
  return { note: 'judged', result: 'Failed', code: 'BATCH_INPUT_GONE', detail };
}
