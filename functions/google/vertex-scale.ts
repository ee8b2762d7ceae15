/** The scale of a deployed model: what Vertex AI shows of it, and what MutateDeployedModel is asked for. */
import type { protos } from '@google-cloud/aiplatform';
import type { Scale, ScaleField } from '../config/deployment.ts';
import { METRICS, toMetricSpecs } from './vertex-serving.ts';

type IDeployedModel = protos.google.cloud.aiplatform.v1.IDeployedModel;

/** Null: it has no machines of its own. */
export function toScale({ dedicatedResources, disableContainerLogging }: IDeployedModel): Scale | null {
  if (!dedicatedResources) return null;
  const { minReplicaCount, maxReplicaCount, autoscalingMetricSpecs } = dedicatedResources;
  const minReplicas = minReplicaCount || 1;
  const targetOf = (name: string) =>
    autoscalingMetricSpecs?.find(({ metricName }) => metricName === `${METRICS}/${name}`)?.target || null;
  return {
    minReplicas,
    // machine_resources.proto: "If this value is not provided, will use min_replica_count as the default value."
    maxReplicas: maxReplicaCount || minReplicas,
    requiredReplicas: dedicatedResources.requiredReplicaCount || null,
    autoscaling: {
      cpu: targetOf('cpu/utilization'),
      accelerator: targetOf('accelerator/duty_cycle'),
      requestsPerMinute: targetOf('request_count'),
    },
    containerLogging: disableContainerLogging !== true,
  };
}

const PATHS: Readonly<Record<ScaleField, string>> = {
  minReplicas: 'dedicated_resources.min_replica_count',
  maxReplicas: 'dedicated_resources.max_replica_count',
  autoscaling: 'dedicated_resources.autoscaling_metric_specs',
  containerLogging: 'disable_container_logging',
};

/** The fields that change, and no others: what one of them is refused for keeps back no other one. */
export function toMutation(id: string, scale: Scale, fields: readonly ScaleField[]) {
  const { minReplicas, maxReplicas, requiredReplicas, autoscaling, containerLogging } = scale;
  const paths = fields.map((field) => PATHS[field]);
  // It must not be above the minimum.
  const isRequired = requiredReplicas !== null && fields.includes('minReplicas');
  if (isRequired) paths.push('dedicated_resources.required_replica_count');
  return {
    deployedModel: {
      id,
      dedicatedResources: {
        minReplicaCount: minReplicas,
        maxReplicaCount: maxReplicas,
        ...(isRequired && { requiredReplicaCount: requiredReplicas }),
        autoscalingMetricSpecs: toMetricSpecs(autoscaling),
      },
      disableContainerLogging: !containerLogging,
    },
    updateMask: { paths },
  };
}
