/**
 * What a mapping means for this service: which views are read by which fields of the request, and where each value of
 * the model's inputs comes from. Made once, when the model is loaded.
 */
import type { Column, Features, MappedInput } from '../../common/artifact/features.ts';
import { sourceOf } from '../../common/artifact/features.ts';
import { tableOf, type FeatureSettings } from '../../common/artifact/feature-settings.ts';
import type { Interface } from '../../common/artifact/interface.ts';
import type { Value } from '../../common/artifact/values.ts';
import { ModelError } from '../model/model-error.ts';
import type { Signature } from '../model/runtime.ts';
import type { View } from './stores/store.ts';

export interface PlannedView {
  readonly view: View;
  /** Fields of the request, in the order of the view's key. */
  readonly keyFields: readonly string[];
  /** What stands for a field that is left out; undefined: it is always there. In the same order. */
  readonly keyDefaults: readonly (Value | undefined)[];
}

export interface PlannedColumn {
  readonly column: Column;
  /** `view.feature`, or `request.field`. */
  readonly source: string;
  /** Index of the view in the plan's; -1: the request. */
  readonly view: number;
  /** Index of the feature in the view's. */
  readonly feature: number;
  /** The field of the request that replaces the stored value, or null. */
  readonly override: string | null;
}

export interface PlannedInput {
  readonly name: string;
  readonly columns: readonly PlannedColumn[];
  readonly isBare: boolean;
}

export interface Plan {
  readonly views: readonly PlannedView[];
  readonly inputs: readonly PlannedInput[];
  /** Of all inputs, in their order. */
  readonly columns: readonly PlannedColumn[];
}

/** Throws a ModelError that lists what the mapping asks for and this service does not have. */
export function planOf(features: Features, settings: FeatureSettings | null, face: Interface | null): Plan {
  const problems: string[] = [];
  const columns = features.inputs.flatMap((input) => input.columns);
  const names = [...new Set(columns.map(({ view }) => view).filter((view) => view !== null))];
  const views = names.map((name): PlannedView => {
    const stated = own(settings?.views ?? {}, name);
    if (stated === undefined) {
      problems.push(`view ${name}: expected it in features.views of the service, got none`);
      const view = { name, table: name, key: [], features: [], time: null };
      return { view, keyFields: [], keyDefaults: [] };
    }
    const found = tableOf(stated, features.versions.get(name));
    if ('problem' in found) problems.push(`view ${name}: ${found.problem}`);
    const fields = columns.filter(({ view }) => view === name).map(({ field }) => field);
    const { key, time } = stated;
    const table = 'table' in found ? found.table : stated.table;
    const keyDefaults = key.map((field) => own(face?.request ?? {}, field)?.default);
    return { view: { name, table, key, features: [...new Set(fields)], time }, keyFields: key, keyDefaults };
  });
  const overrides = new Map(
    Object.entries(face?.request ?? {}).flatMap(([field, { override }]) =>
      override === undefined ? [] : [[override, field] as const],
    ),
  );
  const planned = (column: Column): PlannedColumn => {
    const view = column.view === null ? -1 : names.indexOf(column.view);
    const feature = views[view]?.view.features.indexOf(column.field) ?? -1;
    const source = sourceOf(column);
    if (view < 0 && face !== null && own(face.request, column.field) === undefined) {
      problems.push(`${source}: expected a field of the interface, got none of that name`);
    }
    return { column, source, view, feature, override: view < 0 ? null : (overrides.get(source) ?? null) };
  };
  const inputs = features.inputs.map((input): PlannedInput => ({
    name: input.name,
    isBare: input.isBare,
    columns: input.columns.map(planned),
  }));
  if (problems.length > 0)
    throw new ModelError(`features.json does not fit the service: ${problems.join('; ')}`);
  return { views, inputs, columns: inputs.flatMap((input) => input.columns) };
}

/** A name comes from outside, and may be `constructor`. */
function own<T>(values: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Throws a ModelError unless the mapping has exactly the model's inputs, and as many columns as each takes. */
export function assertFits(inputs: readonly MappedInput[], signature: Signature): void {
  const mapped = inputs.map(({ name }) => name);
  const asked = signature.inputs.map(({ name }) => name);
  const missing = asked.filter((name) => !mapped.includes(name));
  const others = mapped.filter((name) => !asked.includes(name));
  if (missing.length > 0 || others.length > 0) {
    throw new ModelError(
      `features.json: expected the model's inputs ${asked.join(', ')}, got ${mapped.join(', ')}`,
    );
  }
  for (const { name, columns, isBare } of inputs) {
    const shape = signature.inputs.find((input) => input.name === name)?.shape ?? [];
    const [, width = null] = shape;
    if (isBare || shape.length !== 2 || width === null) continue;
    const values = columns.reduce((sum, { list }) => sum + (list ?? 1), 0);
    if (values !== width) {
      throw new ModelError(
        `features.json: expected ${width} values in the columns of ${name}, got ${values}`,
      );
    }
  }
}
