/** `parameters` of a request: which outputs to return, and how. */
import type { OutputSpec } from '../model/onnx-outputs.ts';
import { BadInput, classOf, quoted } from './bad-input.ts';

export interface Parameters {
  /** The outputs asked for, in that order. */
  readonly outputs: readonly OutputSpec[];
  readonly decimals: number | null;
}

const MAX_DECIMALS = 17;

/** Throws a BadInput that names the parameter. */
export function readParameters(value: unknown, outputs: readonly OutputSpec[]): Parameters {
  let chosen = outputs;
  let decimals: number | null = null;
  if (value === undefined || value === null) return { outputs: chosen, decimals };
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw new BadInput({ field: 'parameters' }, 'an object', classOf(value));
  }
  for (const [name, parameter] of Object.entries(value)) {
    if (name === 'outputs') chosen = readOutputs(parameter, outputs);
    else if (name === 'decimals') decimals = readDecimals(parameter);
    else throw new BadInput({ field: 'parameters' }, 'outputs or decimals', `the field ${quoted(name)}`);
  }
  return { outputs: chosen, decimals };
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
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_DECIMALS)
    return value;
  throw new BadInput(
    { field: 'parameters.decimals' },
    `a whole number from 0 to ${MAX_DECIMALS}`,
    classOf(value),
  );
}
