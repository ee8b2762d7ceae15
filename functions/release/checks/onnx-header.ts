/**
 * The inputs and outputs that an ONNX file declares, read without its weights: the file is walked by offsets, and
 * only names, types and shapes are looked at. Whatever else the bytes are, the answer is null: not known.
 * Field numbers: https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */
import type { Artifacts, StoredObject } from '../../world.ts';
import {
  DIM,
  ELEMENT_TYPES,
  GRAPH,
  MODEL,
  SPARSE,
  TENSOR,
  TENSOR_TYPE,
  TYPE,
  VALUE,
} from '../../../common/artifact/onnx.ts';
import { WireError } from '../../../common/artifact/protobuf.ts';
import { RangedProtobuf, type RangedField } from './ranged-protobuf.ts';
import { toSignature, type Field, type Signature } from './signature.ts';

/** In bytes. A name that is longer would not be kept anyway: signature.ts. */
const NAME_BYTES_MAX = 512;
/** A sequence of maps of tensors is three deep. */
const TYPE_DEPTH_MAX = 4;
const RANK_MAX = 8;
const INITIALIZERS_MAX = 20_000;
/** Before the initializers among them are left out: files of IR version 3 list all of them. */
const VALUES_MAX = 20_000;

type Kind = Pick<Field, 'type' | 'shape'>;

/** Null: the object is gone, no ONNX model, or more than is kept. CallErrors go through. */
export async function readOnnxSignature(
  artifacts: Pick<Artifacts, 'readRange'>,
  object: StoredObject,
): Promise<Signature | null> {
  try {
    return await readModel(new RangedProtobuf(artifacts, object), object.size);
  } catch (error) {
    if (error instanceof WireError) return null;
    throw error;
  }
}

async function readModel(file: RangedProtobuf, size: number): Promise<Signature | null> {
  let signature: Signature | null = null;
  // To the end, so that a file that was cut is seen to be.
  for await (const part of file.fields(0, size)) {
    if (part.number !== MODEL.graph) continue;
    if (signature !== null) throw new WireError('two graphs');
    signature = await readGraph(file, part);
    if (signature === null) return null;
  }
  return signature;
}

async function readGraph(file: RangedProtobuf, graph: RangedField): Promise<Signature | null> {
  const initializers = new Set<string>();
  const inputs: Field[] = [];
  const outputs: Field[] = [];
  for await (const part of message(file, graph)) {
    if (part.number === GRAPH.initializer) initializers.add(await tensorName(file, part));
    if (part.number === GRAPH.sparseInitializer) initializers.add(await sparseName(file, part));
    if (part.number === GRAPH.input) inputs.push(await readValue(file, part));
    if (part.number === GRAPH.output) outputs.push(await readValue(file, part));
    if (initializers.size > INITIALIZERS_MAX) throw new WireError('too many initializers');
    if (inputs.length + outputs.length > VALUES_MAX) throw new WireError('too many inputs and outputs');
  }
  // An initializer of an input's name is its default: callers need not give it.
  return toSignature({ inputs: inputs.filter((input) => !initializers.has(input.name)), outputs });
}

/** '' for a name that cannot be an input's. The walk ends at the name: the numbers mostly come after it. */
async function tensorName(file: RangedProtobuf, tensor: RangedField): Promise<string> {
  for await (const part of message(file, tensor)) {
    if (part.number === TENSOR.name) return (await file.text(part, NAME_BYTES_MAX)) ?? '';
  }
  return '';
}

async function sparseName(file: RangedProtobuf, sparse: RangedField): Promise<string> {
  for await (const part of message(file, sparse)) {
    if (part.number === SPARSE.values) return tensorName(file, part);
  }
  return '';
}

async function readValue(file: RangedProtobuf, value: RangedField): Promise<Field> {
  let name: string | null = '';
  let kind: Kind | null = null;
  for await (const part of message(file, value)) {
    if (part.number === VALUE.name) name = await file.text(part, NAME_BYTES_MAX);
    if (part.number === VALUE.type) kind = await readType(file, part, TYPE_DEPTH_MAX);
  }
  if (name === null) throw new WireError('a long name');
  if (kind === null) throw new WireError('an input or output without a type');
  return { name, ...kind };
}

async function readType(file: RangedProtobuf, type: RangedField, depth: number): Promise<Kind> {
  if (depth === 0) throw new WireError('types in types in types');
  let kind: Kind | null = null;
  for await (const part of message(file, type)) {
    if (part.number === TYPE.tensor) kind = await readTensorType(file, part);
    if (part.number === TYPE.sparse) kind = wrapped('sparse', await readTensorType(file, part));
    if (part.number === TYPE.sequence) kind = wrapped('seq', await readElementType(file, part, 1, depth));
    if (part.number === TYPE.optional)
      kind = wrapped('optional', await readElementType(file, part, 1, depth));
    if (part.number === TYPE.map) {
      const key = await readMapKey(file, part);
      kind = wrapped('map', await readElementType(file, part, 2, depth), `${key},`);
    }
  }
  if (kind === null) throw new WireError('a type of another kind');
  return kind;
}

/** Only of tensors is the shape a caller's business. */
function wrapped(word: string, { type }: Kind, before = ''): Kind {
  return { type: `${word}<${before}${type}>`, shape: null };
}

/** The type in field `number` of a sequence (1), an optional (1) or a map (2). */
async function readElementType(
  file: RangedProtobuf,
  container: RangedField,
  number: number,
  depth: number,
): Promise<Kind> {
  for await (const part of message(file, container)) {
    if (part.number === number) return readType(file, part, depth - 1);
  }
  throw new WireError('a container of nothing');
}

async function readMapKey(file: RangedProtobuf, map: RangedField): Promise<string> {
  for await (const part of message(file, map)) {
    if (part.number === 1) return elementType(part.value);
  }
  throw new WireError('a map without a key');
}

async function readTensorType(file: RangedProtobuf, tensor: RangedField): Promise<Kind> {
  let type = 0;
  let shape: Field['shape'] = null;
  for await (const part of message(file, tensor)) {
    if (part.number === TENSOR_TYPE.element) type = part.value;
    if (part.number === TENSOR_TYPE.shape) shape = await readShape(file, part);
  }
  return { type: elementType(type), shape };
}

async function readShape(file: RangedProtobuf, shape: RangedField): Promise<(number | null)[]> {
  const dims: (number | null)[] = [];
  for await (const part of message(file, shape)) {
    if (part.number !== 1) continue;
    if (dims.length === RANK_MAX) throw new WireError('too many dimensions');
    dims.push(await readDim(file, part));
  }
  return dims;
}

/** A dimension that has a name, or nothing at all, is any size; so is a negative one, to ONNX Runtime. */
async function readDim(file: RangedProtobuf, dim: RangedField): Promise<number | null> {
  let size: number | null = null;
  for await (const part of message(file, dim)) {
    if (part.number === DIM.value) size = part.value < 2 ** 63 ? part.value : null;
    if (part.number === DIM.param) size = null;
  }
  return size;
}

function elementType(number: number): string {
  const word = ELEMENT_TYPES.get(number);
  if (word === undefined) throw new WireError(`element type ${number}`);
  return word;
}

function message(file: RangedProtobuf, field: RangedField): AsyncGenerator<RangedField> {
  if (!field.delimited) throw new WireError('a message is a number');
  return file.fields(field.start, field.end);
}
