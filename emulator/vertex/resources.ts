/** What a deployed model may ask for, and what of it may change afterwards (machine_resources.proto). */
import { ApiError } from '../core/errors.ts';
import { invalidFields } from './request.ts';
import type { DeployedModel } from './schemas.ts';

/** Throws INVALID_ARGUMENT. Vertex AI needs exactly one kind of resources for every deployed model. */
export function checkResources({
  dedicatedResources,
  automaticResources,
  sharedResources,
}: DeployedModel): void {
  if (
    dedicatedResources === undefined &&
    automaticResources === undefined &&
    (sharedResources ?? '') === ''
  ) {
    throw invalidFields([
      { field: 'deployed_model.prediction_resources', message: 'Required field is not set.' },
    ]);
  }
  if (dedicatedResources === undefined) return;
  const field = 'deployed_model.dedicated_resources';
  const { minReplicaCount, maxReplicaCount, machineSpec } = dedicatedResources;
  if (machineSpec === undefined)
    throw invalidFields([{ field: `${field}.machine_spec`, message: 'Required field is not set.' }]);
  const min = Number(minReplicaCount ?? 0);
  const max = Number(maxReplicaCount ?? 0);
  if (min < 1) {
    throw invalidFields([
      { field: `${field}.min_replica_count`, message: 'The value must be greater than or equal to 1.' },
    ]);
  }
  if (max !== 0 && max < min) {
    const message = 'The value must be greater than or equal to min_replica_count.';
    throw invalidFields([{ field: `${field}.max_replica_count`, message }]);
  }
}

/** As Vertex AI shows it: without a maximum, min_replica_count is the maximum. */
export function withDefaults(spec: DeployedModel): DeployedModel {
  const { dedicatedResources } = spec;
  if (dedicatedResources === undefined || Number(dedicatedResources.maxReplicaCount ?? 0) !== 0) return spec;
  const { minReplicaCount = 1 } = dedicatedResources;
  return { ...spec, dedicatedResources: { ...dedicatedResources, maxReplicaCount: minReplicaCount } };
}

/** MutateDeployedModel: `spec` with the fields of the mask taken from `change`. Throws INVALID_ARGUMENT. */
export function mutated(spec: DeployedModel, change: DeployedModel, mask: readonly string[]): DeployedModel {
  if (mask.length === 0)
    throw invalidFields([{ field: 'update_mask', message: 'Required field is not set.' }]);
  let result = spec;
  for (const path of mask) {
    const [head = '', field] = path.split('.');
    if (path === 'disableContainerLogging') {
      result = { ...result, disableContainerLogging: change.disableContainerLogging ?? false };
    } else if (head === 'dedicatedResources' && field !== undefined && isScaling(field)) {
      const value = change.dedicatedResources?.[field];
      result = {
        ...result,
        dedicatedResources: {
          ...result.dedicatedResources,
          ...(value === undefined ? {} : { [field]: value }),
        },
      };
    } else if (
      head === 'automaticResources' &&
      (field === 'minReplicaCount' || field === 'maxReplicaCount')
    ) {
      const value = change.automaticResources?.[field];
      result = {
        ...result,
        automaticResources: {
          ...result.automaticResources,
          ...(value === undefined ? {} : { [field]: value }),
        },
      };
    } else {
      throw new ApiError('INVALID_ARGUMENT', `The field "${path}" of a DeployedModel cannot be mutated.`);
    }
  }
  checkResources(result);
  return result;
}

const scaling = [
  'minReplicaCount',
  'maxReplicaCount',
  'requiredReplicaCount',
  'autoscalingMetricSpecs',
] as const;

function isScaling(field: string): field is (typeof scaling)[number] {
  return scaling.some((known) => known === field);
}
