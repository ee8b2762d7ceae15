/**
 * What an ONNX file says of itself that the runtime does not pass on: which inputs have no shape, its metadata, and
 * the categories and tokens it knows. Values of types that JSON and onnxruntime-node cannot carry are refused here,
 * with what to do about it.
 */
import {
  ATTRIBUTE,
  GRAPH,
  MODEL,
  NODE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from '../../common/artifact/onnx.ts';
import { ModelError } from './model-error.ts';
import { Cursor, fields, text, type Field } from '../../common/artifact/protobuf.ts';

export interface OnnxHeader {
  /** Names of the inputs that are declared without a shape. */
  readonly anyRank: readonly string[];
  readonly metadata: ReadonlyMap<string, string>;
  /** Categories and tokens, one list an attribute or tensor that has some. */
  readonly texts: readonly (readonly string[])[];
  readonly integers: readonly (readonly number[])[];
}

// Enough for every column of a table; nobody reads a vocabulary of a million tokens to make up a few rows.
const LISTS_MAX = 256;
const VALUES_MAX = 32;
const TEXT_MAX = 200;
const KNOWN_VALUES = new Set(['cats_strings', 'cats_int64s', 'keys_strings', 'keys_int64s', 'pool_strings']);

/** Reads the header. Throws a ModelError that names an input or output which cannot be served. */
export function readHeader(model: Uint8Array): OnnxHeader {
  const metadata = new Map<string, string>();
  const lists = { texts: [] as string[][], integers: [] as number[][] };
  const values: { port: Value; role: 'input' | 'output' }[] = [];
  const initializers = new Set<string>();
  for (const part of fields(model)) {
    if (part.number === MODEL.metadata) readEntry(model, part, metadata);
    if (part.number !== MODEL.graph) continue;
    const graph = new Cursor(model, part.start, part.end);
    while (graph.next()) {
      if (graph.number === GRAPH.node) readNode(model, graph, lists);
      else if (graph.number === GRAPH.initializer) initializers.add(readTensor(model, graph, lists));
      else if (graph.number === GRAPH.input) values.push({ port: readValue(model, graph), role: 'input' });
      else if (graph.number === GRAPH.output) values.push({ port: readValue(model, graph), role: 'output' });
    }
  }
  const asked = values.filter(({ port, role }) => role === 'output' || !initializers.has(port.name));
  for (const { port, role } of asked) assertServable(port, role);
  const anyRank = asked.filter(({ port, role }) => role === 'input' && !port.shaped);
  return { anyRank: anyRank.map(({ port }) => port.name), metadata, ...lists };
}

interface Value {
  readonly name: string;
  /** The TypeProto's kind; null: no type is given. */
  readonly kind: 'tensor' | 'sequence' | 'map' | 'optional' | 'sparse tensor' | null;
  /** A TensorProto.DataType, or 0. */
  readonly element: number;
  readonly shaped: boolean;
}

const KINDS = new Map<number, Value['kind']>([
  [TYPE.tensor, 'tensor'],
  [TYPE.sequence, 'sequence'],
  [TYPE.map, 'map'],
  [TYPE.sparse, 'sparse tensor'],
  [TYPE.optional, 'optional'],
]);

/** Types that onnxruntime-node cannot pass, and what a model with such values has to become. */
const ELEMENTS = new Map([
  [
    10,
    'float16; keep inputs and outputs float32 when you convert: convert_float_to_float16(model, keep_io_types=True), or cast around a .half() model',
  ],
  [14, 'complex64; export real and imaginary parts as two float32 values'],
  [15, 'complex128; export real and imaginary parts as two float64 values'],
  [16, 'bfloat16; export with inputs and outputs of float32: call model.float(), or cast inside the model'],
  ...[17, 18, 19, 20, 23, 24].map((type) => [type, 'float8 or float4; export with float32 values'] as const),
  ...[21, 22, 25, 26].map(
    (type) => [type, '4-bit or 2-bit integers; export with int8 or uint8 values'] as const,
  ),
]);

function assertServable({ name, kind, element }: Value, role: 'input' | 'output'): void {
  const where = `${role} "${name}"`;
  if (role === 'input' && kind !== 'tensor') {
    const help =
      kind === 'optional'
        ? 'export it as a plain tensor that every request has, or leave it out of the inputs'
        : 'export it as one tensor, padded to one length if need be';
    throw new ModelError(
      `${where}: expected a tensor, got ${kind === null ? 'no type' : aOrAn(kind)}; ${help}`,
    );
  }
  const unserved = kind === 'tensor' ? ELEMENTS.get(element) : undefined;
  if (unserved !== undefined) {
    throw new ModelError(`${where}: expected a type that JSON can say, got ${unserved}`);
  }
}

function aOrAn(kind: string): string {
  return `${kind === 'optional' ? 'an' : 'a'} ${kind}`;
}

function readValue(model: Uint8Array, { start, end }: Cursor): Value {
  let name = '';
  let type: Field | null = null;
  for (const field of fields(model, start, end)) {
    if (field.number === VALUE.name) name = text(model, field);
    if (field.number === VALUE.type) type = field;
  }
  const unknown: Value = { name, kind: null, element: 0, shaped: true };
  if (type === null) return unknown;
  for (const kind of fields(model, type.start, type.end)) {
    const known = KINDS.get(kind.number) ?? null;
    if (known === null) continue;
    const parts = kind.delimited && known === 'tensor' ? [...fields(model, kind.start, kind.end)] : [];
    const element = parts.find((part) => part.number === TENSOR_TYPE.element)?.value ?? 0;
    return { name, kind: known, element, shaped: parts.some((part) => part.number === TENSOR_TYPE.shape) };
  }
  return unknown;
}

function readEntry(model: Uint8Array, entry: Field, metadata: Map<string, string>): void {
  let key = '';
  let value = '';
  for (const field of fields(model, entry.start, entry.end)) {
    if (field.number === 1) key = text(model, field);
    if (field.number === 2) value = text(model, field);
  }
  metadata.set(key, value);
}

interface Lists {
  readonly texts: string[][];
  readonly integers: number[][];
}

/** The categories and tokens of an operator that maps them. */
function readNode(model: Uint8Array, { start, end }: Cursor, lists: Lists): void {
  const node = new Cursor(model, start, end);
  while (node.next()) {
    if (node.number !== NODE.attribute) continue;
    const attribute = new Cursor(model, node.start, node.end);
    // Writers put the name first: values of other attributes, which may be millions, are not walked through.
    if (!attribute.next() || !isKnown(model, attribute)) continue;
    const texts: string[] = [];
    const integers: number[] = [];
    while (attribute.next() && texts.length < VALUES_MAX && integers.length < VALUES_MAX) {
      addValue(model, attribute, texts, integers);
    }
    if (texts.length > 0 && lists.texts.length < LISTS_MAX) lists.texts.push(texts);
    if (integers.length > 0 && lists.integers.length < LISTS_MAX) lists.integers.push(integers);
  }
}

function isKnown(model: Uint8Array, name: Cursor): boolean {
  if (name.number !== ATTRIBUTE.name || name.end - name.start > TEXT_MAX) return false;
  return KNOWN_VALUES.has(latin1(model, name));
}

function addValue(model: Uint8Array, at: Cursor, texts: string[], integers: number[]): void {
  if (at.number === ATTRIBUTE.texts) addText(model, at, texts);
  if (at.number === ATTRIBUTE.integers) addIntegers(model, at, integers);
}

/** The tensor's name; its texts, if it has some, are tokens. */
function readTensor(model: Uint8Array, { start, end }: Cursor, lists: Lists): string {
  const tensor = new Cursor(model, start, end);
  const texts: string[] = [];
  let name = '';
  while (tensor.next()) {
    if (tensor.number === TENSOR.name) name = utf8(model, tensor) ?? '';
    if (tensor.number === TENSOR.texts && texts.length < VALUES_MAX) addText(model, tensor, texts);
  }
  if (texts.length > 0 && lists.texts.length < LISTS_MAX) lists.texts.push(texts);
  return name;
}

function addText(model: Uint8Array, at: Cursor, texts: string[]): void {
  if (at.end - at.start > TEXT_MAX) return;
  const value = utf8(model, at);
  if (value !== null && !value.includes('\0')) texts.push(value);
}

/** Adds a varint, or a packed run of them, as far as they are exact. */
function addIntegers(model: Uint8Array, at: Cursor, integers: number[]): void {
  let value = 0;
  let scale = 1;
  for (let index = at.start; index < at.end && integers.length < VALUES_MAX; index += 1) {
    const byte = model[index] ?? 0;
    value += (byte & 0x7f) * scale;
    scale *= 128;
    if (byte >= 0x80) continue;
    if (Number.isSafeInteger(value)) integers.push(value);
    value = 0;
    scale = 1;
  }
}

function latin1(model: Uint8Array, { start, end }: Cursor): string {
  return Buffer.from(model.buffer, model.byteOffset + start, end - start).toString('latin1');
}

function utf8(model: Uint8Array, { start, end }: Cursor): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(model.subarray(start, end));
  } catch {
    return null;
  }
}
