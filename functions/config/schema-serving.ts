/** The schema of `serving` in slipway.yaml: the machines, the container and its environment. */
import { Type } from 'typebox';
import { documented, strict, text } from './fields.ts';

const ROUTE = '^/[A-Za-z0-9._~/:-]*$';
export const MACHINE_TYPE = '^[a-z0-9]+-[a-z0-9-]+$';
/** Also those of Compute Engine and App Engine, and of projects of a domain. */
export const SERVICE_ACCOUNT = {
  pattern: '^[a-z0-9][a-z0-9.-]*@[a-z0-9.-]+\\.gserviceaccount\\.com$',
  expected: 'the address of a service account, NAME@PROJECT.iam.gserviceaccount.com',
};

export const AcceleratorSchema = Type.Object(
  {
    // Checked against the list of accelerators.ts.
    type: Type.String({
      expected: 'an accelerator such as NVIDIA_TESLA_T4',
      description:
        'The accelerator, by its name in the Vertex AI API. The region and `machineType` have to offer it.',
      examples: ['NVIDIA_TESLA_T4'],
    }),
    count: Type.Integer({
      minimum: 1,
      maximum: 16,
      description: 'How many accelerators each replica has.',
      unit: 'accelerators',
      examples: [1],
    }),
  },
  {
    ...strict,
    ...documented('Accelerators of each replica. The predictor of this repository uses none.', 'none'),
  },
);

export const ServingSchema = Type.Object(
  {
    machineType: Type.Optional(
      text(MACHINE_TYPE, 'a machine type such as n1-standard-2', {
        description:
          'The Compute Engine machine type of each replica. Vertex AI decides which ones it offers.',
        default: 'n1-standard-2',
        examples: ['n1-standard-4'],
      }),
    ),
    minReplicas: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'How many replicas always run. Each is billed, also without traffic.',
        default: 1,
        unit: 'replicas',
        examples: [2],
      }),
    ),
    maxReplicas: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: 'How many replicas Vertex AI may start under load. At least `minReplicas`.',
        absent: 'the value of `minReplicas`',
        unit: 'replicas',
        examples: [4],
      }),
    ),
    accelerator: Type.Optional(AcceleratorSchema),
    serviceAccount: Type.Optional(
      text(SERVICE_ACCOUNT.pattern, SERVICE_ACCOUNT.expected, {
        description:
          'The service account that the model server runs as. Terraform grants Slipway and Vertex AI the right to use it.',
        absent: "Vertex AI's own account",
        examples: ['churn-serving@my-project.iam.gserviceaccount.com'],
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
    // AIP_* is Vertex's own (google.cloud.aiplatform.v1.ModelContainerSpec.env).
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^(?!AIP_)[A-Za-z_][A-Za-z0-9_]*$' }),
        Type.String({ expected: 'text; put numbers and true or false in quotes' }),
        {
          ...strict,
          names:
            'a name of letters, digits and "_" that does not begin with AIP_, which are Vertex AI\'s own',
          description:
            'Environment variables of the model server, all of them text. Names that begin with `AIP_` belong to Vertex AI. The variables of the predictor are in [predictor.md](predictor.md). Anyone who may read the model can read them: no secrets.',
          absent: 'none',
          examples: [{ SLIPWAY_LOG_LEVEL: 'debug' }],
        },
      ),
    ),
  },
  {
    ...strict,
    ...documented('What serves the model: machines, container routes, environment.', 'every default below'),
  },
);
