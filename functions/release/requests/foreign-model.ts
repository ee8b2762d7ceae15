/** Which models of the Vertex AI registry a service may release without an upload. */
import type { ModelName } from '../../../common/artifact/model-name.ts';
import type { Config, Service } from '../../config/config.ts';
import { Problem } from '../../errors.ts';

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
  if (model.region !== service.region)
    return new Problem(
      'MODEL_ELSEWHERE',
      `expected a model of ${service.region}, got one of ${model.region}`,
    );
  if (service.interface !== null || service.features !== null)
    return new Problem('MODEL_WITHOUT_SETTINGS', `service ${service.name}`);
  return null;
}
