/** `parameters` of a request: which outputs to return, and how. */
import type { OutputSpec } from '../model/onnx-outputs.ts';
import { BadInput, classOf, quoted } from './bad-input.ts';
import type { Errors } from './row-errors.ts';

export interface Parameters {
  /** The outputs asked for, in that order. */
  readonly outputs: readonly OutputSpec[];
  readonly decimals: number | null;
  /** Null: as the server is set. */
  readonly errors: Errors | null;
}

const DECIMALS_MAX = 17;

/** Throws a BadInput that names the parameter. */
export function readParameters(value: unknown, outputs: readonly OutputSpec[]): Parameters {
  let chosen = outputs;
  let decimals: number | null = null;
  let errors: Errors | null = null;
  if (value === undefined || value === null) return { outputs: chosen, decimals, errors };
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BadInput({ field: 'parameters' }, 'an object', classOf(value));
  }
  for (const [name, parameter] of Object.entries(value)) {
    if (name === 'outputs') chosen = readOutputs(parameter, outputs);
    else if (name === 'decimals') decimals = readDecimals(parameter);
    else if (name === 'errors') errors = readErrors(parameter);
    else {
      throw new BadInput({ field: 'parameters' }, 'outputs, decimals or errors', `the field ${quoted(name)}`);
    }
  }
  return { outputs: chosen, decimals, errors };
}

/** Throws a BadInput. */
export function readErrors(value: unknown): Errors {
  if (value === 'request' || value === 'row') return value;
  const found = typeof value === 'string' ? quoted(value) : classOf(value);
  throw new BadInput({ field: 'parameters.errors' }, '"request" or "row"', found);
}

function readOutputs(value: unknown, outputs: readonly OutputSpec[]): OutputSpec[] {
  const field = 'parameters.outputs';
  const names = outputs.map((output) => quoted(output.name)).join(', ');
  if (!Array.isArray(value) || value.length === 0 || value.length > outputs.length) {
    throw new BadInput({ field }, `an array of some of ${names}`, classOf(value));
  }
  const chosen = value.map((name: unknown, i) => {
    const output = outputs.find((candidate) => candidate.name === name);
    if (output !== undefined) return output;
    const found = typeof name === 'string' ? quoted(name) : classOf(name);
    throw new BadInput({ field: `${field}[${i}]` }, `one of ${names}`, found);
  });
  if (new Set(chosen).size < chosen.length) throw new BadInput({ field }, 'each output once', 'one twice');
  return chosen;
}

function readDecimals(value: unknown): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= DECIMALS_MAX)
    return value;
  throw new BadInput(
    { field: 'parameters.decimals' },
    `a whole number from 0 to ${DECIMALS_MAX}`,
    classOf(value),
  );
}
