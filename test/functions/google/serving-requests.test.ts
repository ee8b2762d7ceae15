/** What `serving` in slipway.yaml comes to in the requests of Vertex AI, field by field, and nothing where it says nothing. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../functions/config/config.ts';
import { toDeployedModel, toModel } from '../../../functions/google/vertex-requests.ts';
import { deployRequest, uploadRequest } from '../../../functions/release/calls/requests.ts';
import { endpointWith, releaseOf, versionOf } from '../../support/samples.ts';
import { withService } from '../config/samples.ts';

const marks = { kmsKey: null, labels: new Map<string, string>(), stateBucket: 'state' };

function sent(serving: string, endpoint = 'churn') {
  const yaml = withService(serving).replace('endpoint: churn', `endpoint: ${endpoint}`);
  const service = parseConfig(yaml).services.get('churn');
  if (service === undefined) throw new Error('no service');
  const release = releaseOf(1);
  const model = toModel(uploadRequest(service, release, { endpoint: null }), marks);
  const deploy = { do: 'deploy', release, version: versionOf(1), endpoint: endpointWith([]) } as const;
  const { dedicatedResources, ...deployed } = toDeployedModel(deployRequest(service, deploy));
  return { containerSpec: model.containerSpec, dedicatedResources, deployed };
}

it('sends nothing but what has always been sent where nothing is said', () => {
  const { containerSpec, dedicatedResources, deployed } = sent('');
  expect(containerSpec).toEqual({
    imageUri: 'us-docker.pkg.dev/p/r/predictor',
    predictRoute: '/predict',
    healthRoute: '/health',
    ports: [{ containerPort: 8080 }],
    env: [{ name: 'SLIPWAY_ENDPOINT_ID', value: '' }],
  });
  expect(dedicatedResources).toEqual({
    machineSpec: { machineType: 'n1-standard-2' },
    minReplicaCount: 1,
    maxReplicaCount: 1,
  });
  expect(Object.keys(deployed).toSorted()).toEqual(['displayName', 'id', 'model']);
});

describe('the container', () => {
  it('has a command, arguments, ports, a time and shared memory', () => {
    const { containerSpec } = sent(`
    serving:
      command: [mlserver, start]
      args: ["--port=$(AIP_HTTP_PORT)"]
      port: 8000
      grpcPort: 8001
      deploymentTimeout: 45m
      sharedMemoryMb: 4096`);
    expect(containerSpec).toMatchObject({
      command: ['mlserver', 'start'],
      args: ['--port=$(AIP_HTTP_PORT)'],
      ports: [{ containerPort: 8000 }],
      grpcPorts: [{ containerPort: 8001 }],
      deploymentTimeout: { seconds: 2700 },
      sharedMemorySizeMb: 4096,
    });
  });

  it('has probes that ask its own ports unless they name others', () => {
    const { containerSpec } = sent(`
    serving:
      port: 8000
      grpcPort: 8001
      probes:
        startup: { http: { path: /ready, headers: { Host: model } }, failureThreshold: 30, periodSeconds: 5 }
        health: { grpc: { service: a.B }, successThreshold: 2, timeoutSeconds: 3, initialDelaySeconds: 0 }
        liveness: { tcp: { port: 9000 } }`);
    expect(containerSpec).toMatchObject({
      startupProbe: {
        httpGet: { path: '/ready', port: 8000, httpHeaders: [{ name: 'Host', value: 'model' }] },
        failureThreshold: 30,
        periodSeconds: 5,
      },
      healthProbe: {
        grpc: { port: 8001, service: 'a.B' },
        successThreshold: 2,
        timeoutSeconds: 3,
        initialDelaySeconds: 0,
      },
      livenessProbe: { tcpSocket: { port: 9000 } },
    });
    const { containerSpec: withCommand } = sent(
      '    serving: { probes: { startup: { exec: [cat, /tmp/ready] } } }',
    );
    expect(withCommand).toMatchObject({ startupProbe: { exec: { command: ['cat', '/tmp/ready'] } } });
  });

  it('has a prefix instead of the route of predictions', () => {
    const { containerSpec } = sent(
      '    serving: { invokeRoutePrefix: "/*" }',
      '{ name: churn, dedicated: true }',
    );
    expect(containerSpec).toMatchObject({ invokeRoutePrefix: '/*', healthRoute: '/health' });
    expect(containerSpec).not.toHaveProperty('predictRoute');
  });
});

describe('the machines', () => {
  it('follow targets, and are counted before all of them run', () => {
    const { dedicatedResources } = sent(`
    serving:
      minReplicas: 2
      maxReplicas: 6
      requiredReplicas: 1
      accelerator: { type: NVIDIA_L4, count: 1 }
      autoscaling: { cpu: 75, accelerator: 80, requestsPerMinute: 1200 }`);
    const online = 'aiplatform.googleapis.com/prediction/online';
    expect(dedicatedResources).toMatchObject({
      requiredReplicaCount: 1,
      autoscalingMetricSpecs: [
        { metricName: `${online}/cpu/utilization`, target: 75 },
        { metricName: `${online}/accelerator/duty_cycle`, target: 80 },
        { metricName: `${online}/request_count`, target: 1200 },
      ],
    });
  });

  it('are Spot VMs, parts of a GPU, or TPUs', () => {
    expect(sent('    serving: { spot: true }').dedicatedResources).toMatchObject({ spot: true });
    expect(
      sent('    serving: { accelerator: { type: NVIDIA_A100_80GB, count: 1, partition: 1g.10gb } }')
        .dedicatedResources.machineSpec,
    ).toMatchObject({ acceleratorCount: 1, gpuPartitionSize: '1g.10gb' });
    expect(
      sent('    serving: { machineType: ct5lp-hightpu-4t, tpuTopology: 2x2 }').dedicatedResources.machineSpec,
    ).toEqual({ machineType: 'ct5lp-hightpu-4t', tpuTopology: '2x2' });
  });

  it.each([
    ['any', { reservationAffinityType: 'ANY_RESERVATION' }],
    ['none', { reservationAffinityType: 'NO_RESERVATION' }],
    [
      'projects/p/zones/us-central1-a/reservations/l4s',
      {
        reservationAffinityType: 'SPECIFIC_RESERVATION',
        key: 'compute.googleapis.com/reservation-name',
        values: ['projects/p/zones/us-central1-a/reservations/l4s'],
      },
    ],
  ])('come from the reservation %s', (reservation, reservationAffinity) => {
    const { dedicatedResources } = sent(`    serving: { reservation: ${reservation} }`);
    expect(dedicatedResources.machineSpec).toMatchObject({ reservationAffinity });
  });
});

it('a deployment logs as it is told', () => {
  expect(sent('    serving: { containerLogging: false, accessLogging: true }').deployed).toMatchObject({
    disableContainerLogging: true,
    enableAccessLogging: true,
  });
});
