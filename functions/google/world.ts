/**
 * The real world, on the official clients. Production and the local stack differ only by where the clients point
 * and whether they need credentials:
 *
 * - STORAGE_EMULATOR_HOST and PUBSUB_EMULATOR_HOST are the clients' own variables;
 * - VERTEX_EMULATOR_HOST (`host:port`) is ours, since the Vertex AI clients have none.
 *
 * Each function builds only the clients it uses: each Vertex AI client costs a third of a second.
 */
// The package's index would load every service of Vertex AI, for seconds: each client comes from its own module.
import { EndpointServiceClient } from '@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js';
import { ModelServiceClient } from '@google-cloud/aiplatform/build/src/v1/model_service_client.js';
import { PipelineServiceClient } from '@google-cloud/aiplatform/build/src/v1/pipeline_service_client.js';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { PassThroughClient } from 'google-auth-library';
import { grpc, type ClientOptions } from 'google-gax';
import type { Config, Environment } from '../config.ts';
import type { World } from '../world.ts';
import { storedArtifacts } from './artifacts.ts';
import { pubsubBus } from './bus.ts';
import { storedLedgers } from './ledgers.ts';
import { vertexAi, type VertexClients } from './vertex.ts';

export function googleWorld(config: Config, env: Environment = process.env): World {
  // The client's own retries are off: a download that meets a 503 would kill the process (storage 8.4.0), and the
  // engine repeats what it may repeat.
  const storage = new Storage({
    projectId: config.project,
    retryOptions: { autoRetry: false },
    ...(env['STORAGE_EMULATOR_HOST'] && { apiEndpoint: env['STORAGE_EMULATOR_HOST'] }),
  });
  const pubsub = new PubSub({ projectId: config.project });
  return {
    vertex: vertexAi(lazyClients(config, env), config),
    ledgers: storedLedgers(storage, config.stateBucket),
    artifacts: storedArtifacts(storage),
    bus: pubsubBus(pubsub, config.topics),
    clock: {
      now: () => Date.now(),
      sleep: (ms) =>
        new Promise((resolve) => {
          setTimeout(resolve, ms);
        }),
    },
    random: Math.random,
  };
}

/** Made at first use: what a function never calls it never pays for. */
function lazyClients(config: Config, env: Environment): VertexClients {
  const options = clientOptions(config, env['VERTEX_EMULATOR_HOST']);
  let models: ModelServiceClient | undefined;
  let endpoints: EndpointServiceClient | undefined;
  let pipelines: PipelineServiceClient | undefined;
  return {
    get models() {
      return (models ??= new ModelServiceClient(options));
    },
    get endpoints() {
      return (endpoints ??= new EndpointServiceClient(options));
    },
    get pipelines() {
      return (pipelines ??= new PipelineServiceClient(options));
    },
  };
}

function clientOptions(config: Config, emulator: string | undefined): ClientOptions {
  if (emulator === undefined || emulator === '') {
    // Resources are regional, and so is the host (https://cloud.google.com/vertex-ai/docs/reference/rest).
    return { projectId: config.project, apiEndpoint: `${config.region}-aiplatform.googleapis.com` };
  }
  const { hostname, port } = new URL(emulator.includes('://') ? emulator : `http://${emulator}`);
  return {
    projectId: config.project,
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
}
