/** `golden.jsonl` beside an artifact's marker, as the gates ask it. */
import { parseGoldenRow, type GoldenRow } from '../../../common/artifact/golden-row.ts';
import type { World } from '../../world.ts';
import { encodingOf } from '../checks/encoding.ts';
import type { Request } from '../ledger/ledger.ts';
import { folderPrefix } from '../../../common/artifact/uri.ts';

const BYTES_MAX = 4_194_304;
/** One request to a shared endpoint may have 1.5 MB (docs, "Choose an endpoint type"). */
const REQUEST_BYTES_MAX = 1_000_000;

/** The first rows, as many as fit into one request; a sentence where there are none. Rejects with a CallError. */
export async function readRows(
  world: Pick<World, 'artifacts'>,
  request: Request,
  most: number,
): Promise<GoldenRow[] | string> {
  const folder = folderPrefix(request.marker);
  const object = await world.artifacts.head(request.bucket, `${folder}golden.jsonl`);
  if (object === null) return 'the artifact has no golden.jsonl';
  const encoding = encodingOf(object);
  if (encoding !== null) return encoding;
  const text = await world.artifacts.read(object, BYTES_MAX);
  if (text === null) return `golden.jsonl is larger than ${BYTES_MAX} bytes`;
  const rows: GoldenRow[] = [];
  let bytes = 0;
  for (const [index, json] of text.split('\n').entries()) {
    if (rows.length === most) break;
    if (json.trim() === '') continue;
    const row = parseGoldenRow(json, index + 1);
    if (typeof row === 'string') return `golden.jsonl line ${index + 1}: ${row}`;
    bytes += Buffer.byteLength(json);
    if (bytes > REQUEST_BYTES_MAX) break;
    rows.push(row);
  }
  return rows.length === 0 ? 'golden.jsonl has no row that fits into a request' : rows;
}
