/**
 * FeatureOnlineStoreService, and of FeatureOnlineStoreAdminService what a reader asks: stores, their views, and the
 * values of their entities. The program that runs the emulator writes them; there are no syncs.
 * https://cloud.google.com/vertex-ai/docs/featurestore/latest/overview
 */
import { ApiError } from '../../core/errors.ts';
import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { parseParent } from '../names.ts';

/** `null`: the entity has no value of that feature. */
export type FeatureData = number | string | boolean | null | readonly (number | string | boolean)[];

export interface Entity {
  readonly values: Readonly<Record<string, FeatureData>>;
  /** When they were generated, in ISO 8601. */
  readonly generateTime: string;
}

const VIEW = /^(projects\/[^/]+\/locations\/[^/]+)\/featureOnlineStores\/([^/]+)\/featureViews\/([^/]+)$/;
const STORE = /^(projects\/[^/]+\/locations\/[^/]+)\/featureOnlineStores\/([^/]+)$/;
/** What joins the parts of a composite key is not documented. */
const JOINT = '\u001f';

export class FeatureStores {
  /** By the full name of the view, the entities by their keys. */
  readonly #views = new Map<string, Map<string, Entity>>();

  /** Writes entities of a view, by key or by the parts of one; makes the view, and its store, if they are not there. */
  write(
    view: string,
    entities: readonly (readonly [key: string | readonly string[], entity: Entity])[],
  ): void {
    const name = viewName(view);
    const known = this.#views.get(name) ?? new Map<string, Entity>();
    for (const [key, entity] of entities) known.set([key].flat().join(JOINT), entity);
    this.#views.set(name, known);
  }

  getStore(name: string): JsonObject {
    const [, parent = '', id = ''] = STORE.exec(name) ?? [];
    const full = `${parseParent(parent)}/featureOnlineStores/${id}`;
    if (![...this.#views.keys()].some((view) => view.startsWith(`${full}/`))) throw notFound(full);
    return { name: full, bigtable: { autoScaling: { minNodeCount: 1, maxNodeCount: 1 } }, state: 'STABLE' };
  }

  getView(name: string): JsonObject {
    const full = viewName(name);
    if (!this.#views.has(full)) throw notFound(full);
    return { name: full };
  }

  /** The same NOT_FOUND for a view and for an entity that is not there, as on Vertex AI. */
  fetch(name: string, body: Json | undefined): JsonObject {
    const full = viewName(name);
    const { dataKey, dataFormat = 'KEY_VALUE' } = isObject(body) ? body : {};
    if (dataFormat !== 'KEY_VALUE') {
      throw new ApiError(
        'UNIMPLEMENTED',
        `The emulator answers in the format KEY_VALUE, not ${JSON.stringify(dataFormat)}.`,
      );
    }
    const entity = this.#views.get(full)?.get(keyOf(dataKey));
    if (entity === undefined) throw notFound(full);
    const { generateTime, values } = entity;
    const features = Object.entries(values).map(([feature, value]) => ({
      name: feature,
      value: { ...valueOf(value), metadata: { generateTime } },
    }));
    return { keyValues: { features } };
  }
}

function viewName(name: string): string {
  const [, parent = '', store = '', view = ''] = VIEW.exec(name) ?? [];
  if (view === '') throw new ApiError('INVALID_ARGUMENT', `Invalid resource name: "${name}".`);
  return `${parseParent(parent)}/featureOnlineStores/${store}/featureViews/${view}`;
}

function keyOf(dataKey: Json | undefined): string {
  const { key, compositeKey } = isObject(dataKey) ? dataKey : {};
  if (typeof key === 'string') return key;
  const parts = isObject(compositeKey) ? compositeKey['parts'] : undefined;
  if (!Array.isArray(parts)) throw new ApiError('INVALID_ARGUMENT', 'The data key is required.');
  return parts.map(String).join(JOINT);
}

function valueOf(value: FeatureData): JsonObject {
  if (value === null) return {};
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'number') return { doubleValue: value };
  const values = [...value];
  if (values.every((one) => typeof one === 'number')) return { doubleArrayValue: { values } };
  if (values.every((one) => typeof one === 'boolean')) return { boolArrayValue: { values } };
  return { stringArrayValue: { values: values.map(String) } };
}

function notFound(name: string): ApiError {
  return new ApiError('NOT_FOUND', `Requested entity was not found: ${name}.`);
}
