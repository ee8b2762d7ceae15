/** The schema of `endpoint` in slipway.yaml: its name alone, or its name with how it is reached and what it logs. */
import { Type } from 'typebox';
import { documented, duration, strict, text } from './fields.ts';
import { PROJECT } from './pattern.ts';

const NAME = { minLength: 1, maxLength: 128, expected: 'a display name of 1 to 128 characters' };
/** endpoint.proto, PredictRequestResponseLoggingConfig: a project, a dataset of it, or a table of that. */
const TABLE = `^bq://${PROJECT.slice(1, -1)}(\\.[A-Za-z0-9_]{1,1024}(\\.[A-Za-z0-9_-]{1,1024})?)?$`;

const RequestLoggingSchema = Type.Object(
  {
    table: text(TABLE, 'bq://PROJECT, bq://PROJECT.DATASET or bq://PROJECT.DATASET.TABLE', {
      description:
        'The table of BigQuery. Vertex AI makes the table, and with a project alone the dataset too. Its service agent needs the right to write there.',
      examples: ['bq://my-project.churn.requests'],
    }),
    sample: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1,
        expected: 'a number above 0, up to 1',
        description: 'The share of the requests that is written. BigQuery bills what is written and stored.',
        default: 1,
        unit: 'share, 1 is 100 %',
        examples: [0.1],
      }),
    ),
    enabled: Type.Optional(
      Type.Boolean({
        description:
          'Whether anything is written. To take the block away changes nothing, `false` ends the logging.',
        default: true,
        examples: [false],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'Writes requests with their answers into BigQuery: to find out what a model was asked, to compare models, to train the next one. Slipway keeps every endpoint so, also one that others have made.',
      'left as it is; a new endpoint logs nothing',
    ),
  },
);

const PrivateServiceConnectSchema = Type.Object(
  {
    projects: Type.Array(
      Type.String({ pattern: PROJECT, expected: 'the ID of a project, such as my-project' }),
      {
        minItems: 1,
        maxItems: 100,
        description: 'The projects whose networks may connect to the endpoint.',
        examples: [['my-callers']],
      },
    ),
  },
  {
    ...strict,
    ...documented(
      'The endpoint answers only through Private Service Connect, in the networks of these projects. Of the gates only `contract` works, because the others send predictions. Set when the endpoint is made.',
      'the endpoint is public, to those who may predict',
    ),
  },
);

export const EndpointBlockSchema = Type.Object(
  {
    name: Type.String({
      ...NAME,
      description: 'The display name of the Vertex AI endpoint.',
      examples: ['churn'],
    }),
    dedicated: Type.Optional(
      Type.Boolean({
        description:
          'Whether the endpoint has a host of its own: requests of up to 10 MB and an hour, and no quota that is shared with others. Google recommends it. Callers then ask that host, `slipway status` names it, and the shared one answers no more. Set when the endpoint is made.',
        absent: 'left as it is; a new endpoint is at the shared host of the region',
        examples: [true],
      }),
    ),
    timeout: Type.Optional(
      duration({
        description:
          'How long a prediction may take, an hour at most. Needs `dedicated: true` or `privateServiceConnect`: at the shared host it is a minute. Slipway keeps every endpoint so, also one that others have made.',
        absent: "left as it is; Vertex AI's own limit is 10 minutes",
        examples: ['20m'],
      }),
    ),
    requestLogging: Type.Optional(RequestLoggingSchema),
    privateServiceConnect: Type.Optional(PrivateServiceConnectSchema),
  },
  strict,
);

export const EndpointSchema = Type.Union([Type.String(NAME), EndpointBlockSchema], {
  expected: 'a display name, or an object with name',
  description:
    'The display name of the Vertex AI endpoint, or a block with `name`. Slipway creates it if there is none. One service has one endpoint.',
  examples: ['churn', { name: 'churn', dedicated: true }],
});

export type EndpointFile = Type.Static<typeof EndpointSchema>;
