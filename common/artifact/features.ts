/**
 * `features.json`, beside the marker: where each input of the model comes from, and which response field each output
 * becomes. Training writes it; the deployer checks it before anything is spent, the predictor when it starts.
 *
 *     {"schema": 1,
 *      "inputs": [
 *        {"name": "features", "columns": [
 *          {"from": "customer.orders_30d", "type": "number", "default": 0, "maxAge": "2h", "training": {…}},
 *          {"from": "request.amount", "type": "number"}]},
 *        {"name": "country", "from": "customer.country", "type": "string"}],
 *      "outputs": {"score": {"output": "probabilities", "index": 1}},
 *      "views": {"customer": {"version": "3"}}}
 *
 * A file of its own rather than a block of manifest.json: training writes it, while the manifest is written by the
 * upload or not at all, and has 256 KiB, which the statistics of a thousand columns exceed. Where there is a manifest,
 * it has to list features.json.
 */
import { readTraining, type Training } from './training.ts';
import {
  durationMs,
  isOfType,
  isRecord,
  isValueType,
  parseJson,
  property,
  shownName,
  unknownFields,
  type Value,
  type ValueType,
} from './values.ts';

export const FEATURES_FILE = 'features.json';
export const FEATURES_BYTES_MAX = 4_194_304;
/** Of all inputs together; a column that is a list counts as one. */
export const COLUMNS_MAX = 10_000;
const INPUTS_MAX = 1_000;
const OUTPUTS_MAX = 64;
export const LIST_MAX = 65_536;
const NAME_MAX = 128;

/** Names of views, and of fields of the interface. */
export const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
/** Of a view's data, such as a part of a table's name. */
export const VIEW_VERSION = /^[A-Za-z0-9_]{1,32}$/;
/** The view that no store has: the request itself. */
export const REQUEST = 'request';

/** One value of the model's input, or `list` of them, and where it comes from. */
export interface Column {
  /** The view of the store; null: the request. */
  readonly view: string | null;
  /** The feature of the view, or the field of the request. */
  readonly field: string;
  readonly type: ValueType;
  /** How many values it is, one after another; null: one, and no list. */
  readonly list: number | null;
  /** What stands for a missing value; null: the model takes a missing one (NaN); undefined: it is required. */
  readonly default: Value | undefined;
  /** How old a value may be, in ms; null: of any age. */
  readonly maxAgeMs: number | null;
  /** How its values were distributed in training. */
  readonly training: Training | null;
}

/** An input of the model, its columns in the order of its tensor. */
export interface MappedInput {
  readonly name: string;
  readonly columns: readonly Column[];
  /** `from` stands at the input itself: its value is the column's, not a list of columns. */
  readonly isBare: boolean;
}

/** Which part of a prediction a response field is: an output, an element of it, or the value of a key of its map. */
export interface MappedOutput {
  readonly output: string;
  readonly index: number | null;
  readonly key: string | null;
}

export interface Features {
  readonly inputs: readonly MappedInput[];
  /** By response field; null: each output is the field of its name. */
  readonly outputs: ReadonlyMap<string, MappedOutput> | null;
  /** By view: the version of its data that the model was trained for, put for `{version}` in the view's table. */
  readonly versions: ReadonlyMap<string, string>;
}

export type FeaturesRead =
  | {
      readonly features: Features;
      /** As of a manifest: the deployer refuses them, the predictor must not. */
      readonly unknown: readonly string[];
    }
  | { readonly features: null; readonly problems: readonly string[]; readonly cause?: unknown };

