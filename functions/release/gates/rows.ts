/** `golden.jsonl` beside an artifact's marker: one `{"instance", "prediction"}` a line. */
import type { World } from '../../world.ts';
import { encodingOf } from '../checks/encoding.ts';
import type { Request } from '../ledger/ledger.ts';

export interface Row {
  readonly line: number;
  readonly instance: unknown;
  readonly prediction: unknown;
}

const MOST_BYTES = 4_194_304;
/** One request to a shared endpoint may have 1.5 MB (docs, "Choose an endpoint type"). */
const MOST_REQUEST_BYTES = 1_000_000;
const MOST_LEVELS = 64;

/** The first rows, as many as fit into one request; a sentence where there are none. Rejects with a CallError. */
export async function readRows(
  world: Pick<World, 'artifacts'>,
  request: Request,
  most: number,
): Promise<Row[] | string> {
  const folder = request.marker.slice(0, request.marker.lastIndexOf('/') + 1);
  const object = await world.artifacts.head(request.bucket, `${folder}golden.jsonl`);
  if (object === null) return 'the artifact has no golden.jsonl';
  const encoding = encodingOf(object);
  if (encoding !== null) return encoding;
  const text = await world.artifacts.read(object, MOST_BYTES);
  if (text === null) return `golden.jsonl is larger than ${MOST_BYTES} bytes`;
  const rows: Row[] = [];
  let bytes = 0;
  for (const [index, json] of text.split('\n').entries()) {
    if (rows.length === most) break;
    if (json.trim() === '') continue;
    const row = parseRow(json, index + 1);
    if (typeof row === 'string') return `golden.jsonl line ${index + 1}: ${row}`;
    bytes += Buffer.byteLength(json);
    if (bytes > MOST_REQUEST_BYTES) break;
    rows.push(row);
  }
  return rows.length === 0 ? 'golden.jsonl has no row that fits into a request' : rows;
}

/** What is wrong with it in words, if it is no row. */
export function parseRow(json: string, line: number): Row | string {
  const form = 'expected {"instance": …, "prediction": …}';
  let row: unknown;
  try {
    row = JSON.parse(json);
  } catch {
    return form;
  }
  if (typeof row !== 'object' || row === null) return form;
  if (!('instance' in row) || !('prediction' in row)) return form;
  if (isDeep(row)) return `expected no more than ${MOST_LEVELS} levels`;
  return { line, instance: row.instance, prediction: row.prediction };
}

/** Whether it would overflow the stack of whoever walks through it. */
function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= MOST_LEVELS; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return false;
  }
  return true;
}
