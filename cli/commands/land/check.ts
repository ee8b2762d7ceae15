/**
 * What can be known of an artifact before it is uploaded: that its marker is there, that manifest.json describes it,
 * that golden.jsonl has rows, and that what is called .onnx is an ONNX file. These are the functions' own checks.
 */
import type { Service } from '../../../functions/config/config.ts';
import { Problem } from '../../../functions/errors.ts';
import { PROBLEMS } from '../../../functions/problems.ts';
import { parseGoldenRow } from '../../../common/artifact/golden-row.ts';
import { completes, type ArtifactPattern } from '../../../functions/config/pattern.ts';
import { WireError } from '../../../common/artifact/protobuf.ts';
import { RangedProtobuf } from '../../../functions/release/checks/ranged-protobuf.ts';
import { verify } from '../../../functions/release/checks/verify.ts';
import type { Artifacts, StoredObject } from '../../../functions/world.ts';
import { printable } from '../../terminal/words.ts';
import type { LocalFile } from './folder.ts';
import { HERE, localArtifacts } from './local-artifacts.ts';

/** ModelProto.graph (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). */
const MODEL_GRAPH = 7;

/** A sentence for each problem; none: it can be landed. */
export async function problemsOf({ artifacts }: Service, files: readonly LocalFile[]): Promise<string[]> {
  const here = localArtifacts(files);
  const marker = await here.head(HERE, artifacts.marker);
  if (marker === null) return [withoutMarker(artifacts, files)];
  if (!isComplete(artifacts, marker))
    return [`${artifacts.marker} is empty: it is still being written, or its export failed`];
  const problems = [await manifestProblem(here, marker, artifacts.isSignal), await goldenProblem(here)];
  for (const { path } of files.filter((file) => file.path.endsWith('.onnx')))
    problems.push(await onnxProblem(here, path));
  return problems.filter((problem) => problem !== null);
}

function withoutMarker({ marker, text }: ArtifactPattern, files: readonly LocalFile[]): string {
  const found =
    files.length === 0
      ? 'no files'
      : files
          .slice(0, 5)
          .map(({ path }) => printable(path))
          .join(', ');
  return `the folder has no ${marker}, which completes an artifact of ${text}; it has ${found}`;
}

/** The pattern with the folder that the files will have: here they have none. */
function isComplete(pattern: ArtifactPattern, { size }: StoredObject): boolean {
  const name = pattern.segments.map((segment) => (segment === '*' ? 'x' : segment)).join('/');
  const { bucket } = pattern;
  return completes(pattern, {
    bucket,
    name,
    size,
    generation: '1',
    createdAt: 0,
    checksum: null,
    contentEncoding: null,
  });
}

async function manifestProblem(
  here: Artifacts,
  marker: StoredObject,
  signal: boolean,
): Promise<string | null> {
  const request = {
    id: '',
    bucket: HERE,
    marker: marker.name,
    generation: marker.generation,
    order: { at: 0, tie: '' },
    askedBy: 'artifact',
    acceptedAt: 0,
    attempts: 0,
    version: null,
    signal,
  } as const;
  try {
    const found = await verify(here, request);
    return found.is === 'incomplete' ? `manifest.json lists a file that is not here: ${found.detail}` : null;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return `${PROBLEMS[error.code].text} (${printable(error.detail)})`;
  }
}

async function goldenProblem(here: Artifacts): Promise<string | null> {
  const golden = await here.head(HERE, 'golden.jsonl');
  const text = golden === null ? null : await here.read(golden, Infinity);
  if (text === null) return null;
  const lines = text.split('\n').map((json, i) => ({ json, line: i + 1 }));
  const rows = lines.filter(({ json }) => json.trim() !== '');
  if (rows.length === 0) return 'golden.jsonl has no rows: leave it out, or write some';
  for (const { json, line } of rows) {
    const row = parseGoldenRow(json, line);
    if (typeof row === 'string') return `golden.jsonl line ${line}: ${row}`;
  }
  return null;
}

async function onnxProblem(here: Artifacts, path: string): Promise<string | null> {
  const object = await here.head(HERE, path);
  if (object === null) return null;
  let graphs = 0;
  try {
    for await (const field of new RangedProtobuf(here, object).fields(0, object.size))
      if (field.number === MODEL_GRAPH && field.delimited) graphs += 1;
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    return `${path} is not an ONNX model, or only a part of one (${error.message})`;
  }
  return graphs === 1 ? null : `${path} is not an ONNX model: expected one graph, got ${graphs}`;
}
