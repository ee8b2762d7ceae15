/** What is sent to Vertex AI to make a model, an endpoint and a deployment. */
import { describe, expect, it } from 'vitest';
import { toDeployedModel, toModel, toNewEndpoint } from '../../../functions/google/vertex-requests.ts';

const key = 'projects/p/locations/us-central1/keyRings/r/cryptoKeys/k';
const marks = { kmsKey: key, labels: new Map([['team', 'search']]), stateBucket: 'state' };
const none = { kmsKey: null, labels: new Map<string, string>(), stateBucket: 'state' };
const container = {
  command: [],
  args: [],
  port: 8080,
  grpcPort: null,
  predictRoute: '/predict',
  healthRoute: '/health',
  invokeRoutePrefix: null,
  deploymentTimeoutMs: null,
  sharedMemoryMb: null,
  probes: { startup: null, health: null, liveness: null },
};
const request = {
  ...container,
  parent: 'projects/my-project/locations/us-central1',
  modelId: 'slipway-churn',
  displayName: 'churn',
  description: 'gs://b/m#1',
  labels: new Map([['slipway-release', 'r-1']]),
  artifactUri: 'gs://b/churn/v1',
  image: 'image',
  env: new Map([['A', '1']]),
  schemata: null,
};

describe('the marks of a project', () => {
  it('go onto a model', () => {
    expect(toModel(request, marks)).toMatchObject({
      labels: { team: 'search', 'slipway-release': 'r-1' },
      encryptionSpec: { kmsKeyName: key },
    });
  });

  it('go onto an endpoint', () => {
    expect(toNewEndpoint('churn', new Map([['slipway-service', 'churn']]), marks)).toEqual({
      displayName: 'churn',
      labels: { team: 'search', 'slipway-service': 'churn' },
      encryptionSpec: { kmsKeyName: key },
    });
  });

  it('never stand in the place of a label of Slipway’s', () => {
    const labels = new Map([['slipway-service', 'other']]);
    expect(
      toNewEndpoint('churn', new Map([['slipway-service', 'churn']]), { ...marks, labels }),
    ).toMatchObject({
      labels: { 'slipway-service': 'churn' },
    });
  });

  it('are absent where none are asked for', () => {
    expect(toModel(request, none)).not.toHaveProperty('encryptionSpec');
    expect(toNewEndpoint('churn', new Map(), none)).toEqual({ displayName: 'churn', labels: {} });
  });
});

it('a deployment names its version, and its accelerator only if it has one', () => {
  const deploy = {
    endpoint: 'projects/p/locations/l/endpoints/1',
    id: '1234567890',
    model: 'projects/p/locations/l/models/m',
    version: '3',
    displayName: 'v3',
    machineType: 'n1-standard-4',
    minReplicas: 1,
    maxReplicas: 2,
    accelerator: { type: 'NVIDIA_TESLA_T4', count: 1 },
    tpuTopology: null,
    requiredReplicas: null,
    autoscaling: { cpu: null, accelerator: null, requestsPerMinute: null },
    spot: false,
    reservation: null,
    containerLogging: true,
    accessLogging: false,
    serviceAccount: null,
  };
  expect(toDeployedModel(deploy)).toEqual({
    id: '1234567890',
    displayName: 'v3',
    model: 'projects/p/locations/l/models/m@3',
    dedicatedResources: {
      machineSpec: { machineType: 'n1-standard-4', acceleratorType: 'NVIDIA_TESLA_T4', acceleratorCount: 1 },
      minReplicaCount: 1,
      maxReplicaCount: 2,
    },
  });
  expect(toDeployedModel({ ...deploy, accelerator: null }).dedicatedResources.machineSpec).toEqual({
    machineType: 'n1-standard-4',
  });
});
