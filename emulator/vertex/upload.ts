/** ModelService.UploadModel: what is checked, in Vertex AI's order, and what the operation does. */
import { ApiError } from '../core/errors.ts';
import type { OperationJson } from '../core/operations.ts';
import { folderOf, newId, typePrefix } from './context.ts';
import type { Context, Folder } from './context.ts';
import { checkContainer } from './container-checks.ts';
import { checkEnvironment } from './environment.ts';
import { checkAliases, checkDisplayName } from './models.ts';
import type { Models } from './models.ts';
import type { ModelRecord } from './model.ts';
import { parseName, parseParent } from './names.ts';
import { checkLabels, invalidFields, required } from './request.ts';
import { checkSchemata, schemataFault } from './schemata.ts';
import type { Model, UploadModelRequest } from './schemas.ts';

const modelIdPattern = /^[a-z_][a-z0-9_-]{0,62}$/;
const folderPattern = /^gs:\/\/([^/]+)\/?(.*?)\/?$/;

export class Uploads {
  readonly #context: Context;
  readonly #models: Models;
  /** Names of the models whose first upload runs. */
  readonly #inFlight = new Set<string>();

  constructor(context: Context, models: Models) {
    this.#context = context;
    this.#models = models;
  }

  upload(parentName: string, request: UploadModelRequest): OperationJson {
    const { behaviour, operations, durations } = this.#context;
    const parent = parseParent(parentName);
    const existing = this.#parentModel(parent, request);
    const model = checkModel(request.model);
    const id = existing?.id ?? checkModelId(request.modelId) ?? this.#models.newId();
    const name = `${parent}/models/${id}`;
    if (existing === undefined) this.#refuseReuse(name);
    const image = model.containerSpec?.imageUri ?? '';
    if (behaviour.missingImage === 'upload' && image !== '' && !this.#context.runtime.has(image)) {
      throw new ApiError('FAILED_PRECONDITION', `Image "${image}" was not found or cannot be accessed.`);
    }
    this.#inFlight.add(name);
    // Vertex AI copies at upload: what happens to the source afterwards has no effect on the model.
    const copy =
      schemataFault(this.#context, model) ?? copyArtifact(this.#context, parent, model.artifactUri ?? '');
    return operations.start({
      parent: name,
      metadata: { '@type': `${typePrefix}UploadModelOperationMetadata` },
      durationMs: durations.upload * 1000,
      ...(copy instanceof ApiError ? { ready: Promise.reject(copy) } : {}),
      finish: () => {
        this.#inFlight.delete(name);
        const record = this.#models.record(name);
        if (existing === undefined && record !== undefined) throw alreadyExists(name);
        if (existing !== undefined && record === undefined)
          throw new ApiError('NOT_FOUND', 'The Model does not exist.');
        const target = record === undefined ? { parent, id } : { record };
        const version = this.#models.addVersion(target, model, copy instanceof ApiError ? '' : copy);
        return { '@type': `${typePrefix}UploadModelResponse`, model: name, modelVersionId: version.id };
      },
      failed: () => {
        this.#inFlight.delete(name);
        if (typeof copy === 'string' && copy !== '') this.#context.artifacts.deleteFolder(folderOf(copy));
      },
    });
  }

  #parentModel(parent: string, request: UploadModelRequest): ModelRecord | undefined {
    if (request.parentModel === undefined || request.parentModel === '') return undefined;
    const name = parseName(request.parentModel, 'models');
    if (name.parent !== parent) {
      throw new ApiError(
        'INVALID_ARGUMENT',
        `The parent model "${request.parentModel}" is not in "${parent}".`,
      );
    }
    return this.#models.find(name.full).record;
  }

  #refuseReuse(name: string): void {
    if (this.#models.record(name) !== undefined) throw alreadyExists(name);
    if (this.#inFlight.has(name) && this.#context.behaviour.modelIdInFlight !== 'accepted')
      throw alreadyExists(name);
  }
}

/** Undefined: none was chosen. Throws INVALID_ARGUMENT. */
export function checkModelId(modelId: string | undefined): string | undefined {
  if (modelId === undefined || modelId === '') return undefined;
  if (modelIdPattern.test(modelId)) return modelId;
  const message =
    'The ID must have at most 63 characters of [a-z0-9_-] and start with neither a number nor a hyphen.';
  throw invalidFields([{ field: 'model_id', message }]);
}

export function alreadyExists(name: string): ApiError {
  return new ApiError('ALREADY_EXISTS', `The Model "${name}" already exists.`);
}

function checkModel(model: Model | undefined): Model {
  if (model === undefined) throw required('model');
  checkDisplayName(model.displayName);
  checkLabels('model.labels', model.labels ?? {});
  checkAliases(model.versionAliases ?? []);
  const { artifactUri = '', containerSpec } = model;
  if (artifactUri === '' && containerSpec === undefined) {
    throw new ApiError('INVALID_ARGUMENT', 'The Model must have an artifact_uri or a container_spec.');
  }
  if (containerSpec !== undefined && (containerSpec.imageUri ?? '') === '')
    throw required('model.container_spec.image_uri');
  if (containerSpec !== undefined) checkContainer(containerSpec);
  checkEnvironment(containerSpec?.env ?? []);
  checkSchemata(model);
  if (artifactUri !== '' && !folderPattern.test(artifactUri)) {
    throw invalidFields([
      { field: 'model.artifact_uri', message: `Expected a Cloud Storage URI, got "${artifactUri}".` },
    ]);
  }
  return model;
}

/** Copies the folder into a bucket of Vertex AI's own. Returns where to, or why it could not. */
function copyArtifact(context: Context, parent: string, artifactUri: string): string | ApiError {
  const [, bucket, path] = folderPattern.exec(artifactUri) ?? [];
  if (bucket === undefined || path === undefined) return '';
  const [, number, , location] = parent.split('/');
  const source: Folder = { bucket, prefix: path === '' ? '' : `${path}/` };
  const target: Folder = {
    bucket: `caip-tenant-${number}-${location}`,
    prefix: `${newId(context.random)}/artifacts/`,
  };
  try {
    const count = context.artifacts.copyFolder(source, target);
    if (count === 0 && context.behaviour.emptyArtifact !== 'accepted') {
      return new ApiError(
        'FAILED_PRECONDITION',
        `Model directory ${artifactUri} is expected to contain at least one file.`,
      );
    }
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    return new ApiError('FAILED_PRECONDITION', `Model directory ${artifactUri} cannot be read: ${cause}`, {
      cause: error,
    });
  }
  return `gs://${target.bucket}/${target.prefix.slice(0, -1)}`;
}
