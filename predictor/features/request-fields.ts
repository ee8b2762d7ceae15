/**
 * The fields of an instance, as the interface of the service has them, or, where it has none, as the model's mapping
 * asks for them: checked before anything is looked up, so that a mistake is named by the caller's own words.
 */
import { isRequired, KEY, type Interface } from '../../common/artifact/interface.ts';
import { isOfType, type Value, type ValueType } from '../../common/artifact/values.ts';
import { BadInput, classOf, quoted } from '../serve/bad-input.ts';
import type { Plan } from './plan.ts';

export type Instance = Readonly<Record<string, unknown>>;

export interface Field {
  readonly name: string;
  /** Null: text or a whole number, as keys are. */
  readonly type: ValueType | null;
  /** Null: one value. */
  readonly list: number | 'any' | null;
  readonly isRequired: boolean;
  /** Accepted and not looked at. */
  readonly isIgnored: boolean;
  readonly default: Value | undefined;
}

/** Characters of a key. Firestore takes 1,500 bytes. */
const KEY_MAX = 400;

export class RequestFields {
  readonly #fields: ReadonlyMap<string, Field>;
  readonly #required: readonly Field[];
  readonly #keys: ReadonlySet<string>;
  /** True if `key` comes back in the prediction: it is no field. */
  readonly echoesKey: boolean;

  constructor(fields: readonly Field[], keys: ReadonlySet<string>) {
    this.#fields = new Map(fields.map((field) => [field.name, field]));
    this.#required = fields.filter((field) => field.isRequired);
    this.#keys = keys;
    this.echoesKey = !this.#fields.has(KEY);
  }

  get all(): Iterable<Field> {
    return this.#fields.values();
  }

  /** Null: any, or there is no such field. */
  typeOf(name: string): ValueType | null {
    return this.#fields.get(name)?.type ?? null;
  }

  /** The instance, if it has what it should. Throws a BadInput that names the field. */
  checked(instance: unknown, index: number): Instance {
    if (typeof instance !== 'object' || instance === null || Array.isArray(instance)) {
      throw new BadInput({ instance: index }, `an object of ${this.#names()}`, classOf(instance));
    }
    for (const name of Object.keys(instance)) {
      const field = this.#fields.get(name);
      if (field !== undefined) this.#checkValue(field, Reflect.get(instance, name), index);
      else if (name !== KEY) {
        throw new BadInput({ instance: index }, `the fields ${this.#names()}`, `the field ${quoted(name)}`);
      }
    }
    for (const { name } of this.#required) {
      if (!Object.hasOwn(instance, name)) {
        throw new BadInput({ instance: index, field: name }, 'a value', 'nothing');
      }
    }
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- an object, as was checked
    return instance as Instance;
  }

  #checkValue(field: Field, value: unknown, index: number): void {
    const { name, type, list, isIgnored } = field;
    if (isIgnored || (value === null && !field.isRequired)) return;
    if (list === null) {
      if (this.#keys.has(name)) assertKey(name, value, index);
      if (type === null || isOfType(value, type)) return;
      throw new BadInput({ instance: index, field: name }, WORDS[type], classOf(value));
    }
    const count = list === 'any' ? '' : ` of ${list}`;
    if (!Array.isArray(value) || (list !== 'any' && value.length !== list)) {
      throw new BadInput({ instance: index, field: name }, `an array${count}`, classOf(value));
    }
    const wrong = type === null ? -1 : value.findIndex((one: unknown) => !isOfType(one, type));
    if (wrong >= 0 && type !== null) {
      throw new BadInput({ instance: index, field: `${name}[${wrong}]` }, WORDS[type], classOf(value[wrong]));
    }
  }

  #names(): string {
    return [...this.#fields.values()].map(({ name }) => quoted(name)).join(', ');
  }
}

const WORDS: Readonly<Record<ValueType, string>> = {
  number: 'a number',
  integer: 'a whole number',
  string: 'a string',
  boolean: 'true or false',
};

function assertKey(name: string, value: unknown, index: number): void {
  const isKey =
    (typeof value === 'string' && value.length <= KEY_MAX && value.isWellFormed()) ||
    Number.isSafeInteger(value) ||
    typeof value === 'boolean';
  if (isKey) return;
  const expected = `a string of up to ${KEY_MAX} characters or a whole number, as it is a key`;
  const isLong = typeof value === 'string' && value.length > KEY_MAX;
  const isBroken = typeof value === 'string' && !value.isWellFormed();
  const got = isLong ? `one of ${value.length}` : isBroken ? 'half of a surrogate pair' : classOf(value);
  throw new BadInput({ instance: index, field: name }, expected, got);
}

/** The fields of the interface, or those that the plan asks for. */
export function requestFields(plan: Pick<Plan, 'columns' | 'views'>, face: Interface | null): RequestFields {
  const keys = new Set(plan.views.flatMap(({ keyFields }) => keyFields));
  if (face !== null) {
    const fields = Object.entries(face.request).map(([name, field]): Field => ({
      name,
      type: field.type,
      list: field.list ?? null,
      isRequired: isRequired(field),
      isIgnored: field.deprecated === true && !isUsed(plan, keys, name),
      default: field.default,
    }));
    return new RequestFields(fields, keys);
  }
  const byName = new Map<string, Field>();
  for (const { column } of plan.columns) {
    if (column.view !== null || byName.has(column.field)) continue;
    const { field: name, type, list } = column;
    const isOptional = column.default !== undefined;
    byName.set(name, { name, type, list, isRequired: !isOptional, isIgnored: false, default: undefined });
  }
  for (const name of keys) {
    const known = byName.get(name);
    const field = { name, type: null, list: null, isIgnored: false, default: undefined };
    byName.set(name, { ...(known ?? field), isRequired: true });
  }
  return new RequestFields([...byName.values()], keys);
}

function isUsed({ columns }: Pick<Plan, 'columns'>, keys: ReadonlySet<string>, name: string): boolean {
  return (
    keys.has(name) ||
    columns.some(
      ({ column, override }) => override === name || (column.view === null && column.field === name),
    )
  );
}