/** Whatever the text is: a mapping, or everything that is wrong with it. */
export function readFeatures(text: string): FeaturesRead {
  const parsed = parseJson(text, FEATURES_BYTES_MAX);
  if ('problem' in parsed) return refused([parsed.problem], parsed.cause);
  const { value } = parsed;
  const problems: string[] = [];
  const unknown = unknownFields(value, ['schema', 'inputs', 'outputs', 'views'], '');
  if (property(value, 'schema') !== 1) problems.push('schema: expected 1');
  const listed = property(value, 'inputs');
  if (!Array.isArray(listed) || listed.length === 0 || listed.length > INPUTS_MAX)
    return refused([...problems, `inputs: expected a list of 1 to ${INPUTS_MAX} inputs`]);
  const inputs = listed.map((input: unknown, i) => readInput(input, `inputs[${i}]`, problems, unknown));
  if (new Set(inputs.map(({ name }) => name)).size < inputs.length)
    problems.push('inputs: expected each name once');
  if (inputs.reduce((sum, { columns }) => sum + columns.length, 0) > COLUMNS_MAX)
    problems.push(`inputs: expected at most ${COLUMNS_MAX} columns in all`);
  const outputs = readOutputs(property(value, 'outputs'), problems, unknown);
  const versions = readVersions(property(value, 'views'), problems, unknown);
  if (problems.length > 0) return refused(problems);
  return { features: { inputs, outputs, versions }, unknown };
}

/** The mapping of a model whose artifact has none: every input is the request field of its name. */
export function mappingByName(
  inputs: readonly { readonly name: string; readonly type: ValueType }[],
): Features {
  const bare = (name: string, type: ValueType): MappedInput => ({
    name,
    isBare: true,
    columns: [
      { view: null, field: name, type, list: null, default: undefined, maxAgeMs: null, training: null },
    ],
  });
  return { inputs: inputs.map(({ name, type }) => bare(name, type)), outputs: null, versions: new Map() };
}

/** `view.feature` or `request.field`: how a column is named in messages, reports and metrics. */
export function sourceOf({ view, field }: Pick<Column, 'view' | 'field'>): string {
  return `${view ?? REQUEST}.${field}`;
}

function readInput(input: unknown, where: string, problems: string[], unknown: string[]): MappedInput {
  const name = property(input, 'name');
  if (typeof name !== 'string' || name === '' || name.length > NAME_MAX)
    problems.push(`${where}.name: expected text of 1 to ${NAME_MAX} characters`);
  const columns = property(input, 'columns');
  const isBare = property(input, 'from') !== undefined;
  if (isBare && columns !== undefined) problems.push(`${where}: expected "from" or "columns", got both`);
  if (isBare) {
    unknown.push(...unknownFields(input, ['name', 'columns', ...COLUMN_FIELDS], `${where}.`));
    return { name: String(name), isBare, columns: [readColumn(input, where, problems, unknown)] };
  }
  unknown.push(...unknownFields(input, ['name', 'columns'], `${where}.`));
  if (!Array.isArray(columns) || columns.length === 0 || columns.length > COLUMNS_MAX) {
    problems.push(`${where}: expected "from", or "columns" as a list of 1 to ${COLUMNS_MAX} columns`);
    return { name: String(name), isBare, columns: [] };
  }
  const read = columns.map((column: unknown, i) => {
    const place = `${where}.columns[${i}]`;
    unknown.push(...unknownFields(column, COLUMN_FIELDS, `${place}.`));
    return readColumn(column, place, problems, unknown);
  });
  return { name: String(name), isBare, columns: read };
}

const COLUMN_FIELDS = ['from', 'type', 'list', 'default', 'maxAge', 'training'];

function readColumn(column: unknown, where: string, problems: string[], unknown: string[]): Column {
  const { view, field } = readSource(property(column, 'from'), `${where}.from`, problems);
  const stated = property(column, 'type');
  if (!isValueType(stated)) problems.push(`${where}.type: expected number, integer, string or boolean`);
  const type = isValueType(stated) ? stated : 'number';
  const list = property(column, 'list');
  if (list !== undefined && !isWithin(list, 1, LIST_MAX))
    problems.push(`${where}.list: expected a whole number from 1 to ${LIST_MAX}`);
  const fallback = property(column, 'default');
  const fits = fallback === undefined || fallback === null || isOfType(fallback, type);
  if (!fits) problems.push(`${where}.default: expected a value of type ${type}, or null`);
  if (fallback === null && type !== 'number')
    problems.push(
      `${where}.default: expected a value, since null is a missing number and the type is ${type}`,
    );
  const age = property(column, 'maxAge');
  const maxAgeMs = durationMs(age);
  if (age !== undefined && maxAgeMs === null)
    problems.push(`${where}.maxAge: expected a duration such as 30s, 5m, 3h or 7d`);
  if (age !== undefined && view === null)
    problems.push(`${where}.maxAge: expected none for a field of the request, which has no age`);
  const training = property(column, 'training');
  if (training !== undefined && list !== undefined)
    problems.push(`${where}.training: expected none for a list of values`);
  return {
    view,
    field,
    type,
    list: typeof list === 'number' ? list : null,
    default: fits ? fallback : undefined,
    maxAgeMs,
    training:
      training === undefined ? null : readTraining(training, type, `${where}.training`, problems, unknown),
  };
}

