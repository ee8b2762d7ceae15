/**
 * What is wrong with slipway.yaml, for people: where, what is expected there in words, what was found, and on which
 * line. Values are shown, since it is their own file, but never those of variables, which may be secrets.
 */
import type { TLocalizedValidationError } from 'typebox/error';
import { isMap, isScalar, isSeq, type Document, type LineCounter, type Node } from 'yaml';
import { ACCELERATORS, nearestAccelerators } from './accelerators.ts';
import { ConfigSchema } from './schema.ts';
import { parsePattern } from './pattern.ts';
import { describeErrors } from './schema-problems.ts';

const SHOWN_CHARS_MAX = 80;

export function describeConfigErrors(errors: readonly TLocalizedValidationError[], file: unknown): string[] {
  const lines = new Set<string>();
  for (const error of withoutOtherBranches(errors, file)) {
    const text = inWords(error, file);
    if (text === null) for (const line of describeErrors([error], file)) lines.add(line);
    else lines.add(text);
  }
  return [...lines];
}

/** Of a field that is a block or a value of another kind: what is wrong with the one that was meant. */
function withoutOtherBranches(
  errors: readonly TLocalizedValidationError[],
  file: unknown,
): readonly TLocalizedValidationError[] {
  const unions = errors.filter(({ keyword, schemaPath }) => keyword === 'anyOf' && blockOf(schemaPath) >= 0);
  return errors.filter((error) =>
    unions.every(({ schemaPath, instancePath }) => {
      if (error.schemaPath === schemaPath && error.keyword === 'anyOf') return false;
      if (
        !error.schemaPath.startsWith(`${schemaPath}/anyOf/`) ||
        !error.instancePath.startsWith(instancePath)
      )
        return true;
      const value = at(file, instancePath.split('/').slice(1).map(unescaped));
      const isBlock = Array.isArray(value)
        ? hasItems(schemaPath)
        : typeof value === 'object' && value !== null && !hasItems(schemaPath);
      return isBlock === error.schemaPath.startsWith(`${schemaPath}/anyOf/${blockOf(schemaPath)}`);
    }),
  );
}

/** Which alternative of the union is a block of fields, or a list; -1: none is. */
function blockOf(schemaPath: string): number {
  const { anyOf = [] }: { anyOf?: readonly object[] } = Object(schemaAt(schemaPath));
  return anyOf.findIndex((branch) => Object.hasOwn(branch, 'properties') || Object.hasOwn(branch, 'items'));
}

function hasItems(schemaPath: string): boolean {
  const { anyOf = [] }: { anyOf?: readonly object[] } = Object(schemaAt(schemaPath));
  return anyOf.some((branch) => Object.hasOwn(branch, 'items'));
}

/** Null where the schema says no more than its keywords do. */
function inWords(error: TLocalizedValidationError, file: unknown): string | null {
  const keys = error.instancePath.split('/').slice(1).map(unescaped);
  const schema = schemaAt(error.schemaPath);
  const value = at(file, keys);
  // A field of a map whose names have a form is named by that form.
  if (error.keyword === 'boolean') {
    const words = textOf(schemaAt(error.schemaPath.replace(/\/additionalProperties$/, '')), 'names');
    return words === null ? null : `${pathOf(keys)}: expected ${words}`;
  }
  if (error.keyword === 'required' || error.keyword === 'additionalProperties') return null;
  const words = textOf(schema, 'expected') ?? rangeOf(schema);
  if (error.keyword === 'enum')
    return `${pathOf(keys)}: expected one of ${error.params.allowedValues.join(', ')}, got ${shown(value, keys)}`;
  return words === null ? null : `${pathOf(keys)}: expected ${words}, got ${shown(value, keys)}`;
}

function textOf(schema: unknown, field: string): string | null {
  const text: unknown = Reflect.get(Object(schema), field);
  return typeof text === 'string' ? text : null;
}

