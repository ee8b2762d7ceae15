/** Reads the `instances` of a request: each is an array, an object by input name, or a bare value. */
import { KEY } from '../../common/artifact/interface.ts';
import { BadInput, classOf, quoted } from './bad-input.ts';
import { B64 } from './base64.ts';
import type { InputLayout, Layout } from './layout.ts';

export class InstanceReader {
  readonly #inputs: readonly InputLayout[];
  readonly #only: InputLayout | null;
  readonly #names: ReadonlySet<string>;
  /** False when the model has an input of that name. */
  readonly #keyed: boolean;

  constructor(layout: Layout) {
    this.#inputs = layout.inputs;
    this.#only = layout.inputs.length === 1 ? (layout.inputs[0] ?? null) : null;
    this.#names = new Set(layout.inputs.map((input) => input.name));
    this.#keyed = !this.#names.has(KEY);
  }

  /** The values of one instance in the order of the inputs. Throws a BadInput. */
  values(instance: unknown, index: number): unknown[] {
    if (isObject(instance)) return this.#named(instance, index);
    if (this.#only !== null) return [instance];
    if (!Array.isArray(instance) || instance.length !== this.#inputs.length) {
      const names = this.#inputs.map((input) => quoted(input.name)).join(', ');
      throw new BadInput({ instance: index }, `an object, or an array, of ${names}`, classOf(instance));
    }
    return instance;
  }

  /** The JSON text of the instance's key, or null. Throws a BadInput if it nests too deeply to be written. */
  key(instance: unknown, index: number): string | null {
    if (!this.#keyed || !isObject(instance) || !Object.hasOwn(instance, KEY)) return null;
    try {
      return JSON.stringify(instance[KEY]);
    } catch {
      throw new BadInput({ instance: index, field: KEY }, 'a value', 'one that nests too deeply');
    }
  }

  /** True if the instance is the base64 of the only input, with a key or without. */
  #isBytes(instance: Readonly<Record<string, unknown>>): boolean {
    const keys = this.#keyed && Object.hasOwn(instance, KEY) ? 2 : 1;
    return this.#only !== null && Object.keys(instance).length === keys;
  }

  #named(instance: Readonly<Record<string, unknown>>, index: number): unknown[] {
    for (const name of Object.keys(instance)) {
      if (this.#names.has(name) || (this.#keyed && name === KEY)) continue;
      if (name === B64 && this.#isBytes(instance)) return [{ [B64]: instance[B64] }];
      const names = this.#inputs.map((input) => quoted(input.name)).join(', ');
      throw new BadInput({ instance: index }, `the fields ${names}`, `the field ${quoted(name)}`);
    }
    return this.#inputs.map((input) => {
      // Own properties only: an input may be called `constructor`.
      if (!Object.hasOwn(instance, input.name)) {
        throw new BadInput({ instance: index, field: input.name }, 'a value', 'nothing');
      }
      return instance[input.name];
    });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
