/**
 * What `--key` means: the value alone where the views have one key field, `FIELD=VALUE,…`, or the fields as a JSON
 * object. A comma belongs to the value unless a field of the request follows; as JSON a value may have anything.
 */
import { isRequired, type Interface, type RequestField } from '../../../common/artifact/interface.ts';
import { isOfType, isRecord, type Value, type ValueType } from '../../../common/artifact/values.ts';
import type { Service } from '../../../functions/config/config.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';

type Request = Interface['request'];

/**
 * An instance with the fields that are named. Other fields that no request may lack are filled in, since no model is
 * asked. Throws a Failure that says what was expected.
 */
export function instanceOf(service: Service, key: string): Readonly<Record<string, unknown>> {
  const request = service.interface?.request ?? {};
  const views = Object.values(service.features?.settings.views ?? {});
  const fields = [...new Set(views.flatMap((view) => view.key))];
  const named = jsonFields(key, request) ?? textFields(key, fields, request);
  const missing = fields.filter((name) => !named.has(name));
  if (missing.length > 0) throw new Failure(EXIT.usage, `--key: expected ${missing.join(', ')} as well`);
  const rest = Object.entries(request)
    .filter(([name, field]) => isRequired(field) && !named.has(name))
    .map(([name, field]): [string, unknown] => [name, placeholderOf(field)]);
  return Object.fromEntries([...named, ...rest]);
}

/** Null: the text is no JSON object. */
function jsonFields(text: string, request: Request): Map<string, unknown> | null {
  const value = text.startsWith('{') ? parsed(text) : undefined;
  if (!isRecord(value)) return null;
  for (const [name, part] of Object.entries(value)) {
    const field = fieldOf(name, request);
    if (field === null)
      throw new Failure(EXIT.usage, `--key: expected fields of the request, got ${JSON.stringify(name)}`);
    const parts = field.list !== undefined && Array.isArray(part) ? part : [part];
    if (!parts.every((one) => isOfType(one, field.type)))
      throw wrongType(name, field.type, JSON.stringify(part));
  }
  return new Map(Object.entries(value));
}

function textFields(text: string, fields: readonly string[], request: Request): Map<string, unknown> {
  const [only = ''] = fields;
  const starts = [...text.matchAll(/(?:^|,)([A-Za-z_]\w*)=/g)].filter(
    ([, name = '']) => fieldOf(name, request) !== null,
  );
  const isNamed = starts[0]?.index === 0;
  // A name that is mistyped is no value.
  if (!isNamed && (fields.length !== 1 || /^[A-Za-z_]\w*=/.test(text)))
    throw new Failure(EXIT.usage, `--key: expected FIELD=VALUE of ${fields.join(', ')}, got ${text}`);
  if (!isNamed) return new Map([[only, typedValue(only, fieldOf(only, request)?.type ?? 'string', text)]]);
  return new Map(
    starts.map(({ 0: start, 1: name = '', index }, i) => {
      const value = text.slice(index + start.length, starts[i + 1]?.index);
      return [name, typedValue(name, fieldOf(name, request)?.type ?? 'string', value)];
    }),
  );
}

function fieldOf(name: string, request: Request): RequestField | null {
  return (Object.hasOwn(request, name) ? request[name] : undefined) ?? null;
}

function typedValue(name: string, type: ValueType, text: string): Value {
  const value = type === 'string' ? text : parsed(text);
  if (isOfType(value, type)) return value;
  throw wrongType(name, type, text);
}

function wrongType(name: string, type: ValueType, got: string): Failure {
  return new Failure(EXIT.usage, `--key: expected ${name} to be of type ${type}, got ${got}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const PLACEHOLDERS = { number: 0, integer: 0, string: '', boolean: false } as const;

function placeholderOf({ type, list }: RequestField): unknown {
  if (list === undefined) return PLACEHOLDERS[type];
  return Array.from({ length: list === 'any' ? 1 : list }, () => PLACEHOLDERS[type]);
}
