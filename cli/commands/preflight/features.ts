/**
 * Whether the account that each model server runs as may read the service's feature store and stored predictions
 * (terraform's iam-features.tf).
 */
import type { StoreSettings } from '../../../common/artifact/feature-settings.ts';
import type { Service } from '../../../functions/config/config.ts';
import type { Blueprint } from './blueprint.ts';
import { missing, terraform, type Finding } from './finding.ts';
import type { Send } from './google.ts';
import { checkPolicy } from './grants.ts';
import { bucketPolicy, projectPolicy, type Guarded } from './wanted-grants.ts';

export async function checkFeatures(send: Send, plan: Blueprint): Promise<Finding[]> {
  const found = [...plan.config.services.values()].map(async ({ name, features, serving, batch }) => {
    const store =
      features === null || !needsAccount(features.settings.store) ? null : features.settings.store;
    const results = publishedBelow(batch);
    if (store === null && results === null) return [];
    if (serving.serviceAccount === null) return [withoutAccount(name, store === null)];
    const member = `serviceAccount:${serving.serviceAccount}`;
    const wanted = [
      ...(store === null ? [] : guardedBy(plan, name, store, member)),
      ...(results === null ? [] : [readerOf(results.bucket, 'stored', name, member)]),
    ];
    return (await Promise.all(wanted.map((guarded) => checkPolicy(send, guarded)))).flat();
  });
  return (await Promise.all(found)).flat();
}

function publishedBelow(batch: Service['batch']): { readonly bucket: string } | null {
  return batch === null || batch.publish === null || typeof batch.outputs === 'string' ? null : batch.outputs;
}

/** Another server's own password, or none, is no matter of IAM. */
function needsAccount(store: StoreSettings): boolean {
  if (store.kind === 'feast') return store.authentication === 'idToken';
  return store.kind !== 'postgres' || store.instance !== null || store.passwordSecret !== null;
}

/** Without an account of its own a container may not use the project (DeployedModel.service_account, endpoint.proto). */
function withoutAccount(service: string, isOfResults: boolean): Finding {
  return missing(
    'features',
    service,
    `reads ${isOfResults ? 'stored predictions' : 'features'}, and its model server runs as no account of yours`,
    `set services.${service}.serving.serviceAccount in slipway.yaml`,
  );
}

function guardedBy(
  { config, installation }: Blueprint,
  service: string,
  store: StoreSettings,
  member: string,
): Guarded[] {
  const ofProject = (project: string, role: string, key: string): Guarded => ({
    resource: `project ${project}`,
    policy: projectPolicy(project),
    grants: [{ role, member, fix: terraform(`google_project_iam_member.features["${service}/${key}"]`) }],
  });
  switch (store.kind) {
    case 'sqlite':
      return [readerOf(store.uri.split('/')[2] ?? '', 'features', service, member)];
    case 'firestore':
      return [ofProject(store.project, 'roles/datastore.viewer', 'firestore')];
    case 'postgres': {
      const project = (store.instance ?? '').split(':').slice(0, -2).join(':');
      const roles = ['roles/cloudsql.client', 'roles/cloudsql.instanceUser'];
      const [, secretProject = ''] = (store.passwordSecret ?? '').split('/');
      return [
        ...(store.instance === null ? [] : roles.map((role) => ofProject(project, role, role))),
        ...(store.passwordSecret === null
          ? []
          : [ofProject(secretProject, 'roles/secretmanager.secretAccessor', 'secret')]),
      ];
    }
    case 'vertex': {
      const prefix = installation.namePrefix.replaceAll('-', '_');
      const role = `projects/${config.project}/roles/${prefix}Features${installation.roleIdSuffix}`;
      return [ofProject(store.project, role, 'vertex')];
    }
    case 'feast':
      return [];
    default:
      return store satisfies never;
  }
}

/** `address`: of the grant in Terraform. */
function readerOf(bucket: string, address: 'features' | 'stored', service: string, member: string): Guarded {
  const fix = terraform(`google_storage_bucket_iam_member.${address}["${service}"]`);
  const role = 'roles/storage.objectViewer';
  return { resource: `bucket ${bucket}`, policy: bucketPolicy(bucket), grants: [{ role, member, fix }] };
}