function rangeOf(schema: unknown): string | null {
  const { type, minimum, maximum }: { type?: unknown; minimum?: number; maximum?: number } = Object(schema);
  if (type !== 'integer' && type !== 'number') return null;
  const kind = type === 'integer' ? 'a whole number' : 'a number';
  if (maximum !== undefined) return `${kind} from ${minimum ?? 0} to ${maximum}`;
  return minimum === undefined ? kind : `${kind} of at least ${minimum}`;
}

function schemaAt(path: string): unknown {
  let current: unknown = ConfigSchema;
  for (const key of path.split('/').slice(1)) current = Reflect.get(Object(current), unescaped(key));
  return current;
}

function at(value: unknown, keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys)
    current = Object.hasOwn(Object(current), key) ? Reflect.get(Object(current), key) : undefined;
  return current;
}

function unescaped(key: string): string {
  return key.replaceAll('~1', '/').replaceAll('~0', '~');
}

function pathOf(keys: readonly string[]): string {
  const path = keys.join('.');
  return path.length <= 120 ? path : `${path.slice(0, 120)}…`;
}

/** What the schema cannot say: also of services that are wrong in another way, so that all is told at once. */
export function checkNames(file: unknown, problems: string[]): void {
  for (const [name, service] of Object.entries<unknown>(Object(at(file, ['services'])))) {
    for (const artifacts of [at(service, ['artifacts'])].flat()) {
      const isUri = typeof artifacts === 'string' && /^gs:\/\/[^/]+\/./.test(artifacts);
      const reason = isUri ? parsePattern(artifacts) : null;
      if (typeof reason === 'string')
        problems.push(`services.${name}.artifacts: ${reason}, got ${shown(artifacts, [])}`);
    }
    const { type, count }: Record<string, unknown> = Object(at(service, ['serving', 'accelerator']));
    // Half of one is told first.
    if (typeof type !== 'string' || count === undefined || ACCELERATORS.includes(type)) continue;
    problems.push(
      `services.${name}.serving.accelerator.type: expected an accelerator of Vertex AI, such as ${nearestAccelerators(type).join(', ')}, got ${shown(type, [])}`,
    );
  }
}

/** As it stands in the file, in quotes if it is text. */
function shown(value: unknown, keys: readonly string[]): string {
  const isSecret = keys.includes('env') || keys[0] === 'local';
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object') return 'an object';
  if (isSecret) return `a ${typeof value}`;
  // JSON has no NaN and no infinity.
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length <= SHOWN_CHARS_MAX ? text : `${text.slice(0, SHOWN_CHARS_MAX)}…`;
}

/** The line of what a problem's path names, or of the nearest thing around it; null for what is not in the file. */
export function lineOf(problem: string, document: Document, counter: LineCounter): number | null {
  let node: unknown = document.contents;
  let line: number | null = null;
  let rest = problem.slice(0, Math.max(0, problem.indexOf(': ')));
  while (rest !== '') {
    const step = stepInto(node, rest);
    if (step === null) break;
    node = step.value;
    line = step.offset === undefined ? line : counter.linePos(step.offset).line;
    rest = step.rest;
  }
  return line;
}

/** Names may have dots themselves. */
function stepInto(
  node: unknown,
  path: string,
): { value: unknown; offset: number | undefined; rest: string } | null {
  if (isSeq(node)) {
    const [index = ''] = path.split('.');
    const value = node.items[Number(index)];
    return { value, offset: startOf(value), rest: path.slice(index.length + 1) };
  }
  if (!isMap(node)) return null;
  for (const { key, value } of node.items) {
    const name = isScalar(key) ? String(key.value) : '';
    if (path !== name && !path.startsWith(`${name}.`)) continue;
    return { value, offset: startOf(key), rest: path.slice(name.length + 1) };
  }
  return null;
}

function startOf(node: unknown): number | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (node as Node | null | undefined)?.range?.[0];
}
