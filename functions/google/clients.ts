/**
 * Google's clients, each loaded and made at its first use: what a function never calls it never pays for, and a
 * client of Vertex AI is a third of a second. Production and the local stack differ only by where they point and
 * whether they need credentials: VERTEX_EMULATOR_HOST and PUBSUB_EMULATOR_HOST (`host:port`).
 */
import type { PublisherClient } from '@google-cloud/pubsub-api/build/src/v1/publisher_client.js';
import type { ClientOptions } from 'google-gax';
import type { Config, Environment } from '../config/config.ts';
import type { JobServiceClient } from '@google-cloud/aiplatform';
import type { VertexClients } from './vertex.ts';

export interface Clients extends VertexClients {
  readonly jobs: (region: string) => Promise<JobServiceClient>;
  readonly publisher: () => Promise<PublisherClient>;
}

/** A dedicated endpoint answers with 10 MB at most (docs, "Choose an endpoint type"). */
const ANSWER_BYTES_MAX = 16 * 1024 * 1024;

// The packages' indexes would load every service they have, for seconds: each client comes from its own module.
export function lazyClients(config: Config, env: Environment): Clients {
  // Resources are regional, and so is the host (https://cloud.google.com/vertex-ai/docs/reference/rest).
  const vertex = each((region: string) =>
    pointedAt(
      { projectId: config.project, apiEndpoint: `${region}-aiplatform.googleapis.com` },
      env['VERTEX_EMULATOR_HOST'],
    ),
  );
  return {
    models: each(async (region) => {
      const { ModelServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/model_service_client.js');
      return new ModelServiceClient(await vertex(region));
    }),
    endpoints: each(async (region) => {
      const { EndpointServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js');
      return new EndpointServiceClient(await vertex(region));
    }),
    pipelines: each(async (region) => {
      const { PipelineServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/pipeline_service_client.js');
      return new PipelineServiceClient(await vertex(region));
    }),
    predictions: each(async (at) => {
      const { PredictionServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/prediction_service_client.js');
      const options = at.includes('.') ? dedicated(await vertex(config.region), at) : await vertex(at);
      return new PredictionServiceClient({
        ...options,
        'grpc.max_receive_message_length': ANSWER_BYTES_MAX,
      });
    }),
    jobs: each(async (region) => {
      const { JobServiceClient } =
        await import('@google-cloud/aiplatform/build/src/v1/job_service_client.js');
      return new JobServiceClient(await vertex(region));
    }),
    publisher: once(async () => {
      const { PublisherClient } = await import('@google-cloud/pubsub-api/build/src/v1/publisher_client.js');
      return new PublisherClient(await pointedAt({ projectId: config.project }, env['PUBSUB_EMULATOR_HOST']));
    }),
  };
}

/** At its own host; on the local stack at the same address, asked for by that host's name. */
function dedicated(options: ClientOptions, host: string): ClientOptions {
  const isLocal = options.sslCreds !== undefined;
  return isLocal ? { ...options, 'grpc.default_authority': host } : { ...options, apiEndpoint: host };
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

/** One for each key, made at its first use. There are as many as services have regions, or endpoints. */
function each<K, T>(make: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const made = new Map<K, Promise<T>>();
  return (key) => {
    const found = made.get(key) ?? make(key);
    made.set(key, found);
    return found;
  };
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
