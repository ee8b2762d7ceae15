/** The module as others use it: several times over, on an installation from before it, and with the next archive. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { FUNCTION_NODE_OPTIONS } from '../../common/node-options.ts';
import { loadConfig } from '../../functions/config/config.ts';
import { TERRAFORM } from '../../scripts/terraform/modules.ts';
import {
  copyWorkspace,
  openFolder,
  openWorkspace,
  TERRAFORM_FOUND,
  WHY,
  type Workspace,
} from './workspace.ts';

const IMAGE = 'us-central1-docker.pkg.dev/my-project/slipway/predictor';
const IMAGES = `-var=images=${JSON.stringify({ [IMAGE]: `${IMAGE}@sha256:${'0'.repeat(64)}` })}`;

const Change = Type.Object({
  address: Type.String(),
  type: Type.String(),
  change: Type.Object({
    actions: Type.Array(Type.String()),
    after: Type.Union([Type.Null(), Type.Record(Type.String(), Type.Unknown())]),
  }),
});
const WithEnvironment = Type.Object({
  service_config: Type.Array(
    Type.Object({ environment_variables: Type.Record(Type.String(), Type.String()) }),
  ),
});
const Changes = Type.Object({ resource_changes: Type.Array(Change) });

async function changes(workspace: Workspace, ...vars: string[]): Promise<Static<typeof Change>[]> {
  await workspace.succeed('plan', '-no-color', '-out=plan', ...vars);
  const text = await workspace.succeed('show', '-json', 'plan');
  return Value.Parse(Changes, JSON.parse(text)).resource_changes;
}

/** What in a plan is not left as it is: address and actions. */
function changed(planned: readonly Static<typeof Change>[]): string[] {
  return planned
    .filter(({ change }) => !['no-op', 'read'].includes(change.actions.join()))
    .map(({ address, change }) => `${address} ${change.actions.join(', ')}`);
}

