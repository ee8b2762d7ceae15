/** What Google's provider fills in, in the form that Google gives it: others check what they take from there. */
import type { Fields } from './values.ts';

const NUMBER = '123456789012';

/** Path of a computed argument → its value, for a resource or data source of this type with these arguments. */
export function computedOf(type: string, given: Fields, providerProject: string): Fields {
  const text = (name: string) => {
    const value = given[name];
    return typeof value === 'string' ? value : '';
  };
  const project = text('project') || providerProject || 'my-project';
  const located = `projects/${project}/locations/${text('location')}`;
  const inProject = (kind: string, name: string) => ({ id: `projects/${project}/${kind}/${text(name)}` });
  switch (type) {
    case 'google_project':
      return { number: NUMBER, project_id: project };
    case 'google_storage_project_service_account': {
      const email = `service-${NUMBER}@gs-project-accounts.iam.gserviceaccount.com`;
      return { email_address: email, member: `serviceAccount:${email}` };
    }
    case 'google_service_account': {
      const email = `${text('account_id')}@${project}.iam.gserviceaccount.com`;
      const name = `projects/${project}/serviceAccounts/${email}`;
      return { email, member: `serviceAccount:${email}`, name, id: name };
    }
    case 'google_project_iam_custom_role':
      return { ...inProject('roles', 'role_id'), name: `projects/${project}/roles/${text('role_id')}` };
    case 'google_pubsub_topic':
      return inProject('topics', 'name');
    case 'google_pubsub_subscription':
      return inProject('subscriptions', 'name');
    case 'google_artifact_registry_repository':
      return { id: `${located}/repositories/${text('repository_id')}`, name: text('repository_id') };
    case 'google_cloudfunctions2_function':
      return {
        id: `${located}/functions/${text('name')}`,
        'service_config.uri': `https://${text('name')}-a1b2c3d4e5-ew.a.run.app`,
      };
    case 'google_vertex_ai_endpoint':
      return { id: `${located}/endpoints/${text('name')}` };
    case 'google_monitoring_notification_channel':
      return {
        name: `projects/${project}/notificationChannels/1`,
        id: `projects/${project}/notificationChannels/1`,
      };
    default:
      return {};
  }
}
