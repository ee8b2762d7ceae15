/** The fields of a TypeBox schema, with what each of them says about itself. */

/** What functions/config/fields.ts puts into a schema, and the keywords of JSON Schema that are shown. */
export interface Described {
  readonly type?: string;
  readonly description?: string;
  readonly expected?: string;
  readonly default?: unknown;
  readonly absent?: string;
  readonly unit?: string;
  readonly examples?: readonly unknown[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly maxLength?: number;
  readonly anyOf?: readonly Described[];
  readonly properties?: Readonly<Record<string, Described>>;
  readonly patternProperties?: Readonly<Record<string, Described>>;
  readonly required?: readonly string[] | undefined;
  readonly items?: Described;
}

export interface Field {
  /** `services.NAME.rollout.steps[].traffic`. */
  readonly path: string;
  readonly name: string;
  readonly schema: Described;
  readonly isRequired: boolean;
  /** Whether fields of its own follow. */
  readonly isBlock: boolean;
}

/** Every field below the schema: what has fields of its own comes before them, and after its neighbours that have none. */
export function fieldsOf(schema: Described, path = ''): Field[] {
  const required = new Set(schema.required);
  const own = Object.entries(schema.properties ?? {}).map(([name, field]) => {
    const inside = insideOf(field, `${path}${name}`);
    const fields = inside === null ? [] : fieldsOf(inside.schema, `${inside.path}.`);
    const isBlock = fields.length > 0;
    return {
      field: { path: `${path}${name}`, name, schema: field, isRequired: required.has(name), isBlock },
      fields,
    };
  });
  return [...own.filter(({ field }) => !field.isBlock), ...own.filter(({ field }) => field.isBlock)].flatMap(
    ({ field, fields }) => [field, ...fields],
  );
}

function insideOf(schema: Described, path: string): { schema: Described; path: string } | null {
  if (schema.properties !== undefined) return { schema, path };
  if (schema.items !== undefined) return insideOf(schema.items, `${path}[]`);
  const block = schema.anyOf?.find(({ properties }) => properties !== undefined);
  if (block !== undefined) return { schema: block, path };
  const [values] = Object.values(schema.patternProperties ?? {});
  return values === undefined ? null : insideOf(values, `${path}.NAME`);
}

/** What a value has to be, in words. */
export function kindOf(schema: Described): string {
  if (schema.expected !== undefined) return schema.expected;
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return listOf(schema.enum.map((value) => code(value)));
  if (schema.anyOf !== undefined) return listOf(schema.anyOf.map((one) => kindOf(one)));
  if (schema.type === 'boolean') return '`true` or `false`';
  if (schema.type === 'null') return '`null`';
  if (schema.type === 'array') return `a list${lengthOf(schema)}`;
  if (schema.type === 'integer' || schema.type === 'number') return numberOf(schema);
  if (schema.type === 'string')
    return schema.maxLength === undefined ? 'text' : `text of up to ${schema.maxLength} characters`;
  if (schema.properties !== undefined)
    return `an object of ${Object.keys(schema.properties)
      .map((name) => code(name))
      .join(', ')}`;
  const [values] = Object.values(schema.patternProperties ?? {});
  return values === undefined ? 'an object' : `a map; each value is ${kindOf(values)}`;
}

function numberOf({ type, minimum, maximum, unit }: Described): string {
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  const from = minimum === undefined ? '' : ` of at least ${minimum}`;
  const range = maximum === undefined ? from : ` from ${minimum ?? 0} to ${maximum}`;
  return `${kind}${range}${unit === undefined ? '' : ` (${unit})`}`;
}

function lengthOf({ minItems, maxItems }: Described): string {
  if (maxItems === undefined) return '';
  return minItems === undefined ? ` of up to ${maxItems}` : ` of ${minItems} to ${maxItems}`;
}

export function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

function listOf(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}
