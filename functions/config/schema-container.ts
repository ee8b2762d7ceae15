/** The schema of a model's container: what it runs, where it is asked, its environment (model.proto, ModelContainerSpec). */
import { Type } from 'typebox';
import { duration, strict, text } from './fields.ts';
import { ProbesSchema, ROUTE } from './schema-probes.ts';

function words(description: string, absent: string, example: string[]) {
  return Type.Optional(
    Type.Array(
      Type.String({ maxLength: 10_000, expected: 'text; put numbers and true or false in quotes' }),
      {
        minItems: 1,
        maxItems: 200,
        description,
        absent,
        examples: [example],
      },
    ),
  );
}

/** Fields of `serving` about the container. */
export const CONTAINER_FIELDS = {
  command: words(
    'What runs in the container, instead of the `ENTRYPOINT` of its image; its `CMD` is then ignored too. `$(NAME)` stands for a variable of `env` or of Vertex AI.',
    'the `ENTRYPOINT` of the image',
    ['mlserver', 'start', '/mnt/models'],
  ),
  args: words(
    'Arguments of the command, instead of the `CMD` of the image. `$(NAME)` stands for a variable, such as `$(AIP_HTTP_PORT)` or `$(AIP_STORAGE_URI)`.',
    'the `CMD` of the image',
    ['--port=$(AIP_HTTP_PORT)', '--model=$(AIP_STORAGE_URI)'],
  ),
  port: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65_535,
      description:
        'The port on which the container answers predictions and health checks (`AIP_HTTP_PORT` in the container). For images that listen on a port of their own, whatever Vertex AI says.',
      default: 8080,
      examples: [8000],
    }),
  ),
  grpcPort: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65_535,
      description: 'The port on which the container answers predictions over gRPC, beside `port`.',
      absent: 'no predictions over gRPC',
      examples: [8500],
    }),
  ),
  predictRoute: Type.Optional(
    text(ROUTE, 'a path such as /predict', {
      description: 'The path to which Vertex AI sends predictions (`AIP_PREDICT_ROUTE` in the container).',
      default: '/predict',
      examples: ['/v1/predict'],
    }),
  ),
  healthRoute: Type.Optional(
    text(ROUTE, 'a path such as /health', {
      description:
        'The path that answers 200 once the model is loaded (`AIP_HEALTH_ROUTE` in the container). A deployment fails if it never does.',
      default: '/health',
      examples: ['/healthz'],
    }),
  ),
  invokeRoutePrefix: Type.Optional(
    text(String.raw`^/\*$`, '/*, the only prefix that Vertex AI takes', {
      description:
        'Opens every path of the container to callers, as `ENDPOINT/invoke/PATH`, for servers with an API of their own such as that of OpenAI. Excludes `predictRoute`, and with it batches and the gates that send predictions. Needs `dedicated: true` of the endpoint.',
      absent: 'the path `predictRoute` alone',
      examples: ['/*'],
    }),
  ),
  deploymentTimeout: Type.Optional(
    duration({
      description:
        'How long the deployment of a model may take, 2 hours at most. Longer for models that load for long, shorter to learn of a broken one sooner. Less than `rollout.deadline`.',
      absent: "Vertex AI's own limit",
      examples: ['45m'],
    }),
  ),
  sharedMemoryMb: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 10_000_000,
      description:
        'How much of the memory of the machine is shared memory (`/dev/shm`), for servers whose processes exchange tensors, such as Triton, vLLM and PyTorch with workers.',
      absent: "Vertex AI's own choice",
      unit: 'megabytes',
      examples: [4096],
    }),
  ),
  // AIP_* is Vertex's own (google.cloud.aiplatform.v1.ModelContainerSpec.env).
  env: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^(?!AIP_)[A-Za-z_][A-Za-z0-9_]*$' }),
      Type.String({ expected: 'text; put numbers and true or false in quotes' }),
      {
        ...strict,
        names: 'a name of letters, digits and "_" that does not begin with AIP_, which are Vertex AI\'s own',
        description:
          'Environment variables of the model server, all of them text. Names that begin with `AIP_` belong to Vertex AI. The variables of the predictor are in [predictor.md](predictor.md). Anyone who may read the model can read them: no secrets.',
        absent: 'none',
        examples: [{ SLIPWAY_LOG_LEVEL: 'debug' }],
      },
    ),
  ),
  probes: Type.Optional(ProbesSchema),
};
