/** `golden.jsonl` beside an artifact's marker: one `{"instance", "prediction"}` a line. */
import type { World } from '../../world.ts';
import type { Request } from '../ledger.ts';

export interface Row {
  readonly line: number;
  readonly instance: unknown;
  readonly prediction: unknown;
}

const MOST_BYTES = 4_194_304;
/** One request to a shared endpoint may have 1.5 MB (docs, "Choose an endpoint type"). */
const MOST_REQUEST_BYTES = 1_000_000;

/** The first rows, as many as fit into one request; a sentence where there are none. Rejects with a CallError. */
export async function readRows(world: World, request: Request, most: number): Promise<Row[] | string> {
  const folder = request.marker.slice(0, request.marker.lastIndexOf('/') + 1);
  const object = await world.artifacts.head(request.bucket, `${folder}golden.jsonl`);
  if (object === null) return 'the artifact has no golden.jsonl';
  const text = await world.artifacts.read(object, MOST_BYTES);
  if (text === null) return `golden.jsonl is larger than ${MOST_BYTES} bytes`;
  const rows: Row[] = [];
  let bytes = 0;
  for (const [index, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue;
    const row = parseRow(json, index + 1);
    if (row === null) return `golden.jsonl line ${index + 1}: expected {"instance": …, "prediction": …}`;
    bytes += json.length;
    if (rows.length === most || bytes > MOST_REQUEST_BYTES) break;
    rows.push(row);
  }
  return rows.length === 0 ? 'golden.jsonl has no row that fits into a request' : rows;
}

function parseRow(json: string, line: number): Row | null {
  let row: unknown;
  try {
    row = JSON.parse(json);
  } catch {
    return null;
  }
  if (typeof row !== 'object' || row === null || !('instance' in row) || !('prediction' in row)) return null;
  return { line, instance: row.instance, prediction: row.prediction };
}
