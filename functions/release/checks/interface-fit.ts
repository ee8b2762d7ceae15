/**
 * Whether a model can serve behind the service's interface: the request and the features have all that its inputs take,
 * and its outputs have all that the response promises. What is not known – a shape, a feature that slipway.yaml does not
 * declare – fits; the predictor finds out when it starts.
 */
import { tableOf } from '../../../common/artifact/feature-settings.ts';
import { mappingByName, sourceOf, type Column, type Features } from '../../../common/artifact/features.ts';
import { isRequired, type Interface } from '../../../common/artifact/interface.ts';
import { shownName, type ValueType } from '../../../common/artifact/values.ts';
import type { FeatureConfig } from '../../config/features.ts';
import { outputMisfits } from './output-fit.ts';
import type { Field, Signature } from './signature.ts';
import { accepts, kindOf, quoted, widthOf } from './tensor-kinds.ts';

export interface Fitting {
  readonly contract: Interface;
  /** Null: the service has no store. */
  readonly features: FeatureConfig | null;
  /** Null: the artifact has no features.json. */
  readonly mapping: Features | null;
  /** Null: not known. */
  readonly signature: Signature | null;
}

/** Sentences, each about one input, output, field or view; none: the model fits. */
export function misfits({ contract, features, mapping, signature }: Fitting): string[] {
  const used = mapping ?? byName(signature);
  if (used === null) return [];
  return [
    ...(mapping === null || signature === null ? [] : inputMisfits(signature.inputs, mapping)),
    ...used.inputs.flatMap(({ name, columns }) =>
      columns.flatMap((column) => columnMisfits(name, column, contract, features)),
    ),
    ...viewMisfits(used, features),
    ...outputMisfits(contract.response, used.outputs, signature?.outputs ?? null),
  ];
}

/** Without features.json every input is the request field of its name. */
function byName(signature: Signature | null): Features | null {
  if (signature === null) return null;
  return mappingByName(signature.inputs.map(({ name, type }) => ({ name, type: kindOf(type) ?? 'number' })));
}

/** What features.json says of the inputs, beside what the model says. */
function inputMisfits(inputs: readonly Field[], { inputs: mapped }: Features): string[] {
  const byInput = new Map(mapped.map((input) => [input.name, input]));
  const known = new Set(inputs.map(({ name }) => name));
  return [
    ...mapped
      .filter(({ name }) => !known.has(name))
      .map(({ name }) => `features.json maps the input ${quoted(name)}, which the model does not have`),
    ...inputs.flatMap((input) => {
      const found = byInput.get(input.name);
      if (found === undefined) return [`the input ${quoted(input.name)} is not mapped in features.json`];
      const width = widthOf(input.shape);
      const columns = found.columns.reduce((sum, { list }) => sum + (list ?? 1), 0);
      if (width !== null && width !== columns)
        return [`the input ${quoted(input.name)} has ${width} columns, and features.json maps ${columns}`];
      return found.columns
        .filter(({ type }) => !accepts(input.type, type))
        .slice(0, 1)
        .map(
          (column) =>
            `the input ${quoted(input.name)} is ${input.type}, and ${shownName(sourceOf(column))} is a ${column.type}`,
        );
    }),
  ];
}

function columnMisfits(
  input: string,
  column: Column,
  contract: Interface,
  features: FeatureConfig | null,
): string[] {
  const { view, field, type } = column;
  return view === null
    ? requestMisfits(input, column, contract)
    : storedMisfits(view, field, type, column.maxAgeMs, features);
}

function requestMisfits(input: string, column: Column, contract: Interface): string[] {
  const { field, type, list } = column;
  const source = `request.${shownName(field)}`;
  const stated = Object.hasOwn(contract.request, field) ? contract.request[field] : undefined;
  if (stated === undefined)
    return [`the input ${quoted(input)} needs ${source}, which interface.request does not have`];
  const isSame = stated.type === type || (stated.type === 'integer' && type === 'number');
  if (!isSame) return [`${source} is a ${stated.type}, and the model takes a ${type}`];
  const isList = stated.list !== undefined;
  const isOtherList = isList !== (list !== null) || (typeof stated.list === 'number' && stated.list !== list);
  // By name alone nothing is said of lists: the shape of the input decides.
  if (isOtherList && list !== null)
    return [`${source} has ${countOf(stated.list)}, and the model takes ${countOf(list)}`];
  if (!isRequired(stated) && stated.default === undefined && column.default === undefined)
    return [`${source} may be left out, and features.json has no default for it`];
  return [];
}

function countOf(list: number | 'any' | undefined): string {
  if (list === undefined) return 'one value';
  return list === 'any' ? 'any number of values' : `${list} values`;
}

function storedMisfits(
  view: string,
  feature: string,
  type: ValueType,
  maxAgeMs: number | null,
  features: FeatureConfig | null,
): string[] {
  const source = `${view}.${shownName(feature)}`;
  if (features === null)
    return [`the model needs ${source}, and the service has no features in slipway.yaml`];
  const { settings, declared } = features;
  const stored = Object.hasOwn(settings.views, view) ? settings.views[view] : undefined;
  if (stored === undefined) return [`the model needs ${source}, and features.views has no view ${view}`];
  const stated = declared.get(view);
  const found = stated?.get(feature);
  if (stated !== undefined && found === undefined)
    return [`the model needs ${source}, which features.views.${view}.features does not have`];
  if (found !== undefined && found !== type && !(found === 'integer' && type === 'number'))
    return [`${source} is a ${found} in features.views.${view}.features, and the model takes a ${type}`];
  const tellsTime = ['vertex', 'feast'].includes(settings.store.kind);
  if (maxAgeMs !== null && stored.time === null && !tellsTime)
    return [`${source} has a maxAge, and features.views.${view} has no time to tell its age by`];
  return [];
}

/** Versions of views: stated where a table asks for one, and only there. */
function viewMisfits({ inputs, versions }: Features, features: FeatureConfig | null): string[] {
  const views = features?.settings.views ?? {};
  const used = new Set(inputs.flatMap(({ columns }) => columns.flatMap(({ view }) => view ?? [])));
  const wanting = [...used].flatMap((view) => {
    const stored = Object.hasOwn(views, view) ? views[view] : undefined;
    const found = stored === undefined ? null : tableOf(stored, versions.get(view));
    return found !== null && 'problem' in found ? [`features.views.${view}: ${found.problem}`] : [];
  });
  const needless = [...versions.keys()].flatMap((view) => {
    const stored = Object.hasOwn(views, view) ? views[view] : undefined;
    if (stored === undefined || stored.table.includes('{version}')) return [];
    return [
      `features.json states a version of ${view}, and the table of features.views.${view} has no {version}`,
    ];
  });
  return [...wanting, ...needless];
}
