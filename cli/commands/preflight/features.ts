/**
 * Whether the feature store of each service is there, and whether the account that its model server runs as may read
 * store and stored predictions (terraform's iam-features.tf).
 */
import type { FeatureSettings, StoreSettings } from '../../../common/artifact/feature-settings.ts';
import type { Service } from '../../../functions/config/config.ts';
import type { Blueprint } from './blueprint.ts';
import { checkStore } from './feature-stores.ts';
import { missing, terraform, type Finding } from './finding.ts';
import type { Send } from './google.ts';
import { checkPolicy } from './grants.ts';
import { checkTables, type AskDatabase } from './postgres-tables.ts';
import { bucketPolicy, projectPolicy, type Guarded } from './wanted-grants.ts';

export async function checkFeatures(send: Send, plan: Blueprint, ask: AskDatabase): Promise<Finding[]> {
  const found = [...plan.config.services.values()].map(async ({ name, features, serving, batch }) => {
    const stored = features === null ? [] : await checkStored(send, ask, name, features.settings);
    const store =
      features === null || !needsAccount(features.settings.store) ? null : features.settings.store;
    const results = publishedBelow(batch);
    if (store === null && results === null) return stored;
    if (serving.serviceAccount === null) return [withoutAccount(name, store === null), ...stored];
    const member = `serviceAccount:${serving.serviceAccount}`;
    const wanted = [
      ...(store === null ? [] : guardedBy(plan, name, store, member)),
      ...(results === null ? [] : [readerOf(results.bucket, 'stored', name, member)]),
    ];
    const granted = await Promise.all(wanted.map((guarded) => checkPolicy(send, guarded)));
    return [...granted.flat(), ...stored];
  });
  return (await Promise.all(found)).flat();
}

/** The store itself, and its tables where it says who may read them. */
async function checkStored(
  send: Send,
  ask: AskDatabase,
  service: string,
  { store, views }: FeatureSettings,
): Promise<Finding[]> {
  const tables = store.kind === 'postgres' ? checkTables(ask, service, store, views) : [];
  return (await Promise.all([checkStore(send, service, store), tables])).flat();
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
