/** One endpoint, the models deployed to it, and the split of its traffic. */
import { ApiError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Filterable } from './filter.ts';
import type { ModelServer } from './model-server.ts';
import { invalidFields } from './request.ts';
import type { DeployedModel } from './schemas.ts';

export interface Deployment {
  readonly id: string;
  /** As in the request, with `modelVersionId` and the like filled in. */
  resource: JsonObject;
  /** `failed`: it only still shows. */
  state: 'deploying' | 'deployed' | 'undeploying' | 'failed';
  /** `projects/NUMBER/locations/LOCATION/models/ID`. */
  readonly model: string;
  readonly modelVersion: string;
  readonly modelDisplayName: string;
  spec: DeployedModel;
  readonly server: ModelServer;
}

export interface EndpointRecord {
  /** `projects/NUMBER/locations/LOCATION/endpoints/ID`. */
  readonly name: string;
  readonly id: string;
  displayName: string;
  description: string;
  labels: Readonly<Record<string, string>>;
  trafficSplit: ReadonlyMap<string, number>;
  etag: string;
  readonly createTime: string;
  updateTime: string;
  /** Fields that are only kept. */
  other: JsonObject;
  readonly deployments: Map<string, Deployment>;
  /** Names of its unfinished operations of DeployModel, UndeployModel and MutateDeployedModel. */
  readonly operations: Set<string>;
  /** What GetEndpoint showed before the last change, and until when it may show it still. */
  before?: { readonly json: JsonObject; readonly until: number };
}

export function endpointJson(
  record: EndpointRecord,
  visible: (deployment: Deployment) => boolean,
): JsonObject {
  return {
    ...record.other,
    name: record.name,
    displayName: record.displayName,
    description: record.description,
    labels: { ...record.labels },
    deployedModels: [...record.deployments.values()].filter(visible).map(({ resource }) => resource),
    trafficSplit: Object.fromEntries(record.trafficSplit),
    etag: record.etag,
    createTime: record.createTime,
    updateTime: record.updateTime,
  };
}

/** What a list of endpoints can be filtered and sorted by. */
export function endpointEntry(record: EndpointRecord): Filterable & { record: EndpointRecord } {
  return {
    record,
    fields: new Map([
      ['endpoint', record.id],
      ['displayName', record.displayName],
      ['createTime', record.createTime],
      ['updateTime', record.updateTime],
      ['baseModelName', ''],
    ]),
    labels: record.labels,
  };
}

/**
 * A split as it came in, as a map; undefined when there is none. Clients send an empty map for an absent
 * one, and entries of 0 % mean the same as no entry, but are kept.
 */
export function parseSplit(
  split: Readonly<Record<string, number | string>> | undefined,
): Map<string, number> | undefined {
  const entries = Object.entries(split ?? {}).map(([id, share]) => [id, Number(share)] as const);
  if (entries.length === 0) return undefined;
  const total = entries.reduce((sum, [, share]) => sum + share, 0);
  if (total !== 100 || entries.some(([, share]) => share < 0)) {
    const message = `The traffic percentage values must add up to 100, got ${total}.`;
    throw invalidFields([{ field: 'traffic_split', message }]);
  }
  return new Map(entries);
}

/** Every id of `split` must be one of `known`. */
export function checkSplitIds(split: ReadonlyMap<string, number>, known: (id: string) => boolean): void {
  const unknown = [...split.keys()].filter((id) => !known(id));
  if (unknown.length === 0) return;
  throw new ApiError(
    'INVALID_ARGUMENT',
    `The following DeployedModel ID(s) [${unknown.join(', ')}] do not exist.`,
  );
}
