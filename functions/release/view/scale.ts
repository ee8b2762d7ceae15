/** What of a deployed model changes without a release: its replicas, what scales them, and its logs. Pure. */
import { SCALE_FIELDS, type Scale, type ScaleField } from '../../config/deployment.ts';

/** machine_resources.proto, autoscaling_metric_specs: "default to 60 if not set". */
const DEFAULT_TARGET = 60;

export function scaleOf(serving: Scale): Scale {
  const { minReplicas, maxReplicas, requiredReplicas, autoscaling, containerLogging } = serving;
  return { minReplicas, maxReplicas, requiredReplicas, autoscaling, containerLogging };
}

/** The fields that differ. What is required for a deployment to succeed is no state, so that it is not compared. */
export function changedFields(seen: Scale, wanted: Scale): ScaleField[] {
  return SCALE_FIELDS.filter((field) => textOf(seen, field) !== textOf(wanted, field));
}

/** Names the scale: the same for those that Vertex AI treats alike. At most 120 characters. */
export function scaleKey(scale: Scale): string {
  return SCALE_FIELDS.map((field) => textOf(scale, field)).join(' ');
}

/** Such as `1 to 4 replicas, CPU 60 %`. Logs are told where they are off. */
export function scaleText({ minReplicas, maxReplicas, autoscaling, containerLogging }: Scale): string {
  const { cpu, accelerator, requestsPerMinute } = autoscaling;
  return [
    minReplicas === maxReplicas ? `${minReplicas} replicas` : `${minReplicas} to ${maxReplicas} replicas`,
    ...(cpu === null ? [] : [`CPU ${cpu} %`]),
    ...(accelerator === null ? [] : [`accelerator ${accelerator} %`]),
    ...(requestsPerMinute === null ? [] : [`${requestsPerMinute} requests a minute`]),
    ...(containerLogging ? [] : ['no container logs']),
  ].join(', ');
}

function textOf({ minReplicas, maxReplicas, autoscaling, containerLogging }: Scale, field: ScaleField) {
  switch (field) {
    case 'minReplicas':
      return String(minReplicas);
    case 'maxReplicas':
      return String(maxReplicas);
    case 'containerLogging':
      return containerLogging ? 'logs' : 'quiet';
    default: {
      const { cpu, accelerator, requestsPerMinute } = autoscaling;
      return [cpu ?? DEFAULT_TARGET, accelerator ?? DEFAULT_TARGET, requestsPerMinute ?? 0].join('/');
    }
  }
}
