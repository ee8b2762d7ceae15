/** The console for a team, where one is asked for: its service behind Identity-Aware Proxy, and what it may read. */
import { Type } from 'typebox';
import type { Blueprint } from './blueprint.ts';
import { accountOf } from '../../../common/wiring.ts';
import { missing, ok, terraform, unknown, type Finding } from './finding.ts';
import { fetchResource, type Send } from './google.ts';
import { checkPolicy } from './grants.ts';
import { bucketPolicy, projectPolicy, runPolicy, type Guarded } from './wanted-grants.ts';

const IAP = 'iap.googleapis.com';

/** https://cloud.google.com/service-usage/docs/reference/rest/v1/services/get */
const Enabled = Type.Object({ state: Type.Optional(Type.String()) });

/** https://cloud.google.com/run/docs/reference/rest/v2/projects.locations.services */
const RunService = Type.Object({
  iapEnabled: Type.Optional(Type.Boolean()),
  terminalCondition: Type.Optional(
    Type.Object({ state: Type.Optional(Type.String()), message: Type.Optional(Type.String()) }),
  ),
});

export async function checkConsole(send: Send, plan: Blueprint): Promise<Finding[]> {
  if (!plan.installation.console) return [];
  const [api, service, ...grants] = await Promise.all([
    checkApi(send, plan),
    checkService(send, plan),
    ...guardedBy(plan).map((guarded) => checkPolicy(send, guarded)),
  ]);
  return [api, service, ...grants.flat()];
}

async function checkApi(send: Send, { config }: Blueprint): Promise<Finding> {
  const url = `https://serviceusage.googleapis.com/v1/projects/${config.project}/services/${IAP}`;
  const found = await fetchResource(send, Enabled, { url });
  if (found.is === 'hidden') return unknown('service', IAP, found.why);
  if (found.is === 'there' && found.value.state === 'ENABLED') return ok('service', IAP);
  return missing(
    'service',
    IAP,
    'is not enabled',
    `gcloud services enable ${IAP} --project=${config.project}`,
  );
}

async function checkService(send: Send, { config, installation }: Blueprint): Promise<Finding> {
  const name = `${installation.namePrefix}-console`;
  const fix = terraform('google_cloud_run_v2_service.console["this"]');
  const url = `https://run.googleapis.com/v2/projects/${config.project}/locations/${config.region}/services/${name}`;
  const found = await fetchResource(send, RunService, { url });
  if (found.is === 'hidden') return unknown('console', name, found.why);
  if (found.is === 'absent')
    return missing('console', name, 'is not deployed: set console in Terraform', fix);
  const { iapEnabled = false, terminalCondition: { state = 'unknown', message = '' } = {} } = found.value;
  if (!iapEnabled) return missing('console', name, 'is not behind Identity-Aware Proxy', fix);
  if (state !== 'CONDITION_SUCCEEDED') return missing('console', name, `is ${state} ${message}`.trim(), fix);
  return ok('console', name);
}

function guardedBy({ config, installation, projectNumber, artifactBuckets }: Blueprint): Guarded[] {
  const { namePrefix, roleIdSuffix } = installation;
  const name = `${namePrefix}-console`;
  const member = `serviceAccount:${accountOf(config.project, name)}`;
  const own = `projects/${config.project}/roles/${namePrefix.replaceAll('-', '_')}Console${roleIdSuffix}`;
  const agent = `serviceAccount:service-${projectNumber}@gcp-sa-iap.iam.gserviceaccount.com`;
  return [
    {
      resource: `console ${name}`,
      policy: runPolicy(config, name),
      grants: [
        {
          role: 'roles/run.invoker',
          member: agent,
          fix: `gcloud beta services identity create --service=${IAP} --project=${config.project} && ${terraform('google_cloud_run_v2_service_iam_member.console["this"]')}`,
        },
      ],
    },
    {
      resource: `project ${config.project}`,
      policy: projectPolicy(config.project),
      grants: [{ role: own, member, fix: terraform('google_project_iam_member.console["this"]') }],
    },
    ...[...new Set([config.stateBucket, ...artifactBuckets])].map((bucket) => ({
      resource: `bucket ${bucket}`,
      policy: bucketPolicy(bucket),
      grants: [
        {
          role: 'roles/storage.objectViewer',
          member,
          fix: terraform(`google_storage_bucket_iam_member.console["${bucket}"]`),
        },
      ],
    })),
  ];
}
