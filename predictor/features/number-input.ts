/**
 * The usual model behind features has one input of so many float32: its values go straight into the numbers that a run
 * takes, without an array for each instance that would be checked and copied again.
 */
import { NumberRows } from '../serve/number-rows.ts';
import type { Predictor } from '../serve/predictor.ts';
import type { Assembler, Rows } from './assemble.ts';
import type { Plan, PlannedInput } from './plan.ts';
import type { Instance } from './request-fields.ts';

const FLOAT32_MAX = 3.4028234663852886e38;
/** Numbers whose memory is kept for the next request. */
const KEPT = 65_536;

export class NumberInput {
  readonly #input: PlannedInput;
  readonly #width: number;
  readonly #assembler: Assembler;
  readonly #nullIsNaN: boolean;
  /** Of one request, up to KEPT: the predictor copies it before it returns. */
  #kept: Float32Array;

  constructor(input: PlannedInput, width: number, assembler: Assembler, nullIsNaN: boolean) {
    this.#input = input;
    this.#width = width;
    this.#assembler = assembler;
    this.#nullIsNaN = nullIsNaN;
    this.#kept = new Float32Array(width);
  }

  /**
   * The instances, valid until the next call. Where a value has no place among float32, arrays of them instead, for the
   * predictor to say so. Throws as an Assembler does.
   */
  of(instances: readonly Instance[], rows: Rows): NumberRows | readonly (readonly unknown[])[] {
    const { columns } = this.#input;
    const data = this.#memory(instances.length * this.#width);
    let at = 0;
    /** What is not a number of float32, by its place. */
    let others: Map<number, unknown> | null = null;
    for (let index = 0; index < instances.length; index += 1) {
      const instance = instances[index] ?? {};
      for (let i = 0; i < columns.length; i += 1) {
        const column = columns[i];
        if (column === undefined) continue;
        const value = this.#assembler.column(column, instance, rows, index);
        const values = Array.isArray(value) ? value : null;
        for (let j = 0; j < (values?.length ?? 1); j += 1) {
          const one: unknown = values === null ? value : values[j];
          if (typeof one === 'number' && one <= FLOAT32_MAX && one >= -FLOAT32_MAX) data[at] = one;
          else if (one === null && this.#nullIsNaN) data[at] = Number.NaN;
          else {
            others ??= new Map();
            others.set(at, one);
          }
          at += 1;
        }
      }
    }
    if (instances.length === 0) return [];
    return others === null ? new NumberRows(instances.length, data) : arraysOf(data, others, this.#width, at);
  }

  #memory(size: number): Float32Array {
    if (size <= this.#kept.length) return this.#kept;
    const memory = new Float32Array(size);
    if (size <= KEPT) this.#kept = memory;
    return memory;
  }
}

function arraysOf(
  data: Float32Array,
  others: ReadonlyMap<number, unknown>,
  width: number,
  size: number,
): readonly (readonly unknown[])[] {
  return Array.from({ length: size / width }, (_, row) =>
    Array.from({ length: width }, (_value, i) => {
      const at = row * width + i;
      return others.has(at) ? others.get(at) : data[at];
    }),
  );
}

/** Null: the model takes other inputs, or columns may have other values than numbers. */
export function numberInputOf(predictor: Predictor, plan: Plan, assembler: Assembler): NumberInput | null {
  const [width, ...more] = predictor.numberShape ?? [];
  const [input] = plan.inputs;
  if (width === undefined || more.length > 0 || input === undefined || input.isBare) return null;
  const areNumbers = input.columns.every(({ column: { type } }) => type === 'number' || type === 'integer');
  return areNumbers ? new NumberInput(input, width, assembler, predictor.options.nullIsNaN) : null;
}
