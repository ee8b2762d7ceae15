/**
 * Looks through every tensor of an ONNX file, nested graphs and functions included, before the runtime sees it.
 * A tensor whose data lies in another file is refused whatever the path says: paths out of the model's folder
 * are how CVE-2022-25882, CVE-2024-27318 and CVE-2026-27489 read files of the server.
 */
import { ModelError } from './model-error.ts';
import { Cursor, WireError } from '../../common/artifact/protobuf.ts';

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
const DEPTH_MAX = 300;
// Nodes, their inputs and outputs, tensors, names; not the values in them, of which large trees have hundreds of
// millions. The runtime needs some hundred bytes for each.
const PARTS_MAX = 5_000_000;
const COUNTED = new Set<Kind>(['model', 'graph', 'node', 'function', 'training']);

/**
 * Throws a ModelError if the bytes are not an ONNX model or keep tensor data outside of themselves. Needs as much
 * memory as the model nests deep.
 */
export function assertSafe(model: Uint8Array): void {
  if (model.length === 0) throw new ModelError('expected an ONNX model, got an empty file');
  const open: { kind: Kind; cursor: Cursor }[] = [{ kind: 'model', cursor: new Cursor(model) }];
  let graphs = 0;
  let parts = 0;
  try {
    for (let last = open.at(-1); last !== undefined; last = open.at(-1)) {
      const { kind, cursor } = last;
      if (!cursor.next()) {
        open.pop();
        continue;
      }
      if (COUNTED.has(kind)) parts += 1;
      if (parts > PARTS_MAX) {
        throw new ModelError(`expected a model of at most ${PARTS_MAX} nodes, tensors and names, got more`);
      }
      if (kind === 'tensor' && isExternal(cursor.number, cursor.value)) throw externalData();
      const child = cursor.delimited ? CHILDREN[kind].get(cursor.number) : undefined;
      if (child === undefined) continue;
      if (child === 'graph') graphs += 1;
      if (open.length > DEPTH_MAX) throw new ModelError(`the model nests deeper than ${DEPTH_MAX} levels`);
      open.push({ kind: child, cursor: new Cursor(model, cursor.start, cursor.end) });
    }
  } catch (error) {
    if (!(error instanceof WireError)) throw error;
    throw new ModelError(`expected an ONNX model, got something else or a part of one: ${error.message}`, {
      cause: error,
    });
  }
  if (graphs === 0) throw new ModelError('expected an ONNX model, got a file without a graph');
}

function externalData(): ModelError {
  return new ModelError(
    'the model keeps tensor data in other files; save it as one file: torch.onnx.export(…, external_data=False), or onnx.save(onnx.load(path), path)',
  );
}

function isExternal(number: number, value: number): boolean {
  return number === EXTERNAL_DATA || (number === DATA_LOCATION && value !== 0);
}
