/**
 * Which models of the Vertex AI registry a service may release without an upload, and what of them it deploys: the version
 * itself, or a copy of it where that is in another region (google.cloud.aiplatform.v1, ModelService.CopyModel).
 */
import { parseModelName, type ModelName } from '../../../common/artifact/model-name.ts';
import { isOfRegistry, uriOf } from '../../../common/artifact/uri.ts';
import type { Config, Service } from '../../config/config.ts';
import { Problem } from '../../errors.ts';
import type { CopyRequest } from '../../world.ts';
import { copyId } from '../ids.ts';
import type { Request } from '../ledger/ledger.ts';

/** Why this version is none of them; null: it is one. */
export function unfitModel(
  { project }: Pick<Config, 'project'>,
  service: Service,
  model: ModelName,
): Problem | null {
  const projects = [project, ...service.registry];
  if (!projects.includes(model.project))
    return new Problem(
      'MODEL_ELSEWHERE',
      `expected a model of ${projects.join(' or ')}, got ${model.project}`,
    );
  // CopyModelRequest.source_model: "That Model must be in the same Project."
  if (model.region !== service.region && model.project !== project)
    return new Problem(
      'MODEL_ELSEWHERE',
      `expected a model of ${service.region}, or one of ${project} to copy, got one of ${model.project} in ${model.region}`,
    );
  if (service.interface !== null || service.features !== null)
    return new Problem('MODEL_WITHOUT_SETTINGS', `service ${service.name}`);
  return null;
}

type Named = Pick<Request, 'bucket' | 'marker' | 'generation'>;

/** The copy that a request of a model of another region deploys; null: it deploys what it names. */
export function copyFor(service: Service, request: Named): CopyRequest | null {
  const source = uriOf(request);
  const region = isOfRegistry(request) ? parseModelName(source)?.region : undefined;
  if (region === undefined || region === service.region) return null;
  return { parent: service.parent, modelId: copyId(service.name, source), source };
}

/** The full name of the model that a request of the registry deploys, and its version. */
export function deployedFrom(service: Service, request: Named): { model: string; version: string } {
  const copy = copyFor(service, request);
  if (copy === null) return { model: request.marker, version: request.generation };
  return { model: `${copy.parent}/models/${copy.modelId}`, version: '1' };
}
