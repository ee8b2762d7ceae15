/** The schema of `features` in slipway.yaml: the store that the predictor reads features from, and its views. */
import { Type } from 'typebox';
import { VALUE_TYPES } from '../../common/artifact/values.ts';
import { documented, duration, strict, text } from './fields.ts';
import { PROJECT } from './pattern.ts';

const NAME = '^[A-Za-z_][A-Za-z0-9_]{0,63}$';
const KINDS = ['sqlite', 'firestore', 'postgres', 'vertex', 'feast'] as const;

/** Which field is of which kind of store: checked in features.ts, which names both. */
export const StoreSchema = Type.Object(
  {
    kind: Type.Enum(KINDS, {
      description:
        'The kind of store: a SQLite file in a bucket, Firestore, PostgreSQL (also of Cloud SQL), Vertex AI Feature Store, or a feature server of Feast.',
      examples: ['sqlite'],
    }),
    uri: Type.Optional(
      text('^gs://[^/]+/.+', 'gs://BUCKET/OBJECT', {
        description: 'Where the file of `sqlite` is. Required for it, as in no other kind.',
        absent: 'none',
        examples: ['gs://my-project-features/churn.sqlite'],
      }),
    ),
    refresh: Type.Optional(
      duration({
        description: 'How often the predictor looks for a newer file of `sqlite`.',
        absent: 'a minute',
        examples: ['5m'],
      }),
    ),
    project: Type.Optional(
      text(PROJECT, 'the ID of a project', {
        description: 'The project of `firestore` or `vertex`.',
        absent: 'the project of Slipway',
        examples: ['my-project'],
      }),
    ),
    database: Type.Optional(
      text('^[A-Za-z_(][A-Za-z0-9_()-]{0,62}$', 'the name of a database', {
        description: 'The database of `firestore` or `postgres`; required for `postgres`.',
        absent: '`(default)` of Firestore',
        examples: ['features'],
      }),
    ),
    instance: Type.Optional(
      text('^[a-z0-9.:-]+:[a-z0-9-]+:[a-z0-9-]+$', 'PROJECT:REGION:INSTANCE', {
        description: 'The Cloud SQL instance of `postgres`. Either this or `host`.',
        absent: 'none',
        examples: ['my-project:us-central1:shop'],
      }),
    ),
    host: Type.Optional(
      text('^[A-Za-z0-9.:-]{1,253}$', 'a host name or address', {
        description:
          'The host of `postgres`, where it is not Cloud SQL. The connection is encrypted, except to this machine.',
        absent: 'none',
        examples: ['db.example.com'],
      }),
    ),
    port: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 65_535,
        description: 'The port at the `host`.',
        absent: '5432',
        examples: [5433],
      }),
    ),
    user: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 128,
        expected: 'the name of a user',
        description: 'The user of `postgres`. Of an `instance` without `passwordSecret` it signs in by IAM.',
        absent: 'none',
        examples: ['churn-serving@my-project.iam'],
      }),
    ),
    passwordSecret: Type.Optional(
      text(
        '^projects/[^/]+/secrets/[A-Za-z0-9_-]{1,255}/versions/[A-Za-z0-9-]+$',
        'projects/PROJECT/secrets/SECRET/versions/VERSION',
        {
          description:
            'The secret of Secret Manager that holds the password of `user`. A password itself never stands here.',
          absent: 'none: IAM for an `instance`, no password for a `host`',
          examples: ['projects/my-project/secrets/shop-password/versions/latest'],
        },
      ),
    ),
    region: Type.Optional(
      text('^[a-z]+-[a-z]+[0-9]+$', 'a region such as us-central1', {
        description: 'The region of the online store of `vertex`.',
        absent: 'the region of the service',
        examples: ['europe-west1'],
      }),
    ),
    featureOnlineStore: Type.Optional(
      text('^[a-z][a-z0-9_]{0,59}$', 'the ID of a FeatureOnlineStore', {
        description: 'The online store of `vertex`. Required for it.',
        absent: 'none',
        examples: ['shop'],
      }),
    ),
    url: Type.Optional(
      text('^https?://[^/?#\\s@]+(?:/[^?#\\s]*)?$', 'an address such as https://feast.example.com', {
        description: 'Where the feature server of `feast` answers. Required for it.',
        absent: 'none',
        examples: ['https://feast-abc-uc.a.run.app'],
      }),
    ),
    authentication: Type.Optional(
      Type.Enum(['none', 'idToken'] as const, {
        description:
          'How the predictor signs in at the feature server of `feast`: not at all, or with an ID token of its service account, as Cloud Run asks for.',
        absent: '`none`',
        examples: ['idToken'],
      }),
    ),
  },
  { ...strict, ...documented('The store.') },
);

