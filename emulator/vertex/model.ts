/** One model of the registry, its versions and their aliases. */
import { ApiError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { Filterable } from './filter.ts';
import type { Model } from './schemas.ts';

export interface ModelVersion {
  readonly id: string;
  /** As uploaded. */
  readonly uploaded: Model;
  /** Where the copy of the artifact folder is, `gs://…`, or '' when the model has none. */
  readonly artifactCopy: string;
  /** Made by CopyModel. */
  readonly isCopy: boolean;
  readonly createTime: string;
  updateTime: string;
  description: string;
  labels: Readonly<Record<string, string>>;
  readonly aliases: Set<string>;
}

export interface ModelRecord {
  /** `projects/NUMBER/locations/LOCATION/models/ID`. */
  readonly name: string;
  readonly id: string;
  displayName: string;
  description: string;
  labels: Readonly<Record<string, string>>;
  etag: string;
  readonly createTime: string;
  updateTime: string;
  readonly versions: Map<string, ModelVersion>;
  lastVersion: number;
}

/** Where a model version is deployed. */
export interface Use {
  readonly endpoint: string;
  readonly deployedModelId: string;
}

export const aliasPattern = /^[a-z][a-zA-Z0-9-]{0,126}[a-z0-9]$/;

export function defaultVersion(record: ModelRecord): ModelVersion {
  for (const version of record.versions.values()) {
    if (version.aliases.has('default')) return version;
  }
  throw new Error(`expected a default version of ${record.name}`);
}

/** By id or alias; undefined means the default. Throws NOT_FOUND. */
export function findVersion(record: ModelRecord, version: string | undefined): ModelVersion {
  if (version === undefined) return defaultVersion(record);
  const byId = record.versions.get(version);
  if (byId !== undefined) return byId;
  for (const candidate of record.versions.values()) {
    if (candidate.aliases.has(version)) return candidate;
  }
  throw new ApiError('NOT_FOUND', `The Model version "${record.name}@${version}" does not exist.`);
}

/** Gives `aliases` to the version, taking each from whichever version had it. */
export function addAliases(record: ModelRecord, version: ModelVersion, aliases: Iterable<string>): void {
  for (const alias of aliases) {
    for (const other of record.versions.values()) other.aliases.delete(alias);
    version.aliases.add(alias);
  }
}

/** The Model as the API shows this version of it. Labels of model and version are merged (UpdateModelRequest). */
export function modelJson(
  record: ModelRecord,
  version: ModelVersion,
  uses: readonly Use[],
  named: 'bare' | 'versioned',
): JsonObject {
  const { uploaded } = version;
  const { containerSpec, artifactUri, encryptionSpec, pipelineJob } = uploaded;
  const { predictSchemata, metadataSchemaUri, metadata } = uploaded;
  const described = { predictSchemata, metadataSchemaUri, metadata };
  const optional = { containerSpec, artifactUri, encryptionSpec, pipelineJob, ...described };
  return {
    name: named === 'bare' ? record.name : `${record.name}@${version.id}`,
    displayName: record.displayName,
    description: record.description,
    versionId: version.id,
    versionAliases: [...version.aliases],
    versionDescription: version.description,
    versionCreateTime: version.createTime,
    versionUpdateTime: version.updateTime,
    createTime: record.createTime,
    updateTime: record.updateTime,
    ...present(optional),
    // What has no container answers nothing (model.proto, supported_deployment_resources_types).
    supportedDeploymentResourcesTypes: containerSpec === undefined ? [] : ['DEDICATED_RESOURCES'],
    supportedInputStorageFormats: ['jsonl', 'bigquery', 'csv', 'tf-record', 'tf-record-gzip', 'file-list'],
    supportedOutputStorageFormats: ['jsonl', 'bigquery'],
    modelSourceInfo: { sourceType: 'CUSTOM', ...(version.isCopy && { copy: true }) },
    deployedModels: uses.map(({ endpoint, deployedModelId }) => ({ endpoint, deployedModelId })),
    labels: { ...record.labels, ...version.labels },
    etag: record.etag,
  };
}

/** What a list of models or of versions can be filtered and sorted by. */
export function filterable(record: ModelRecord, version: ModelVersion): Filterable {
  return {
    fields: new Map([
      ['model', record.id],
      ['displayName', record.displayName],
      ['createTime', version.createTime],
      ['updateTime', version.updateTime],
      ['versionId', version.id.padStart(10, '0')],
      ['baseModelName', ''],
    ]),
    labels: { ...record.labels, ...version.labels },
  };
}

/** The fields that are set, as JSON: whatever came in was JSON. */
function present(fields: Readonly<Record<string, unknown>>): JsonObject {
  const set: JsonObject = JSON.parse(JSON.stringify(fields));
  return set;
}
