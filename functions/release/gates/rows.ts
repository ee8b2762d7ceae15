/** `golden.jsonl` beside an artifact's marker, as the gates ask it. */
import { parseGoldenRow, type GoldenRow } from '../../../common/artifact/golden-row.ts';
import type { World } from '../../world.ts';
import { encodingOf } from '../checks/encoding.ts';
import type { Release } from '../ledger/ledger.ts';
import { folderPrefix, isOfRegistry } from '../../../common/artifact/uri.ts';
import { readText } from '../checks/read-text.ts';

const BYTES_MAX = 4_194_304;
/** One request to a shared endpoint may have 1.5 MB (docs, "Choose an endpoint type"). */
const REQUEST_BYTES_MAX = 1_000_000;

/** The folder with the model's files; what was written after `at` is none of them. */
export type ModelFolder = NonNullable<Release['madeFrom']>;

/** Null: it is not known, or cannot be read. */
export function folderOfModel({
  request,
  madeFrom,
}: Pick<Release, 'request' | 'madeFrom'>): ModelFolder | null {
  if (isOfRegistry(request)) return madeFrom ?? null;
  return { bucket: request.bucket, prefix: folderPrefix(request.marker), at: Infinity };
}

/** The first rows, as many as fit into one request; a sentence where there are none. Rejects with a CallError. */
export async function readRows(
  world: Pick<World, 'artifacts'>,
  folder: ModelFolder | null,
  most: number,
): Promise<GoldenRow[] | string> {
  if (folder === null) return 'the folder that the model was made from cannot be read';
  const object = await world.artifacts.head(folder.bucket, `${folder.prefix}golden.jsonl`);
  if (object === null) return 'the artifact has no golden.jsonl';
  if (object.createdAt > folder.at) return 'golden.jsonl is newer than the model';
  const encoding = encodingOf(object);
  if (encoding !== null) return encoding;
  const text = await readText(world.artifacts, object, BYTES_MAX);
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
