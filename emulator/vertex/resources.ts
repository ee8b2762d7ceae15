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
  const { minReplicaCount, maxReplicaCount, requiredReplicaCount, machineSpec } = dedicatedResources;
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
  if (Number(requiredReplicaCount ?? 0) > min) {
    const message = 'The value must be less than or equal to min_replica_count.';
    throw invalidFields([{ field: `${field}.required_replica_count`, message }]);
  }
  const problems = [...machineProblems(dedicatedResources), ...metricProblems(dedicatedResources)];
  if (problems.length > 0)
    throw invalidFields(problems.map((problem) => ({ ...problem, field: `${field}.${problem.field}` })));
}

type Resources = NonNullable<DeployedModel['dedicatedResources']>;

function machineProblems({ machineSpec = {}, spot }: Resources): { field: string; message: string }[] {
  const { acceleratorCount, gpuPartitionSize = '', reservationAffinity } = machineSpec;
  const { reservationAffinityType: type = 0, key = '', values = [] } = reservationAffinity ?? {};
  const isSpecific = type === 'SPECIFIC_RESERVATION' || type === 3;
  const isReserving = isSpecific || type === 'ANY_RESERVATION' || type === 2;
  const isNamed = key !== '' && values.length > 0;
  const at = 'machine_spec';
  return [
    ...(gpuPartitionSize !== '' && Number(acceleratorCount ?? 0) !== 1
      ? [{ field: `${at}.accelerator_count`, message: 'With gpu_partition_size the value must be 1.' }]
      : []),
    ...(reservationAffinity !== undefined && (type === 0 || type === 'TYPE_UNSPECIFIED')
      ? [{ field: `${at}.reservation_affinity.reservation_affinity_type`, message: REQUIRED }]
      : []),
    ...(isSpecific && !isNamed ? [{ field: `${at}.reservation_affinity.values`, message: REQUIRED }] : []),
    ...(spot === true && isReserving
      ? [{ field: 'spot', message: 'Spot VMs cannot consume a reservation.' }]
      : []),
  ];
}

const REQUIRED = 'Required field is not set.';
const METRIC = 'aiplatform.googleapis.com/prediction/online/';
const METRICS = ['accelerator/duty_cycle', 'cpu/utilization', 'request_count'];

/** machine_resources.proto: "At most one entry is allowed per metric"; targets are percent, but of request_count. */
function metricProblems({ autoscalingMetricSpecs = [], machineSpec }: Resources) {
  const field = 'autoscaling_metric_specs';
  const names = autoscalingMetricSpecs.map(({ metricName = '' }) => metricName);
  return autoscalingMetricSpecs.flatMap(({ metricName = '', target }, i) => {
    const name = metricName.startsWith(METRIC) ? metricName.slice(METRIC.length) : '';
    if (!METRICS.includes(name))
      return [{ field: `${field}[${i}].metric_name`, message: `Unsupported metric "${metricName}".` }];
    if (names.indexOf(metricName) !== i)
      return [{ field: `${field}[${i}].metric_name`, message: 'At most one entry is allowed per metric.' }];
    if (name === METRICS[0] && Number(machineSpec?.acceleratorCount ?? 0) === 0)
      return [{ field: `${field}[${i}].metric_name`, message: 'The machine has no accelerator.' }];
    const wanted = Number(target ?? 0);
    const isPercent = name !== 'request_count';
    if (wanted >= 0 && (!isPercent || wanted <= 100)) return [];
    return [{ field: `${field}[${i}].target`, message: 'The value must be in the range 1 to 100.' }];
  });
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
          // A list that is masked and not sent is an empty one.
          ...(field === 'autoscalingMetricSpecs' ? { autoscalingMetricSpecs: [] } : {}),
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
