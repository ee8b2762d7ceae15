/** Looks at everything a project needs for Slipway, and changes nothing. */
import { Type } from 'typebox';
import type { Config } from '../../../functions/config/config.ts';
import { blueprint } from './blueprint.ts';
import { checkBuckets } from './buckets.ts';
import { checkConsole } from './console.ts';
import { checkEndpoints } from './endpoints.ts';
import { missing, type Finding } from './finding.ts';
import { checkFeatures } from './features.ts';
import { checkFunctions } from './functions.ts';
import { fetchResource, type Send } from './google.ts';
import { checkGrants } from './grants.ts';
import { checkImages } from './images.ts';
import { USUAL, type Installation } from './installation.ts';
import { checkPermissions } from './permissions.ts';
import type { AskDatabase } from './postgres-tables.ts';
import { checkPubsub } from './pubsub.ts';
import { checkQuotas } from './quotas.ts';
import { checkServices } from './services.ts';

/** https://cloud.google.com/resource-manager/reference/rest/v3/projects: `projects/NUMBER`. */
const Project = Type.Object({ name: Type.String({ pattern: '^projects/[0-9]+$' }), state: Type.String() });

/** In the order in which what is missing should be mended. */
const CHECKS = [
  checkServices,
  checkBuckets,
  checkPubsub,
  checkImages,
  checkFunctions,
  checkGrants,
  checkFeatures,
  checkConsole,
  checkPermissions,
  checkEndpoints,
  checkQuotas,
];

/** Rejects if Google cannot be reached or answers what is not documented. */
export async function preflight(
  config: Config,
  send: Send,
  installation: Installation = USUAL,
  ask: AskDatabase = () => Promise.reject(new Error('no database')),
): Promise<Finding[]> {
  const url = `https://cloudresourcemanager.googleapis.com/v3/projects/${config.project}`;
  const project = await fetchResource(send, Project, { url });
  if (project.is !== 'there' || project.value.state !== 'ACTIVE') {
    const detail = project.is === 'hidden' ? project.why : 'is not there, or is being deleted';
    const fix = `gcloud projects describe ${config.project} && gcloud services enable cloudresourcemanager.googleapis.com --project=${config.project}`;
    return [missing('project', config.project, detail, fix)];
  }
  const plan = blueprint(config, project.value.name.split('/')[1] ?? '', installation);
  const found = await Promise.all(CHECKS.map((check) => check(send, plan, ask)));
  return found.flat();
}
