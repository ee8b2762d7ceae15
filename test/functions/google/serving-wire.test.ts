/** Everything that slipway.yaml says of serving, through the official client: what Vertex AI then has, as the proto says. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { parseConfig } from '../../../functions/config/config.ts';
import { modelName } from '../../../functions/release/ids.ts';
import { googleWorld } from '../../../functions/google/world.ts';
import { deployRequest, uploadRequest } from '../../../functions/release/calls/requests.ts';
import { SCALE_FIELDS } from '../../../functions/config/deployment.ts';
import { scaleOf } from '../../../functions/release/view/scale.ts';
import type { World } from '../../../functions/world.ts';
import { releaseOf } from '../../support/samples.ts';
import { LightRuntime } from '../../emulator/vertex/world.ts';
import { GOOD } from '../config/samples.ts';

const ENDPOINT =
  '{ name: churn, dedicated: true, timeout: 20m, requestLogging: { table: bq://my-project.churn.requests, sample: 0.25 } }';
const config = parseConfig(`${GOOD.replace('endpoint: churn', `endpoint: ${ENDPOINT}`).trimEnd()}
    labels: { team: search }
    serving:
      command: [serve]
      args: ["--port=$(AIP_HTTP_PORT)"]
      port: 8000
      grpcPort: 8001
      deploymentTimeout: 45m
      sharedMemoryMb: 4096
      machineType: a2-highgpu-1g
      minReplicas: 2
      maxReplicas: 6
      requiredReplicas: 1
      accelerator: { type: NVIDIA_TESLA_A100, count: 1, partition: 1g.5gb }
      reservation: projects/p/zones/us-central1-a/reservations/a100s
      autoscaling: { cpu: 75, requestsPerMinute: 1200 }
      containerLogging: false
      accessLogging: true
      probes:
        startup: { http: { path: /ready, headers: { Host: model } }, failureThreshold: 30 }
        health: { grpc: { service: a.B }, periodSeconds: 5 }
        liveness: { tcp: {} }
`);
const parent = 'projects/my-project/locations/us-central1';
const name = `${parent}/endpoints/123456789`;

let emulator: Emulator;
let world: World;

beforeAll(async () => {
  const quick = { upload: 0, deploy: 0, createEndpoint: 0, updateEndpoint: 0, mutate: 0 };
  emulator = await startEmulator({ runtime: new LightRuntime(), operations: quick });
  const address = new URL(emulator.url).host;
  world = googleWorld(config, { STORAGE_EMULATOR_HOST: emulator.url, VERTEX_EMULATOR_HOST: address });
});
afterAll(() => emulator.close());

async function ended(operation: string): Promise<void> {
  const { error } = await emulator.operations.wait(operation, 10_000);
  if (error !== undefined) throw new Error(error.message);
}

it('an endpoint, its changes, a model and a deployment', async () => {
  const service = config.services.get('churn');
  if (service === undefined) throw new Error('no service');
  const { endpointSettings } = service;
  await ended(
    await world.vertex.createEndpoint(service.parent, '123456789', 'churn', service.labels, endpointSettings),
  );
  const { etag: _, ...made } = emulator.vertex.endpoints.get(name);
  expect(made).toMatchObject({
    labels: { team: 'search' },
    dedicatedEndpointEnabled: true,
    clientConnectionConfig: { inferenceTimeout: '1200s' },
    predictRequestResponseLoggingConfig: {
      enabled: true,
      samplingRate: 0.25,
      bigqueryDestination: { outputUri: 'bq://my-project.churn.requests' },
    },
  });
  const seen = await world.vertex.getEndpoint(name);
  expect(seen?.facts).toEqual({ ...endpointSettings, dedicated: true, kmsKey: null });
  expect(seen?.dedicatedDns).toMatch(/^123456789\.us-central1-\d+\.prediction\.vertexai\.goog$/);

  const requestLogging = { enabled: false, table: 'bq://my-project.churn.requests', sample: 1 };
  await world.vertex.configureEndpoint(name, { requestLogging, timeoutMs: 60_000 });
  await expect
    .poll(async () => (await world.vertex.getEndpoint(name))?.facts)
    .toMatchObject({ requestLogging, timeoutMs: 60_000 });

  emulator.store.createBucket('models');
  emulator.store.putObject('models', 'churn/v1/model.onnx', Buffer.from('weights'));
  const release = releaseOf(1);
  await ended(await world.vertex.upload(uploadRequest(service, release, { endpoint: name })));
  const model = `${parent}/models/slipway-churn`;
  expect(emulator.vertex.models.get(model)).toMatchObject({
    labels: { team: 'search', 'slipway-service': 'churn' },
    containerSpec: {
      command: ['serve'],
      args: ['--port=$(AIP_HTTP_PORT)'],
      ports: [{ containerPort: 8000 }],
      grpcPorts: [{ containerPort: 8001 }],
      deploymentTimeout: '2700s',
      sharedMemorySizeMb: '4096',
      startupProbe: {
        httpGet: { path: '/ready', port: 8000, httpHeaders: [{ name: 'Host', value: 'model' }] },
        failureThreshold: 30,
      },
      healthProbe: { grpc: { port: 8001, service: 'a.B' }, periodSeconds: 5 },
      livenessProbe: { tcpSocket: { port: 8000 } },
    },
  });

  const [version] = await world.vertex.listVersions(modelName(service));
  const endpoint = await world.vertex.getEndpoint(name);
  if (version === undefined || endpoint === null) throw new Error('neither version nor endpoint');
  await ended(
    await world.vertex.deploy(deployRequest(service, { do: 'deploy', release, version, endpoint })),
  );
  const online = 'aiplatform.googleapis.com/prediction/online';
  expect(emulator.vertex.endpoints.get(name)).toMatchObject({
    deployedModels: [
      {
        disableContainerLogging: true,
        enableAccessLogging: true,
        dedicatedResources: {
          machineSpec: {
            machineType: 'a2-highgpu-1g',
            acceleratorType: 'NVIDIA_TESLA_A100',
            acceleratorCount: 1,
            gpuPartitionSize: '1g.5gb',
            reservationAffinity: {
              reservationAffinityType: 'SPECIFIC_RESERVATION',
              key: 'compute.googleapis.com/reservation-name',
              values: ['projects/p/zones/us-central1-a/reservations/a100s'],
            },
          },
          minReplicaCount: 2,
          maxReplicaCount: 6,
          requiredReplicaCount: 1,
          autoscalingMetricSpecs: [
            { metricName: `${online}/cpu/utilization`, target: 75 },
            { metricName: `${online}/request_count`, target: 1200 },
          ],
        },
      },
    ],
  });

  const [deployed] = (await world.vertex.getEndpoint(name))?.deployedModels ?? [];
  expect(deployed?.scale).toEqual(scaleOf(service.serving));
  const autoscaling = { cpu: null, accelerator: null, requestsPerMinute: null };
  const smaller = {
    ...scaleOf(service.serving),
    minReplicas: 1,
    maxReplicas: 4,
    autoscaling,
    containerLogging: true,
  };
  await ended(await world.vertex.mutate(name, deployed?.id ?? '', smaller, SCALE_FIELDS));
  expect((await world.vertex.getEndpoint(name))?.deployedModels[0]?.scale).toEqual(smaller);
  const refused = { ...smaller, autoscaling: { ...autoscaling, accelerator: 101 } };
  await expect(world.vertex.mutate(name, deployed?.id ?? '', refused, ['autoscaling'])).rejects.toMatchObject(
    { status: 'INVALID_ARGUMENT', message: expect.stringContaining('target') },
  );
});