describe.skipIf(!TERRAFORM_FOUND)(`an installation (${WHY})`, { timeout: 300_000 }, () => {
  let installed: Workspace;
  let workspace: Workspace;
  beforeAll(async () => {
    installed = await openWorkspace();
    await installed.succeed('init', '-no-color', '-input=false');
    await installed.succeed('apply', '-no-color', '-auto-approve', IMAGES, '-var=manage_endpoints=true');
  }, 300_000);
  afterAll(() => installed.close());
  beforeEach(async () => {
    workspace = await copyWorkspace(installed);
  });
  afterEach(() => workspace.close());

  test('from before the module is kept as it is', async () => {
    const path = join(workspace.folder, 'terraform.tfstate');
    const state: {
      resources: { type: string; name: string; module?: string; instances: { index_key?: unknown }[] }[];
    } = JSON.parse(readFileSync(path, 'utf8'));
    // What has come since, and the one resource that had no index.
    state.resources = state.resources.filter(
      ({ type, name }) =>
        !/^(time_|terraform_)/.test(type) &&
        !/^(service_stopped|call_refused|left_deployed|vertex_agent)$/.test(name),
    );
    for (const resource of state.resources) {
      delete resource.module;
      for (const instance of resource.instances) if (instance.index_key === 0) delete instance.index_key;
    }
    writeFileSync(path, JSON.stringify(state));

    const planned = await changes(workspace, IMAGES, '-var=manage_endpoints=true');
    const lost = planned.filter(({ change }) => change.actions.includes('delete'));
    expect(lost.map(({ address }) => address)).toEqual([]);
    const made = planned.filter(({ change }) => change.actions.includes('create'));
    expect(made.map(({ type }) => type).toSorted()).toEqual([
      'google_monitoring_alert_policy',
      'google_monitoring_alert_policy',
      'google_monitoring_alert_policy',
      'google_storage_bucket_iam_member',
      'terraform_data',
      'time_sleep',
      'time_sleep',
    ]);
  });

  test('with a new archive uploads it before the old one goes, which stays in the bucket', async () => {
    writeFileSync(join(workspace.folder, '../dist/functions.zip'), 'the next one');
    const planned = await changes(workspace, IMAGES, '-var=manage_endpoints=true');
    expect(changed(planned)).toEqual([
      ...['on-artifact', 'on-request', 'on-tick'].map(
        (key) => `module.slipway.google_cloudfunctions2_function.this["${key}"] update`,
      ),
      'module.slipway.google_storage_bucket_object.source create, delete',
    ]);
    const source = planned.find(({ type }) => type === 'google_storage_bucket_object');
    expect(source?.change.after).toMatchObject({ deletion_policy: 'ABANDON' });
  });

  test('is not taken for that of another project', async () => {
    const path = join(workspace.folder, '../slipway.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace('project: my-project', 'project: staging'));
    const { code, output } = await workspace.run('plan', '-no-color', IMAGES);
    expect(code).toBe(1);
    expect(output.replaceAll(/[\s│]+/g, ' ')).toContain(
      'this state is of my-project, the configuration of staging',
    );
  });

  test('leaves the labels of endpoints to the engine', async () => {
    const planned = await changes(workspace, IMAGES, '-var=manage_endpoints=true', '-var=labels={team="ml"}');
    const touched = changed(planned);
    expect(touched.length).toBeGreaterThan(5);
    expect(touched.filter((change) => change.includes('vertex_ai_endpoint'))).toEqual([]);
  });
});

/** What nothing else in a project may have, or that would be granted twice. */
const IDENTITIES = [
  ['google_artifact_registry_repository', 'repository_id'],
  ['google_cloud_scheduler_job', 'name'],
  ['google_cloudfunctions2_function', 'name'],
  ['google_logging_metric', 'name'],
  ['google_project_iam_custom_role', 'role_id'],
  ['google_pubsub_subscription', 'name'],
  ['google_pubsub_topic', 'name'],
  ['google_service_account', 'account_id'],
  ['google_storage_bucket', 'name'],
] as const;

describe.skipIf(!TERRAFORM_FOUND)(`the module (${WHY})`, { timeout: 300_000 }, () => {
  test('takes for_each: two installations in one project get into each other by no name', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-module-'));
    cpSync(join(TERRAFORM, 'modules'), join(folder, 'modules'), { recursive: true });
    cpSync(join(TERRAFORM, 'tests/fixtures'), folder, { recursive: true });
    writeFileSync(
      join(folder, 'main.tf'),
      `provider "google" {
  project = "my-project"
}

locals {
  onnx = "europe-west4-docker.pkg.dev/my-project/predictors/onnx"
}

module "slipway" {
  source   = "./modules/slipway"
  for_each = {
    slipway    = { file = "full.yaml", existing = [], buckets = {} }
    fraud-team = { file = "second.yaml", existing = ["predictors"], buckets = { my-project-models = { create = false } } }
  }

  name_prefix           = each.key
  config                = yamldecode(file(each.value.file))
  function_archive      = "functions.zip"
  existing_repositories = each.value.existing
  buckets               = each.value.buckets
  images                = { (local.onnx) = "\${local.onnx}@sha256:${'0'.repeat(64)}" }
}
`,
    );
    const workspace = await openFolder(folder);
    await workspace.succeed('init', '-no-color', '-input=false');
    const planned = await changes(workspace);
    await workspace.succeed('apply', '-no-color', 'plan');
    const again = await workspace.run('plan', '-no-color', '-detailed-exitcode');
    workspace.close();
    rmSync(folder, { recursive: true, force: true });

    expect(again).toMatchObject({ code: 0 });
    const twice = IDENTITIES.flatMap(([type, identity]) => {
      const names = planned.filter((one) => one.type === type).map(({ change }) => change.after?.[identity]);
      return names.filter((name, i) => names.indexOf(name) !== i).map((name) => `${type} ${String(name)}`);
    });
    expect(twice).toEqual([]);
    const functions = planned.filter(({ type }) => type === 'google_cloudfunctions2_function');
    expect(functions).toHaveLength(6);
  });

  test('gives the functions an environment that they start with, whatever is asked for', async () => {
    const workspace = await openWorkspace();
    await workspace.succeed('init', '-no-color', '-input=false');
    const key = 'projects/my-keys/locations/us-central1/keyRings/ml/cryptoKeys/slipway';
    const file = join(workspace.folder, '../slipway.yaml');
    const topics = ['requests', 'ticks', 'events', 'artifacts'].map((name) => `  ${name}: ml-${name}\n`);
    writeFileSync(file, `${readFileSync(file, 'utf8')}\ntopics:\n${topics.join('')}`);
    const options = ['-var=name_prefix=ml', `-var=kms_key=${key}`, '-var=labels={team="ml",cost-centre="1"}'];
    const planned = await changes(workspace, IMAGES, ...options);
    const environments = planned
      .filter(({ type }) => type === 'google_cloudfunctions2_function')
      .map(({ change }) => {
        const { service_config: service } = Value.Parse(WithEnvironment, change.after);
        expect(service[0]?.environment_variables['NODE_OPTIONS']).toBe(FUNCTION_NODE_OPTIONS);
        return loadConfig({ ...service[0]?.environment_variables, SLIPWAY_CONFIG: file });
      });
    workspace.close();
    expect(environments).toHaveLength(3);
    for (const { kmsKey, labels, services } of environments) {
      expect(kmsKey).toBe(key);
      expect(Object.fromEntries(labels)).toEqual({
        app: 'slipway',
        installation: 'ml',
        team: 'ml',
        'cost-centre': '1',
      });
      expect([...services.values()].map(({ image }) => image)).toEqual([`${IMAGE}@sha256:${'0'.repeat(64)}`]);
    }
  });
});
