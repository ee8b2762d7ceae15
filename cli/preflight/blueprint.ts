/**
 * What has to be there for a configuration, by the names that Terraform gives it. Everything the checks look for
 * derives from here.
 */
import type { Config } from '../../functions/config.ts';

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

export const PIPELINE_PERMISSIONS = ['aiplatform.pipelineJobs.get'];

export const DEAD_LETTERS = 'slipway-dead-letters';

export interface DeployedFunction {
  /** The key in Terraform, such as on-tick. */
  readonly key: string;
  /** Name of the function, of its Cloud Run service and of its push subscription. */
  readonly name: string;
  /** The topic that wakes it. */
  readonly topic: keyof Config['topics'];
  /** What it runs as, and what pushes to it. */
  readonly account: string;
  readonly pushAccount: string;
}

export interface Blueprint {
  readonly config: Config;
  readonly functions: Readonly<Record<'onArtifact' | 'onRequest' | 'onTick', DeployedFunction>>;
  readonly artifactBuckets: readonly string[];
  /** Google's own accounts, as members of a policy. */
  readonly agents: { readonly pubsub: string; readonly storage: string; readonly vertex: string };
}

export function blueprint(config: Config, projectNumber: string): Blueprint {
  const account = (id: string) => `${id}@${config.project}.iam.gserviceaccount.com`;
  const agent = (domain: string) =>
    `serviceAccount:service-${projectNumber}@${domain}.iam.gserviceaccount.com`;
  const deployed = (key: string, topic: DeployedFunction['topic']): DeployedFunction => ({
    key,
    name: `slipway-${key}`,
    topic,
    account: account(`slipway-${key}`),
    pushAccount: account(`slipway-push-${key}`),
  });
  return {
    config,
    functions: {
      onArtifact: deployed('on-artifact', 'artifacts'),
      onRequest: deployed('on-request', 'requests'),
      onTick: deployed('on-tick', 'ticks'),
    },
    artifactBuckets: [...new Set([...config.services.values()].map(({ artifacts }) => artifacts.bucket))],
    agents: {
      pubsub: agent('gcp-sa-pubsub'),
      storage: agent('gs-project-accounts'),
      vertex: agent('gcp-sa-aiplatform'),
    },
  };
}
