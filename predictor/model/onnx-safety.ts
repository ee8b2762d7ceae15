/**
 * Looks through every tensor of an ONNX file, nested graphs and functions included, before the runtime sees it.
 * A tensor whose data lies in another file is refused whatever the path says: paths out of the model's folder
 * are how CVE-2022-25882, CVE-2024-27318 and CVE-2026-27489 read files of the server.
 */
import { ModelError } from './model-error.ts';
import { fields, WireError } from './wire.ts';

type Kind = 'model' | 'graph' | 'node' | 'attribute' | 'tensor' | 'sparse' | 'function' | 'training';

// Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto that lead to a tensor.
const CHILDREN: Readonly<Record<Kind, ReadonlyMap<number, Kind>>> = {
  model: new Map([
    [7, 'graph'],
    [20, 'training'],
    [25, 'function'],
  ]),
  graph: new Map([
    [1, 'node'],
    [5, 'tensor'],
    [15, 'sparse'],
  ]),
  node: new Map([[5, 'attribute']]),
  attribute: new Map([
    [5, 'tensor'],
    [6, 'graph'],
    [10, 'tensor'],
    [11, 'graph'],
    [22, 'sparse'],
    [23, 'sparse'],
  ]),
  sparse: new Map([
    [1, 'tensor'],
    [2, 'tensor'],
  ]),
  function: new Map([
    [7, 'node'],
    [11, 'attribute'],
  ]),
  training: new Map([
    [1, 'graph'],
    [2, 'graph'],
  ]),
  tensor: new Map(),
};
const EXTERNAL_DATA = 13;
const DATA_LOCATION = 14;
// ONNX control flow nests a graph inside a node's attribute; nobody exports a hundred levels of it.
const MAX_DEPTH = 300;

/** Throws a ModelError if the bytes are not an ONNX model or keep tensor data outside of themselves. */
export function assertSafe(model: Uint8Array): void {
  if (model.length === 0) throw new ModelError('expected an ONNX model, got an empty file');
  const ahead: { kind: Kind; start: number; end: number; depth: number }[] = [
    { kind: 'model', start: 0, end: model.length, depth: 0 },
  ];
  let graphs = 0;
  try {
    for (let next = ahead.pop(); next !== undefined; next = ahead.pop()) {
      if (next.depth > MAX_DEPTH) throw new ModelError(`the model nests deeper than ${MAX_DEPTH} levels`);
      for (const field of fields(model, next.start, next.end)) {
        if (next.kind === 'tensor' && isExternal(field.number, field.value)) {
          throw new ModelError('the model keeps tensor data in other files; save it as one file');
        }
        const kind = CHILDREN[next.kind].get(field.number);
        if (kind === undefined || !field.delimited) continue;
        if (kind === 'graph') graphs += 1;
        ahead.push({ kind, start: field.start, end: field.end, depth: next.depth + 1 });
      }
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new ModelError(`expected an ONNX model, got something else or a part of one: ${error.message}`, {
      cause: error,
    });
  }
  if (graphs === 0) throw new ModelError('expected an ONNX model, got a file without a graph');
}

function isExternal(number: number, value: number): boolean {
  return number === EXTERNAL_DATA || (number === DATA_LOCATION && value !== 0);
}
