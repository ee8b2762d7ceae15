/** What Vertex AI takes as a container and as its machines, and what the probes of a model come to. */
import { describe, expect, test } from 'vitest';
import type { ProbeAction } from '../../../emulator/vertex/container.ts';
import type { DeployModelRequest, Model } from '../../../emulator/vertex/schemas.ts';
import { createWorld, deploy, endpointName, model, modelName, parent, prepare } from './world.ts';

type Spec = NonNullable<Model['containerSpec']>;
type Resources = NonNullable<NonNullable<DeployModelRequest['deployedModel']>['dedicatedResources']>;

describe('a container is refused', () => {
  test.each<[string, Spec]>([
    [
      'container_spec.ports[0].container_port; Message: The value must be in',
      { ports: [{ containerPort: 70_000 }] },
    ],
    ['container_spec.grpc_ports[0].container_port; Message: The', { grpcPorts: [{ containerPort: 0 }] }],
    [
      'invoke_route_prefix; Message: "/*" is the only supported',
      { invokeRoutePrefix: '/v1/*', predictRoute: '' },
    ],
    ['invoke_route_prefix; Message: Only one of predict_route or', { invokeRoutePrefix: '/*' }],
    [
      'deployment_timeout; Message: The value must be positive and at most 7200s',
      { deploymentTimeout: '7201s' },
    ],
    ['shared_memory_size_mb; Message: The value must not be negative', { sharedMemorySizeMb: -1 }],
    ['startup_probe; Message: Exactly one probe type must be set', { startupProbe: {} }],
    [
      'health_probe; Message: Exactly one probe type must be set',
      { healthProbe: { grpc: { port: 1 }, tcpSocket: { port: 1 } } },
    ],
    ['health_probe.port; Message: The value must be in', { healthProbe: { httpGet: { path: '/' } } }],
    [
      'liveness_probe.success_threshold; Message: The value must be 1',
      { livenessProbe: { tcpSocket: { port: 1 }, successThreshold: 2 } },
    ],
    ['startup_probe.exec.command; Message: Required', { startupProbe: { exec: {} } }],
  ])('%s', (message, spec) => {
    const { vertex } = createWorld();
    const uploaded = { ...model, containerSpec: { ...model.containerSpec, ...spec } };
    expect(() => vertex.uploads.upload(parent, { modelId: 'churn', model: uploaded })).toThrow(message);
  });
});

describe('machines are refused', () => {
  const online = 'aiplatform.googleapis.com/prediction/online';
  test.each<[string, Resources]>([
    ['required_replica_count; Message: The value must be less', { requiredReplicaCount: 2 }],
    [
      'machine_spec.accelerator_count; Message: With',
      { machineSpec: { gpuPartitionSize: '1g.10gb', acceleratorCount: 2 } },
    ],
    [
      'reservation_affinity.values; Message: Required',
      { machineSpec: { reservationAffinity: { reservationAffinityType: 'SPECIFIC_RESERVATION' } } },
    ],
    [
      'spot; Message: Spot VMs cannot consume a reservation',
      { spot: true, machineSpec: { reservationAffinity: { reservationAffinityType: 'ANY_RESERVATION' } } },
    ],
    [
      '[0].metric_name; Message: Unsupported metric "cpu"',
      { autoscalingMetricSpecs: [{ metricName: 'cpu', target: 5 }] },
    ],
    [
      '[0].target; Message: The value must be in the range 1 to 100',
      { autoscalingMetricSpecs: [{ metricName: `${online}/cpu/utilization`, target: 101 }] },
    ],
    [
      '[1].metric_name; Message: At most one entry',
      {
        autoscalingMetricSpecs: [
          { metricName: `${online}/request_count`, target: 1200 },
          { metricName: `${online}/request_count` },
        ],
      },
    ],
    [
      '[0].metric_name; Message: The machine has no accelerator',
      { autoscalingMetricSpecs: [{ metricName: `${online}/accelerator/duty_cycle` }] },
    ],
  ])('%s', async (message, resources) => {
    const world = createWorld();
    await prepare(world);
    const dedicatedResources = { machineSpec: {}, minReplicaCount: 1, ...resources };
    const deployedModel = { id: '1', model: modelName, dedicatedResources };
    expect(() => world.vertex.deployments.deploy(endpointName, { deployedModel })).toThrow(message);
  });
});

test('a model with a prefix of routes goes to dedicated endpoints alone', async () => {
  const world = createWorld();
  await prepare(world, 1, { predictRoute: '', invokeRoutePrefix: '/*' });
  expect(() => deploy(world, '1')).toThrow('can only be deployed to a dedicated Endpoint');
});

describe('probes', () => {
  /** A deployment whose containers answer probes as they are told to. */
  async function probed(container: Spec, answers: (action: ProbeAction, container: number) => boolean) {
    const world = createWorld();
    await prepare(world, 1, container);
    const { runtime } = world;
    const start = runtime.start.bind(runtime);
    runtime.start = async (spec) => {
      const started = await start(spec);
      const place = runtime.started.length;
      const [light] = runtime.started.slice(-1);
      if (light !== undefined) light.host = { probe: async (action) => answers(action, place) };
      return started;
    };
    return world;
  }

  test('a container whose startup probe fails is started again, until one succeeds', async () => {
    const world = await probed(
      { startupProbe: { tcpSocket: { port: 9000 }, periodSeconds: 5, failureThreshold: 3 } },
      (action, container) => action.kind === 'tcp' && action.port === 9000 && container === 3,
    );
    await world.succeed(deploy(world, '1', 1, { 0: 100 }));
    expect(world.runtime.started).toHaveLength(3);
    expect(world.vertex.logsOf('1').map(({ text }) => text)).toContain(
      'the startup probe has failed, the model server is started again',
    );
  });

  test('a container whose startup probe never succeeds is never ready', async () => {
    const world = await probed(
      { startupProbe: { exec: { command: ['false'] }, periodSeconds: 1 }, deploymentTimeout: '30s' },
      () => false,
    );
    const error = await world.fail(deploy(world, '1'));
    expect(error.message).toContain('Model server never became ready.');
  });

  test('health decides about traffic by its thresholds', async () => {
    let isHealthy = true;
    const world = await probed(
      {
        healthProbe: { grpc: { port: 8001 }, periodSeconds: 2, failureThreshold: 2, successThreshold: 2 },
      },
      () => isHealthy,
    );
    await world.succeed(deploy(world, '1', 1, { 0: 100 }));
    const [deployment] = world.vertex.endpoints.deployments();
    const healthyAfter = async (seconds: number) => {
      await world.clock.advance(seconds * 1000);
      return deployment?.server.healthy;
    };
    isHealthy = false;
    expect(await healthyAfter(2)).toBe(true);
    expect(await healthyAfter(2)).toBe(false);
    isHealthy = true;
    expect(await healthyAfter(2)).toBe(false);
    expect(await healthyAfter(2)).toBe(true);
  });

  test('a container whose liveness probe fails is started again', async () => {
    let isAlive = true;
    const world = await probed(
      { livenessProbe: { httpGet: { path: '/live', port: 8080 }, periodSeconds: 5, failureThreshold: 2 } },
      () => isAlive,
    );
    await world.succeed(deploy(world, '1', 1, { 0: 100 }));
    isAlive = false;
    await world.clock.advance(10_000);
    isAlive = true;
    await world.clock.advance(3_000);
    expect(world.runtime.started).toHaveLength(2);
    expect(world.vertex.endpoints.deployments()[0]?.server.healthy).toBe(true);
  });
});
