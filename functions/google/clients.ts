/**
 * Google's clients, each loaded and made at its first use: what a function never calls it never pays for, and a
 * client of Vertex AI is a third of a second. Production and the local stack differ only by where they point and
 * whether they need credentials: VERTEX_EMULATOR_HOST and PUBSUB_EMULATOR_HOST (`host:port`).
 */
import type { PublisherClient } from '@google-cloud/pubsub-api/build/src/v1/publisher_client.js';
import type { ClientOptions } from 'google-gax';
import type { Config, Environment } from '../config.ts';
import type { VertexClients } from './vertex.ts';

export interface Clients extends VertexClients {
  readonly publisher: () => Promise<PublisherClient>;
}

// The packages' indexes would load every service they have, for seconds: each client comes from its own module.
export function lazyClients(config: Config, env: Environment): Clients {
  // Resources are regional, and so is the host (https://cloud.google.com/vertex-ai/docs/reference/rest).
  const regional = { projectId: config.project, apiEndpoint: `${config.region}-aiplatform.googleapis.com` };
  const vertex = once(() => pointedAt(regional, env['VERTEX_EMULATOR_HOST']));
  return {
    models: once(async () => {
      const { ModelServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/model_service_client.js');
      return new ModelServiceClient(await vertex());
    }),
    endpoints: once(async () => {
      const { EndpointServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js');
      return new EndpointServiceClient(await vertex());
    }),
    pipelines: once(async () => {
      const { PipelineServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/pipeline_service_client.js');
      return new PipelineServiceClient(await vertex());
    }),
    predictions: once(async () => {
      const { PredictionServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/prediction_service_client.js');
      return new PredictionServiceClient(await vertex());
    }),
    publisher: once(async () => {
      const { PublisherClient } = await import('@google-cloud/pubsub-api/build/src/v1/publisher_client.js');
      return new PublisherClient(await pointedAt({ projectId: config.project }, env['PUBSUB_EMULATOR_HOST']));
    }),
  };
}

async function pointedAt(options: ClientOptions, emulator: string | undefined): Promise<ClientOptions> {
  if (emulator === undefined || emulator === '') return options;
  const [{ PassThroughClient }, { grpc }] = await Promise.all([
    import('google-auth-library'),
    import('google-gax'),
  ]);
  const { hostname, port } = new URL(emulator.includes('://') ? emulator : `http://${emulator}`);
  return {
    ...options,
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
