/** What can never be asked is refused before anybody tries: the signature alone says so. */
import { ModelError } from '../model/model-error.ts';
import type { Port, Signature } from '../model/runtime.ts';
import { elementType } from '../model/tensor-types.ts';

/** Bytes of one instance that no machine is asked to hold. */
const BYTES_MAX = 1024 * 1024 * 1024;

/** Throws a ModelError if no request can hold an instance. `maxBody`: bytes a request may have; null: any number. */
export function assertAskable({ inputs }: Signature, maxBody: number | null): void {
  const allEmpty = inputs.every((input) => input.shape.includes(0));
  const empty = inputs.find((input) => (allEmpty ? isWithoutRows(input) : isTableWithoutRows(input)));
  if (empty !== undefined) {
    throw new ModelError(
      `input "${empty.name}": dimension ${empty.shape.indexOf(0)} is declared 0, and ONNX Runtime takes nothing else; export it open, for instance FloatTensorType([None, 3]) instead of [0, 3]`,
    );
  }
  const bytes = sum(inputs, (input) => elementType(input.type).bytes);
  if (bytes > BYTES_MAX) throw tooLarge(inputs, `more than ${BYTES_MAX} bytes`);
  // A number and its comma are two characters; bytes may come in base64.
  const characters = sum(inputs, (input) => (input.type === 'uint8' ? 4 / 3 : 2));
  if (maxBody !== null && characters > maxBody) {
    throw tooLarge(
      inputs,
      `more than a request of ${maxBody} bytes can hold; SLIPWAY_ENDPOINT_TYPE=dedicated and SLIPWAY_MAX_BODY_BYTES allow more, and a handler may make it out of less`,
    );
  }
}

/**
 * True of `[0, 3, 8, 8]` and of `[N, 0]`, which count pictures and rows and leave nothing to ask of one. `[0]` is an
 * empty list and `[2, 0]` two of them, which say what they are: they are sent as `[]` and `[[], []]`.
 */
function isWithoutRows({ shape }: Port): boolean {
  return shape.includes(null) || (shape.length > 1 && shape.indexOf(0) === 0);
}

/**
 * True of `[0, 3]`, which older converters write for a table of any number of rows. Beside other inputs a dimension
 * of 0, such as an empty list of axes, is what the model means, and is sent as `[]`.
 */
function isTableWithoutRows({ shape, type }: Port): boolean {
  const { kind } = elementType(type);
  return shape.length === 2 && shape[0] === 0 && shape[1] !== 0 && (kind === 'float' || kind === 'string');
}

function sum(inputs: readonly Port[], each: (input: Port) => number): number {
  return inputs.reduce((total, input) => total + each(input) * leastElements(input), 0);
}

function leastElements(input: Port): number {
  return input.shape.reduce<number>((product, dim) => product * (dim ?? 1), 1);
}

function tooLarge(inputs: readonly Port[], how: string): ModelError {
  const shapes = inputs.map(({ name, shape }) => `${name} [${shape.map((dim) => dim ?? '?').join(', ')}]`);
  return new ModelError(`one instance (${shapes.join(', ')}) is ${how}`);
}