/** A view's name has no dot, so the first one ends it: the feature's may have some. */
function readSource(from: unknown, where: string, problems: string[]): Pick<Column, 'view' | 'field'> {
  const text = typeof from === 'string' ? from : '';
  const dot = text.indexOf('.');
  const view = text.slice(0, Math.max(0, dot));
  const field = text.slice(dot + 1);
  if (!NAME.test(view) || field === '' || field.length > NAME_MAX)
    problems.push(`${where}: expected "VIEW.FEATURE" or "${REQUEST}.FIELD"`);
  else if (view === REQUEST && !NAME.test(field))
    problems.push(`${where}: expected the name of a field of the request, got "${shownName(field)}"`);
  return { view: view === REQUEST ? null : view, field };
}

function readOutputs(value: unknown, problems: string[], unknown: string[]): Features['outputs'] {
  if (value === undefined) return null;
  if (!isRecord(value) || Object.keys(value).length === 0 || Object.keys(value).length > OUTPUTS_MAX) {
    problems.push(`outputs: expected an object of 1 to ${OUTPUTS_MAX} response fields`);
    return null;
  }
  const outputs = new Map<string, MappedOutput>();
  for (const [field, mapped] of Object.entries(value)) {
    const where = `outputs.${shownName(field)}`;
    unknown.push(...unknownFields(mapped, ['output', 'index', 'key'], `${where}.`));
    const output = property(mapped, 'output');
    const index = property(mapped, 'index');
    const key = property(mapped, 'key');
    if (!NAME.test(field)) problems.push(`${where}: expected the name of a response field`);
    if (typeof output !== 'string' || output === '' || output.length > NAME_MAX)
      problems.push(`${where}.output: expected the name of an output of the model`);
    if (index !== undefined && !isWithin(index, 0, LIST_MAX - 1))
      problems.push(`${where}.index: expected a whole number from 0 to ${LIST_MAX - 1}`);
    if (key !== undefined && (typeof key !== 'string' || key.length > NAME_MAX))
      problems.push(`${where}.key: expected text of up to ${NAME_MAX} characters`);
    if (index !== undefined && key !== undefined)
      problems.push(`${where}: expected "index" or "key", got both`);
    outputs.set(field, {
      output: String(output),
      index: typeof index === 'number' ? index : null,
      key: typeof key === 'string' ? key : null,
    });
  }
  return outputs;
}

function readVersions(value: unknown, problems: string[], unknown: string[]): Features['versions'] {
  const versions = new Map<string, string>();
  if (value === undefined) return versions;
  if (!isRecord(value)) problems.push('views: expected an object by view');
  for (const [view, stated] of Object.entries(isRecord(value) ? value : {})) {
    const where = `views.${shownName(view)}`;
    unknown.push(...unknownFields(stated, ['version'], `${where}.`));
    const version = property(stated, 'version');
    if (!NAME.test(view) || view === REQUEST) problems.push(`${where}: expected the name of a view`);
    if (typeof version !== 'string' || !VIEW_VERSION.test(version))
      problems.push(`${where}.version: expected 1 to 32 letters, digits and "_"`);
    else versions.set(view, version);
  }
  return versions;
}

function isWithin(value: unknown, from: number, to: number): value is number {
  return Number.isInteger(value) && Number(value) >= from && Number(value) <= to;
}

function refused(problems: readonly string[], cause?: unknown): FeaturesRead {
  return { features: null, problems, cause };
}
