/** The schema of what serves a model beside its container: accelerators, replicas, capacity, logs. */
import { Type } from 'typebox';
import { documented, strict, text } from './fields.ts';

export const MACHINE_TYPE = '^[a-z0-9]+-[a-z0-9-]+$';
/** Also those of Compute Engine and App Engine, and of projects of a domain. */
export const SERVICE_ACCOUNT = {
  pattern: '^[a-z0-9][a-z0-9.-]*@[a-z0-9.-]+\\.gserviceaccount\\.com$',
  expected: 'the address of a service account, NAME@PROJECT.iam.gserviceaccount.com',
};
export const RESERVATION = '^projects/([a-z0-9.:-]+)/zones/([a-z0-9-]+)/reservations/([a-z0-9-]+)$';

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
    // machine_resources.proto, MachineSpec.gpu_partition_size.
    partition: Type.Optional(
      text('^[1-9][0-9]*g\\.[1-9][0-9]*gb$', 'a partition size such as 1g.10gb', {
        description:
          'The size of the partitions that an NVIDIA GPU is cut into, so that one GPU serves several small replicas. Needs `count: 1`, and a size that the GPU offers.',
        absent: 'whole GPUs',
        examples: ['1g.10gb'],
      }),
    ),
  },
  {
    ...strict,
    ...documented('Accelerators of each replica. The predictor of this repository uses none.', 'none'),
  },
);

function percent(description: string) {
  return Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 100,
      description,
      absent: "60, Vertex AI's own",
      unit: 'percent',
      examples: [75],
    }),
  );
}

/** machine_resources.proto, AutoscalingMetricSpec. */
const AutoscalingSchema = Type.Object(
  {
    cpu: percent('The CPU utilization that replicas are added above, and removed below.'),
    accelerator: percent('The duty cycle of the accelerators, in the same way. Needs `accelerator`.'),
    requestsPerMinute: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1_000_000_000,
        description:
          'The requests that each replica answers in a minute. For models whose load shows neither on the CPU nor on an accelerator, as of those that wait for others.',
        absent: 'requests are not counted',
        unit: 'requests',
        examples: [1200],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'What the number of replicas follows, between `minReplicas` and `maxReplicas`. A lower target leaves more room for sudden load, and costs more.',
      'CPU, and accelerators if there are any, each at 60 %',
    ),
  },
);

/** Fields of `serving` about machines and replicas. */
export const MACHINE_FIELDS = {
  machineType: Type.Optional(
    text(MACHINE_TYPE, 'a machine type such as n1-standard-2', {
      description: 'The Compute Engine machine type of each replica. Vertex AI decides which ones it offers.',
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
  requiredReplicas: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 1000,
      description:
        'How many replicas have to run before a deployment counts as done; the others follow. At most `minReplicas`. With 1, a candidate gets its first traffic sooner where accelerators are scarce.',
      absent: 'the value of `minReplicas`',
      unit: 'replicas',
      examples: [1],
    }),
  ),
  accelerator: Type.Optional(AcceleratorSchema),
  autoscaling: Type.Optional(AutoscalingSchema),
  spot: Type.Optional(
    Type.Boolean({
      description:
        'Whether replicas are Spot VMs: cheaper, and taken away by Google at any time. For endpoints that may fail for minutes, such as those of tests.',
      default: false,
      examples: [true],
    }),
  ),
  reservation: Type.Optional(
    text(`^(any|none)$|${RESERVATION}`, 'any, none or projects/PROJECT/zones/ZONE/reservations/NAME', {
      description:
        'The reservation of Compute Engine that replicas take their machines from: `any` that fits, with others if it is used up; `none`; or this one alone.',
      absent: "Vertex AI's own choice",
      examples: ['projects/my-project/zones/us-central1-a/reservations/l4s'],
    }),
  ),
  tpuTopology: Type.Optional(
    text('^[1-9][0-9]*(x[1-9][0-9]*){1,2}$', 'a topology such as 2x2 or 2x2x1', {
      description: 'How the TPU chips of a replica are connected. Needs a machine type with TPUs.',
      absent: 'none',
      examples: ['2x2'],
    }),
  ),
  containerLogging: Type.Optional(
    Type.Boolean({
      description:
        'Whether what the container prints goes to Cloud Logging, which bills it. Without it `slipway why` and the outcomes of failed releases cannot say what the model server said.',
      default: true,
      examples: [false],
    }),
  ),
  accessLogging: Type.Optional(
    Type.Boolean({
      description:
        'Whether each request leaves a line in Cloud Logging, with its time and latency. Billed by the line: for endpoints with few requests.',
      default: false,
      examples: [true],
    }),
  ),
  serviceAccount: Type.Optional(
    text(SERVICE_ACCOUNT.pattern, SERVICE_ACCOUNT.expected, {
      description:
        'The service account that the model server runs as. Terraform grants Slipway and Vertex AI the right to use it.',
      absent: "Vertex AI's own account",
      examples: ['churn-serving@my-project.iam.gserviceaccount.com'],
    }),
  ),
};
