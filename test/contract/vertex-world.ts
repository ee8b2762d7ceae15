/** An emulator with model servers from a fixture, and the official clients connected to it. */
import { fileURLToPath } from 'node:url';

import {
  EndpointServiceClient,
  JobServiceClient,
  ModelServiceClient,
  PipelineServiceClient,
  PredictionServiceClient,
} from '@google-cloud/aiplatform';
import { credentials } from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';

import { startEmulator } from '../../emulator/server.ts';
import type { Emulator, EmulatorOptions } from '../../emulator/server.ts';

export const image = 'us-central1-docker.pkg.dev/p1/models/echo';
export const parent = 'projects/p1/locations/us-central1';

const server = fileURLToPath(new URL('../emulator/fixtures/model-server.ts', import.meta.url));

/** Its operations take no longer than they must. */
export function startWorld(options: EmulatorOptions = {}): Promise<Emulator> {
  const quick = { upload: 0, deploy: 0, undeploy: 0, createEndpoint: 0, deleteEndpoint: 0, deleteModel: 0 };
  return startEmulator({
    images: new Map([[image, { command: ['node', server] }]]),
    ...options,
    operations: {
      ...quick,
      deleteVersion: 0,
      mutate: 0,
      batchStart: 0,
      deleteJob: 0,
      deploymentTimeout: 10,
      ...options.operations,
    },
  });
}

export interface Clients {
  readonly models: ModelServiceClient;
  readonly endpoints: EndpointServiceClient;
  readonly predictions: PredictionServiceClient;
  readonly pipelines: PipelineServiceClient;
  readonly jobs: JobServiceClient;
}

/** The transports that the clients offer: gRPC is the default, REST the fallback. */
export type Transport = 'grpc' | 'rest';

export function connect({ port }: Pick<Emulator, 'port'>, transport: Transport): Clients {
  const address = { apiEndpoint: '127.0.0.1', port, authClient: new PassThroughClient() };
  const options =
    transport === 'grpc'
      ? { ...address, sslCreds: credentials.createInsecure() }
      : { ...address, fallback: true, protocol: 'http' };
  return {
    models: new ModelServiceClient(options),
    endpoints: new EndpointServiceClient(options),
    predictions: new PredictionServiceClient(options),
    pipelines: new PipelineServiceClient(options),
    jobs: new JobServiceClient(options),
  };
}

export async function disconnect(clients: Clients): Promise<void> {
  await Promise.all(Object.values(clients).map((client) => client.close()));
}

/** A model of the fixture; its variables say what it does and answers. */
export function modelOf(displayName: string, env: Readonly<Record<string, string>> = {}) {
  return {
    displayName,
    artifactUri: 'gs://artifacts/m/1',
    containerSpec: {
      imageUri: image,
      predictRoute: '/predict',
      healthRoute: '/health',
      env: Object.entries(env).map(([name, value]) => ({ name, value })),
    },
  };
}

export const dedicatedResources = { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 };
