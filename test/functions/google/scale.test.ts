/** The scale of a deployed model, as Vertex AI shows it and is asked for it. */
import { describe, expect, it } from 'vitest';
import type { Scale } from '../../../functions/config/deployment.ts';
import { toMutation, toScale } from '../../../functions/google/vertex-scale.ts';

const ONLINE = 'aiplatform.googleapis.com/prediction/online';
const SCALE: Scale = {
  minReplicas: 2,
  maxReplicas: 5,
  requiredReplicas: null,
  autoscaling: { cpu: 75, accelerator: null, requestsPerMinute: null },
  containerLogging: true,
};

describe('what is shown', () => {
  it('has a maximum, and targets by their metric', () => {
    const specs = [{ metricName: `${ONLINE}/cpu/utilization`, target: 75 }];
    const resources = { minReplicaCount: 2, maxReplicaCount: 5, autoscalingMetricSpecs: specs };
    expect(toScale({ dedicatedResources: resources })).toEqual(SCALE);
    expect(toScale({ dedicatedResources: { minReplicaCount: 3 } })).toMatchObject({
      minReplicas: 3,
      maxReplicas: 3,
    });
  });

  it('is nothing without machines of its own', () => {
    expect(toScale({ automaticResources: { minReplicaCount: 1 } })).toBeNull();
  });
});

describe('what is asked for', () => {
  it('names the fields that change, and no others', () => {
    expect(toMutation('7', SCALE, ['maxReplicas', 'containerLogging']).updateMask.paths).toEqual([
      'dedicated_resources.max_replica_count',
      'disable_container_logging',
    ]);
  });

  it('lowers what a deployment requires with the minimum', () => {
    const { deployedModel, updateMask } = toMutation('7', { ...SCALE, requiredReplicas: 1 }, ['minReplicas']);
    expect(updateMask.paths).toContain('dedicated_resources.required_replica_count');
    expect(deployedModel.dedicatedResources.requiredReplicaCount).toBe(1);
  });
});
