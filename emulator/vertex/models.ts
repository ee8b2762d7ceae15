/** ModelService: the registry of models and their versions. */
import { ApiError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import type { OperationJson } from '../core/operations.ts';
import { emptyResponse, newEtag, newId, timestamp, typePrefix } from './context.ts';
import { folderOf } from './context.ts';
import type { Context } from './context.ts';
import { addAliases, aliasPattern, defaultVersion, filterable, findVersion, modelJson } from './model.ts';
import type { ModelRecord, ModelVersion, Use } from './model.ts';
import { parseName, parseParent } from './names.ts';
import { pageOf } from './page.ts';
import type { ListQuery, Page } from './page.ts';
import { checkLabels, invalidFields, parseMask } from './request.ts';
import type { Model } from './schemas.ts';

/** Finds what uses a model, or one version of it. */
export interface ModelUses {
  /** Where it is deployed. */
  usesOf(model: string, version?: string): Use[];
  /** The name of a batch prediction job that runs with it. */
  jobOf(model: string, version?: string): string | undefined;
}

export class Models {
  readonly #context: Context;
  readonly #uses: ModelUses;
  readonly #records = new Map<string, ModelRecord>();

  constructor(context: Context, uses: ModelUses) {
    this.#context = context;
    this.#uses = uses;
  }

  get(name: string): JsonObject {
    const { record, version } = this.find(name);
    const byVersion = parseName(name, 'models').version !== undefined;
    const named = byVersion ? this.#context.behaviour.versionedModelName : 'bare';
    return this.#json(record, version, named);
  }

  list(parent: string, query: ListQuery): Page<JsonObject> {
    const location = `${parseParent(parent)}/`;
    const records = [...this.#records.values()].filter(({ name }) => name.startsWith(location));
    const items = records.map((record) => ({ record, version: defaultVersion(record) }));
    return this.#page(items, query, 'bare');
  }

  listVersions(name: string, query: ListQuery): Page<JsonObject> {
    const { record } = this.find(name);
    const items = [...record.versions.values()].map((version) => ({ record, version }));
    return this.#page(items, query, 'versioned');
  }

  /** Synchronous in Vertex AI. A name with a version changes the version, one without the model. */
  update(name: string, model: Model, updateMask: string | undefined): JsonObject {
    const { record, version } = this.find(name);
    const mask = parseMask(updateMask);
    if (mask.length === 0)
      throw invalidFields([{ field: 'update_mask', message: 'Required field is not set.' }]);
    if (model.etag !== undefined && model.etag !== '' && model.etag !== record.etag) this.#refuseEtag();
    const named = parseName(name, 'models').version;
    const ofVersion = named !== undefined && named !== '-';
    const allowed = ofVersion ? ['versionDescription', 'labels'] : ['displayName', 'description', 'labels'];
    const wrong = mask.find((field) => !allowed.includes(field));
    if (wrong !== undefined) {
      const what = ofVersion ? 'a Model version' : 'a Model';
      throw new ApiError('FAILED_PRECONDITION', `The field "${wrong}" cannot be updated for ${what}.`);
    }
    checkLabels('model.labels', model.labels ?? {});
    const time = timestamp(this.#context.clock);
    if (mask.includes('displayName')) {
      checkDisplayName(model.displayName);
      record.displayName = model.displayName ?? '';
    }
    if (mask.includes('description')) record.description = model.description ?? '';
    if (mask.includes('versionDescription')) version.description = model.versionDescription ?? '';
    if (mask.includes('labels')) (ofVersion ? version : record).labels = model.labels ?? {};
    if (ofVersion) version.updateTime = time;
    this.#touch(record);
    return this.#json(record, version, 'bare');
  }

  /** Adds aliases, moving them from other versions, and removes those with a leading `-`. */
  mergeAliases(name: string, aliases: readonly string[]): JsonObject {
    const { record, version } = this.find(name);
    // An alias stands for its version: Google's own system test names it `default`.
    if (parseName(name, 'models').version === undefined) {
      throw new ApiError('INVALID_ARGUMENT', 'The name must have a version ID explicitly included.');
    }
    if (aliases.length === 0)
      throw invalidFields([{ field: 'version_aliases', message: 'Required field is not set.' }]);
    const removed = aliases.filter((alias) => alias.startsWith('-')).map((alias) => alias.slice(1));
    const added = aliases.filter((alias) => !alias.startsWith('-') && !removed.includes(alias));
    checkAliases([...removed, ...added]);
    if (removed.includes('default') && version.aliases.has('default') && !aliases.includes('default')) {
      throw new ApiError(
        'INVALID_ARGUMENT',
        'The default version alias cannot be removed: a model must have one default version.',
      );
    }
    for (const alias of removed) if (!aliases.includes(alias)) version.aliases.delete(alias);
    addAliases(record, version, added);
    version.updateTime = timestamp(this.#context.clock);
    this.#touch(record);
    return this.#json(record, version, 'bare');
  }

  delete(name: string): OperationJson {
    const { record } = this.find(name);
    this.#refuseUsed(record.name);
    return this.#context.operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}DeleteOperationMetadata` },
      durationMs: this.#context.durations.deleteModel * 1000,
      finish: () => {
        this.#refuseUsed(record.name);
        this.#records.delete(record.name);
        for (const { artifactCopy } of record.versions.values()) this.#discard(artifactCopy);
        return emptyResponse;
      },
    });
  }

  deleteVersion(name: string): OperationJson {
    const { record, version } = this.find(name);
    if (parseName(name, 'models').version === undefined) {
      throw new ApiError('INVALID_ARGUMENT', 'The name must have a version ID explicitly included.');
    }
    this.#refuseUsed(record.name, version.id);
    if (record.versions.size === 1) {
      throw new ApiError(
        'FAILED_PRECONDITION',
        'Deleting the only version in the Model is not allowed. Use DeleteModel instead.',
      );
    }
    if (version.aliases.has('default') && this.#context.behaviour.deleteDefaultVersion !== 'accepted') {
      throw new ApiError(
        'FAILED_PRECONDITION',
        `The default version "${record.name}@${version.id}" cannot be deleted.`,
      );
    }
    return this.#context.operations.start({
      parent: record.name,
      metadata: { '@type': `${typePrefix}DeleteOperationMetadata` },
      durationMs: this.#context.durations.deleteVersion * 1000,
      finish: () => {
        this.#refuseUsed(record.name, version.id);
        record.versions.delete(version.id);
        this.#discard(version.artifactCopy);
        const newest = [...record.versions.values()].at(-1);
        if (version.aliases.has('default') && newest !== undefined) newest.aliases.add('default');
        this.#touch(record);
        return emptyResponse;
      },
    });
  }

  /** By a name with or without `@version` or `@alias`; `@-` is the model as a whole. Throws NOT_FOUND. */
  find(name: string): { record: ModelRecord; version: ModelVersion } {
    const { full, version } = parseName(name, 'models');
    const record = this.#records.get(full);
    if (record === undefined) throw new ApiError('NOT_FOUND', 'The Model does not exist.');
    return { record, version: findVersion(record, version === '-' ? undefined : version) };
  }

  /** The model an upload adds to, or undefined. */
  record(fullName: string): ModelRecord | undefined {
    return this.#records.get(fullName);
  }

  /** What an upload comes to in the end. */
  addVersion(
    target: { record: ModelRecord } | { parent: string; id: string },
    uploaded: Model,
    artifactCopy: string,
    isCopy = false,
  ): ModelVersion {
    const time = timestamp(this.#context.clock);
    const record =
      'record' in target ? target.record : this.#create(target.parent, target.id, uploaded, time);
    record.lastVersion += 1;
    const first = record.versions.size === 0;
    const labelsOfModel = first && this.#context.behaviour.firstUploadLabels === 'model';
    if (labelsOfModel) record.labels = uploaded.labels ?? {};
    const version: ModelVersion = {
      id: String(record.lastVersion),
      uploaded,
      artifactCopy,
      isCopy,
      createTime: time,
      updateTime: time,
      description: uploaded.versionDescription ?? '',
      labels: labelsOfModel ? {} : (uploaded.labels ?? {}),
      aliases: new Set(),
    };
    record.versions.set(version.id, version);
    addAliases(record, version, [...(first ? ['default'] : []), ...(uploaded.versionAliases ?? [])]);
    this.#touch(record);
    return version;
  }

  newId(): string {
    return newId(this.#context.random);
  }

  #create(parent: string, id: string, uploaded: Model, time: string): ModelRecord {
    const record: ModelRecord = {
      name: `${parent}/models/${id}`,
      id,
      displayName: uploaded.displayName ?? '',
      description: uploaded.description ?? '',
      labels: {},
      etag: '',
      createTime: time,
      updateTime: time,
      versions: new Map(),
      lastVersion: 0,
    };
    this.#records.set(record.name, record);
    return record;
  }

  #discard(artifactCopy: string): void {
    if (artifactCopy !== '') this.#context.artifacts.deleteFolder(folderOf(artifactCopy));
  }

  #touch(record: ModelRecord): void {
    record.updateTime = timestamp(this.#context.clock);
    record.etag = newEtag(this.#context.random);
  }

  #refuseUsed(model: string, version?: string): void {
    const [use] = this.#uses.usesOf(model, version);
    const name = version === undefined ? model : `${model}@${version}`;
    const job = this.#uses.jobOf(model, version);
    if (job !== undefined && this.#context.behaviour.deleteModelInBatch !== 'accepted')
      throw new ApiError('FAILED_PRECONDITION', `The Model "${name}" is used by "${job}".`);
    if (use === undefined) return;
    const place = `the Endpoint "${use.endpoint}" as DeployedModel "${use.deployedModelId}"`;
    throw new ApiError(
      'FAILED_PRECONDITION',
      `The Model "${name}" is deployed to ${place}. Undeploy it first.`,
    );
  }

  #refuseEtag(): void {
    const { staleEtag } = this.#context.behaviour;
    if (staleEtag !== 'ignored')
      throw new ApiError(staleEtag, 'Etag mismatch: the Model has been changed in the meantime.');
  }

  #json(record: ModelRecord, version: ModelVersion, named: 'bare' | 'versioned'): JsonObject {
    return modelJson(record, version, this.#uses.usesOf(record.name, version.id), named);
  }

  #page(
    items: { record: ModelRecord; version: ModelVersion }[],
    query: ListQuery,
    named: 'bare' | 'versioned',
  ): Page<JsonObject> {
    const entries = items.map((item) => ({ ...item, ...filterable(item.record, item.version) }));
    const page = pageOf(entries, query);
    return { ...page, items: page.items.map(({ record, version }) => this.#json(record, version, named)) };
  }
}

export function checkAliases(aliases: readonly string[]): void {
  const wrong = aliases.find((alias) => !aliasPattern.test(alias));
  if (wrong === undefined) return;
  const message = `Version alias "${wrong}" must match [a-z][a-zA-Z0-9-]{0,126}[a-z0-9].`;
  throw invalidFields([{ field: 'version_aliases', message }]);
}

export function checkDisplayName(displayName: string | undefined, field = 'model.display_name'): void {
  if (displayName === undefined || displayName === '')
    throw invalidFields([{ field, message: 'Required field is not set.' }]);
  if (displayName.length > 128)
    throw invalidFields([{ field, message: 'The length must be at most 128 characters.' }]);
}
