/**
 * Scikit-learn exports may end in what onnxruntime-node cannot return: a sequence of maps (ZipMap: one
 * {class: probability} a row) or a sequence of tensors (SequenceConstruct: one a target). This takes that last
 * step out of the graph, so that the model returns the tensors themselves, and says how to put the answer together.
 */
import { ModelError } from './model-error.ts';
import {
  Cursor,
  delimitedField,
  delimitedHead,
  fieldAt,
  fields,
  text,
  type Field,
} from '../../common/artifact/protobuf.ts';
import { GRAPH, MODEL } from '../../common/artifact/onnx.ts';

/** An output as the model's author declared it, and the tensors it is made of. */
export type OutputSpec =
  | { readonly name: string; readonly as: 'tensor'; readonly tensor: string }
  | { readonly name: string; readonly as: 'map'; readonly tensor: string; readonly keys: readonly string[] }
  | { readonly name: string; readonly as: 'list'; readonly tensors: readonly string[] }
  /** One element of an instance's part of a tensor; no model declares it, a mapping does. */
  | { readonly name: string; readonly as: 'element'; readonly tensor: string; readonly index: number };

export interface TensorModel {
  /** The changed model, as pieces that follow one another, most of them the file's own; null: it is as it was. */
  readonly changed: readonly Uint8Array[] | null;
  readonly outputs: readonly OutputSpec[];
}

interface Node {
  readonly field: Field;
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

// Field numbers of onnx.proto.
// Nodes between a sequence and the output that only hand it on.
const IDENTITIES_MAX = 8;

/** The model with tensor outputs only. */
export function withTensorOutputs(model: Uint8Array): TensorModel {
  const graphs = [...fields(model)].filter((field) => field.number === MODEL.graph);
  const [graph] = graphs;
  if (graph === undefined || graphs.length > 1) {
    throw new ModelError(`expected an ONNX model with one graph, got ${graphs.length}`);
  }
  const declared = outputsOf(model, graph);
  if (declared.every((output) => output.isTensor)) {
    return { changed: null, outputs: declared.map(({ name }) => ({ name, as: 'tensor', tensor: name })) };
  }

  const dropped: Field[] = [];
  const added: Uint8Array[] = [];
  const outputs = declared.map(({ field, name, isTensor }): OutputSpec => {
    if (isTensor) return { name, as: 'tensor', tensor: name };
    const makers = makersOf(model, graph, name);
    const spec = specOf(model, name, makers.at(-1));
    dropped.push(field, ...makers.map((node) => node.field));
    for (const tensor of spec.as === 'list' ? spec.tensors : [spec.tensor]) {
      // The type is left out: the runtime infers it.
      added.push(delimitedField(GRAPH.output, delimitedField(1, tensor)));
    }
    return spec;
  });
  return { changed: without(model, graph, dropped, added), outputs };
}

/** The model's pieces without some fields of its graph, and with others at its end. */
function without(
  model: Uint8Array,
  graph: Field,
  dropped: readonly Field[],
  added: readonly Uint8Array[],
): Uint8Array[] {
  const kept: Uint8Array[] = [];
  let from = graph.start;
  const gaps = new Map(dropped.map((field) => [field.tagStart, field]));
  for (const field of [...gaps.values()].toSorted((a, b) => a.tagStart - b.tagStart)) {
    kept.push(model.subarray(from, field.tagStart));
    from = field.tagEnd;
  }
  const content = [...kept, model.subarray(from, graph.end), ...added];
  const length = content.reduce((sum, piece) => sum + piece.length, 0);
  return [
    model.subarray(0, graph.tagStart),
    delimitedHead(MODEL.graph, length),
    ...content,
    model.subarray(graph.tagEnd),
  ];
}

function outputsOf(model: Uint8Array, graph: Field): { field: Field; name: string; isTensor: boolean }[] {
  const outputs = [];
  const cursor = new Cursor(model, graph.start, graph.end);
  while (cursor.next()) {
    if (cursor.number !== GRAPH.output) continue;
    const field = fieldAt(cursor);
    outputs.push({ field, name: readName(model, field), isTensor: isTensorOutput(model, field) });
  }
  return outputs;
}

/** The nodes that make the output: those that only hand it on, from the last one back, and what they hand on. */
function makersOf(model: Uint8Array, graph: Field, output: string): Node[] {
  const makers: Node[] = [];
  for (let name = output; makers.length <= IDENTITIES_MAX;) {
    const node = makerOf(model, graph, name);
    if (node === null) return makers;
    makers.push(node);
    if (node.op !== 'Identity') return makers;
    name = node.inputs[0] ?? '';
  }
  return makers;
}

function makerOf(model: Uint8Array, graph: Field, output: string): Node | null {
  const cursor = new Cursor(model, graph.start, graph.end);
  while (cursor.next()) {
    if (cursor.number !== GRAPH.node) continue;
    const node = readNode(model, fieldAt(cursor));
    if (node.outputs.includes(output)) return node;
  }
  return null;
}

function specOf(model: Uint8Array, name: string, node: Node | undefined): OutputSpec {
  if (node?.op === 'ZipMap') {
    return { name, as: 'map', tensor: node.inputs[0] ?? '', keys: classLabels(model, node.field) };
  }
  if (node?.op === 'SequenceConstruct') return { name, as: 'list', tensors: node.inputs };
  throw new ModelError(
    `output "${name}": expected a tensor, or a sequence made by ZipMap or SequenceConstruct, got one made by ${node?.op ?? 'nothing'}`,
  );
}
/** ZipMap's attribute: classlabels_int64s (ints, field 8) or classlabels_strings (strings, field 9). */
function classLabels(model: Uint8Array, node: Field): string[] {
  const labels: string[] = [];
  for (const attribute of fields(model, node.start, node.end)) {
    if (attribute.number !== 5) continue;
    for (const value of fields(model, attribute.start, attribute.end)) {
      if (value.number === 9) labels.push(text(model, value));
      if (value.number === 8) labels.push(...integers(model.subarray(value.start, value.end)));
    }
  }
  return labels;
}

/** The int64 values of a varint or a packed run of them. */
function integers(bytes: Uint8Array): string[] {
  const values: string[] = [];
  let value = 0n;
  let shift = 0n;
  for (const byte of bytes) {
    value |= BigInt(byte & 0x7f) << shift;
    shift += 7n;
    if (byte >= 0x80) continue;
    values.push(String(BigInt.asIntN(64, value)));
    value = 0n;
    shift = 0n;
  }
  return values;
}

function readNode(model: Uint8Array, field: Field): Node {
  const inputs: string[] = [];
  const outputs: string[] = [];
  let op = '';
  for (const part of fields(model, field.start, field.end)) {
    if (part.number === 1) inputs.push(text(model, part));
    if (part.number === 2) outputs.push(text(model, part));
    if (part.number === 4) op = text(model, part);
  }
  return { field, op, inputs, outputs };
}

function readName(model: Uint8Array, value: Field): string {
  const name = [...fields(model, value.start, value.end)].find((field) => field.number === 1);
  return name === undefined ? '' : text(model, name);
}

/** TypeProto: 1 tensor, 4 sequence, 5 map. An output without a type is a tensor the runtime infers. */
function isTensorOutput(model: Uint8Array, value: Field): boolean {
  const type = [...fields(model, value.start, value.end)].find((field) => field.number === 2);
  if (type === undefined) return true;
  return [...fields(model, type.start, type.end)].every((field) => field.number !== 4 && field.number !== 5);
}
