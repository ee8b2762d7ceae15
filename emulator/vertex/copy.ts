/**
 * ModelService.CopyModel: a version of the registry becomes a version in this location, with a copy of its artifact. What
 * a copy does not keep is documented (cloud.google.com/vertex-ai/docs/model-registry/copy-model): aliases, the model's ID
 * and the key. Description and labels it keeps.
 */
import { ApiError } from '../core/errors.ts';
import type { OperationJson } from '../core/operations.ts';
import { folderOf, newId, typePrefix } from './context.ts';
import type { Context } from './context.ts';
import type { Models } from './models.ts';
import type { ModelRecord } from './model.ts';
import { parseName, parseParent } from './names.ts';
import { required } from './request.ts';
import type { CopyModelRequest, Model } from './schemas.ts';
import { alreadyExists, checkModelId } from './upload.ts';

export class Copies {
  readonly #context: Context;
  readonly #models: Models;

  constructor(context: Context, models: Models) {
    this.#context = context;
    this.#models = models;
  }

  copy(parentName: string, request: CopyModelRequest): OperationJson {
    const { operations, durations } = this.#context;
    const parent = parseParent(parentName);
    const { record: source, version } = this.#sourceOf(parent, request.sourceModel);
    const existing = this.#parentModel(parent, request.parentModel);
    const id = existing?.id ?? checkModelId(request.modelId) ?? this.#models.newId();
    const name = `${parent}/models/${id}`;
    if (existing === undefined && this.#models.record(name) !== undefined) throw alreadyExists(name);
    const { versionAliases: _, encryptionSpec: __, ...uploaded } = version.uploaded;
    const model: Model = {
      ...uploaded,
      displayName: source.displayName,
      versionDescription: version.description,
      labels: { ...source.labels, ...version.labels },
      ...(request.encryptionSpec && { encryptionSpec: request.encryptionSpec }),
    };
    return operations.start({
      parent: name,
      metadata: { '@type': `${typePrefix}CopyModelOperationMetadata` },
      durationMs: durations.upload * 1000,
      finish: () => {
        const record = this.#models.record(name);
        if (existing === undefined && record !== undefined) throw alreadyExists(name);
        const target = record === undefined ? { parent, id } : { record };
        const artifact = this.#copyArtifact(parent, version.artifactCopy);
        const made = this.#models.addVersion(target, model, artifact, true);
        return { '@type': `${typePrefix}CopyModelResponse`, model: name, modelVersionId: made.id };
      },
    });
  }

  #sourceOf(parent: string, name: string | undefined) {
    if (name === undefined || name === '') throw required('source_model');
    const found = this.#models.find(name);
    const projectOf = (text: string) => text.split('/')[1];
    if (projectOf(found.record.name) === projectOf(parent)) return found;
    const message = `The source model "${name}" is not in the project of "${parent}".`;
    throw new ApiError('INVALID_ARGUMENT', message);
  }

  #parentModel(parent: string, text: string | undefined): ModelRecord | undefined {
    if (text === undefined || text === '') return undefined;
    if (parseName(text, 'models').parent !== parent)
      throw new ApiError('INVALID_ARGUMENT', `The parent model "${text}" is not in "${parent}".`);
    return this.#models.find(text).record;
  }

  #copyArtifact(parent: string, from: string): string {
    if (from === '') return '';
    const [, number, , location] = parent.split('/');
    const bucket = `caip-tenant-${number}-${location}`;
    const to = { bucket, prefix: `${newId(this.#context.random)}/artifacts/` };
    this.#context.artifacts.copyFolder(folderOf(from), to);
    return `gs://${to.bucket}/${to.prefix.slice(0, -1)}`;
  }
}