export const ViewSchema = Type.Object(
  {
    key: Type.Array(
      text(NAME, 'the name of a field of the request', { description: 'A field.', examples: [] }),
      {
        minItems: 1,
        maxItems: 8,
        description:
          "The request fields that make the view's key, in order. Columns of the store have the same names.",
        examples: [['customer_id']],
      },
    ),
    table: Type.Optional(
      text('^[A-Za-z_][A-Za-z0-9_.-]{0,62}(?:\\{version\\}[A-Za-z0-9_.-]{0,62})?$', 'the name of a table', {
        description:
          'The table or view (SQLite, PostgreSQL), collection (Firestore) or feature view (Vertex AI, Feast). `{version}` stands for the version that `features.json` states of the view.',
        absent: 'the name of the view',
        examples: ['customer_v{version}'],
      }),
    ),
    time: Type.Optional(
      text(NAME, 'the name of a column', {
        description: 'The column that says when a row was true. `maxAge` in `features.json` needs it.',
        absent: 'none, or what the store itself says (Vertex AI, Feast)',
        examples: ['updated_at'],
      }),
    ),
    features: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^.{1,128}$' }),
        Type.Enum(VALUE_TYPES, { description: 'The type.', examples: ['number'] }),
        {
          ...strict,
          minProperties: 1,
          maxProperties: 2_000,
          names: 'a name of 1 to 128 characters',
          description:
            'The features of the view, with their types. A model that asks for another one is refused before its upload.',
          absent: 'not checked before the predictor starts',
          examples: [{ orders_30d: 'integer', country: 'string' }],
        },
      ),
    ),
  },
  strict,
);

const CacheSchema = Type.Object(
  {
    ttl: duration({
      description: 'How long a row that was read may answer further requests.',
      examples: ['10s'],
    }),
    maxRows: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 10_000_000,
        description: 'How many rows are kept, the most recently used ones.',
        default: 10_000,
        unit: 'rows',
        examples: [100_000],
      }),
    ),
  },
  { ...strict, ...documented('Rows that the predictor keeps in its memory.', 'no cache') },
);

export const FeaturesSchema = Type.Object(
  {
    store: StoreSchema,
    views: Type.Record(Type.String({ pattern: '^(?!request$)[A-Za-z_][A-Za-z0-9_]{0,63}$' }), ViewSchema, {
      ...strict,
      minProperties: 1,
      maxProperties: 64,
      names: 'a name of up to 64 letters, digits and "_", other than request',
      ...documented('The views of the store, by the name that `features.json` uses.'),
    }),
    timeout: Type.Optional(
      text('^[1-9][0-9]{0,5}(ms|s)$', 'a duration such as 50ms or 1s', {
        description: 'How long a look-up may take. After that the store counts as `unavailable`.',
        default: '50ms',
        examples: ['100ms'],
      }),
    ),
    cache: Type.Optional(CacheSchema),
    missing: Type.Optional(
      Type.Enum(['default', 'refuse'] as const, {
        description:
          'A row or value that the store does not have: `default` takes the default of `features.json` and refuses the instance where there is none; `refuse` always refuses it.',
        default: 'default',
        examples: ['refuse'],
      }),
    ),
    stale: Type.Optional(
      Type.Enum(['serve', 'default', 'refuse'] as const, {
        description:
          'A value older than its `maxAge`: `serve` uses and counts it; the others as in `missing`.',
        default: 'serve',
        examples: ['default'],
      }),
    ),
    unavailable: Type.Optional(
      Type.Enum(['default', 'refuse'] as const, {
        description:
          'A store that fails or exceeds `timeout`: `default` takes the defaults of `features.json`, and answers 503 where there is none; `refuse` always answers 503.',
        default: 'refuse',
        examples: ['default'],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'Where the predictor finds features by key; [features.md](features.md). Needs `interface`.',
      'none: a request has all that the model takes',
    ),
  },
);

export type FeaturesFile = Type.Static<typeof FeaturesSchema>;
