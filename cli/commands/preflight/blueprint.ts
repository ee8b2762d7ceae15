/**
 * What has to be there for a configuration, by the names that Terraform gives it. Everything the checks look for
 * derives from here.
 */
import type { Config, Service } from '../../../functions/config/config.ts';
import {
  accountOf,
  deadLettersOf,
  FUNCTIONS,
  pushAccount,
  type EntryPoint,
  type TopicUse,
} from '../../../common/wiring.ts';
import { parseImage } from './image-reference.ts';
import { USUAL, type Installation } from './installation.ts';
import { bucketOf } from '../../../common/artifact/uri.ts';

export const SERVICES = [
  'aiplatform.googleapis.com',
  'artifactregistry.googleapis.com',
  'cloudbuild.googleapis.com',
  'cloudfunctions.googleapis.com',
  'cloudresourcemanager.googleapis.com',
  'cloudscheduler.googleapis.com',
  'containeranalysis.googleapis.com',
  'iam.googleapis.com',
  'iamcredentials.googleapis.com',
  'logging.googleapis.com',
  'monitoring.googleapis.com',
  'pubsub.googleapis.com',
  'run.googleapis.com',
  'storage.googleapis.com',
] as const;

export const LEDGER_PERMISSIONS = [
  'storage.objects.create',
  'storage.objects.delete',
  'storage.objects.get',
  'storage.objects.list',
];

/** Without endpoints.create, which it needs only where Terraform does not make the endpoints. */
export const ENGINE_PERMISSIONS = [
  'aiplatform.endpoints.deploy',
  'aiplatform.endpoints.get',
  'aiplatform.endpoints.list',
  'aiplatform.endpoints.predict',
  'aiplatform.endpoints.undeploy',
  'aiplatform.endpoints.update',
  'aiplatform.models.delete',
  'aiplatform.models.get',
  'aiplatform.models.list',
  'aiplatform.models.update',
  'aiplatform.models.upload',
  'aiplatform.operations.list',
  'logging.logEntries.list',
  'monitoring.timeSeries.list',
];

/** More of the engine's, where a service has batch prediction. */
export const BATCH_PERMISSIONS = [
  'aiplatform.batchPredictionJobs.cancel',
  'aiplatform.batchPredictionJobs.create',
  'aiplatform.batchPredictionJobs.list',
];

export const PIPELINE_PERMISSIONS = ['aiplatform.pipelineJobs.get'];

/** Google's service agents, by what they are for → the domain of their address. */
const AGENTS = {
  artifactRegistry: 'gcp-sa-artifactregistry',
  functions: 'gcf-admin-robot',
  pubsub: 'gcp-sa-pubsub',
  run: 'serverless-robot-prod',
  storage: 'gs-project-accounts',
  vertex: 'gcp-sa-aiplatform',
} as const;

export interface DeployedFunction {
  /** The key in Terraform, such as on-tick. */
  readonly key: string;
  /** Name of the function, of its Cloud Run service and of its push subscription. */
  readonly name: string;
  /** The topic that wakes it. */
  readonly topic: TopicUse;
  /** What it runs as, and what pushes to it. */
  readonly account: string;
  readonly pushAccount: string;
}

type Batch = NonNullable<Service['batch']>;

export interface BatchPlaces {
  /** Where inputs land: the service, the bucket, and how the names begin. */
  readonly watched: readonly { readonly service: string; readonly bucket: string; readonly prefix: string }[];
  /** Buckets that inputs are read from. */
  readonly inputs: readonly string[];
  /** Buckets of results and of the copies of inputs. */
  readonly outputs: readonly string[];
}

export interface Blueprint {
  readonly config: Config;
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly functions: Readonly<Record<EntryPoint, DeployedFunction>>;
  readonly artifactBuckets: readonly string[];
  /** What services with batch prediction have. */
  readonly batch: BatchPlaces;
  /** Topic, and subscription, of what could not be delivered. */
  readonly deadLetters: string;
  /** `projects/P/locations/L/repositories/R` of images that are in other projects. */
  readonly foreignRepositories: readonly string[];
  /** Google's own accounts, as members of a policy. */
  readonly agents: Readonly<Record<keyof typeof AGENTS, string>>;
}

export function blueprint(
  config: Config,
  projectNumber: string,
  installation: Installation = USUAL,
): Blueprint {
  const { namePrefix } = installation;
  const { project } = config;
  const agent = (name: keyof typeof AGENTS) =>
    `serviceAccount:service-${projectNumber}@${AGENTS[name]}.iam.gserviceaccount.com`;
  const deployed = (entryPoint: EntryPoint): DeployedFunction => {
    const { key, topic } = FUNCTIONS[entryPoint];
    const name = `${namePrefix}-${key}`;
    return {
      key,
      name,
      topic,
      account: accountOf(project, name),
      pushAccount: pushAccount({ project, namePrefix }, key),
    };
  };
  const images = [...config.services.values()].map(({ image }) => parseImage(image));
  const foreign = images.filter((image) => image !== null && image.project !== config.project);
  return {
    config,
    installation,
    projectNumber,
    deadLetters: deadLettersOf(namePrefix),
    foreignRepositories: [...new Set(foreign.flatMap((image) => image?.repository ?? []))],
    functions: {
      onArtifact: deployed('onArtifact'),
      onRequest: deployed('onRequest'),
      onTick: deployed('onTick'),
    },
    artifactBuckets: [
      ...new Set(
        [...config.services.values()].flatMap(({ artifacts }) =>
          [artifacts, ...artifacts.others].map(({ bucket }) => bucket),
        ),
      ),
    ],
    batch: batchPlaces(config),
    agents: {
      artifactRegistry: agent('artifactRegistry'),
      functions: agent('functions'),
      pubsub: agent('pubsub'),
      run: agent('run'),
      storage: agent('storage'),
      vertex: agent('vertex'),
    },
  };
}

/** All that a batch reads, copies to and writes. */
export function bucketsOfBatch(batch: Batch): string[] {
  const inputs = batch.inputs === null ? [] : [batch.inputs.bucket];
  return [...inputs, ...scheduledBucket(batch), ...outputBuckets(batch)];
}

function scheduledBucket({ schedule }: Batch): string[] {
  const bucket = bucketOf(schedule?.input ?? '');
  return bucket === '' ? [] : [bucket];
}

function outputBuckets({ outputs, staging }: Batch): string[] {
  return [
    ...(typeof outputs === 'string' ? [] : [outputs.bucket]),
    ...(staging === null ? [] : [staging.bucket]),
  ];
}

function batchPlaces({ services }: Config): BatchPlaces {
  const batches = [...services.values()].flatMap(({ name, batch }) =>
    batch === null ? [] : [{ name, batch }],
  );
  const watched = batches.flatMap(({ name, batch: { inputs } }) =>
    inputs === null
      ? []
      : [{ service: name, bucket: inputs.bucket, prefix: inputs.name.split('*', 1)[0] ?? '' }],
  );
  const scheduled = batches.flatMap(({ batch }) => scheduledBucket(batch));
  const outputs = batches.flatMap(({ batch }) => outputBuckets(batch));
  return {
    watched,
    inputs: [...new Set([...watched.map(({ bucket }) => bucket), ...scheduled])],
    outputs: [...new Set(outputs)],
  };
}
