/** What the real terraform makes of terraform/, with the slipway.yaml of the repository. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_TOPICS } from '../../common/wiring.ts';
import { described, entryPointOf, installationOf, planned } from './wiring.ts';
import { openWorkspace, TERRAFORM_FOUND, WHY, type Workspace } from './workspace.ts';

const IMAGE = 'us-central1-docker.pkg.dev/my-project/slipway/predictor';
const IMAGES = `-var=images=${JSON.stringify({ [IMAGE]: `${IMAGE}@sha256:${'0'.repeat(64)}` })}`;

const Resource = Type.Object({
  address: Type.String(),
  type: Type.String(),
  values: Type.Record(Type.String(), Type.Unknown()),
});
const Module = Type.Object({ address: Type.String(), resources: Type.Array(Resource) });
const Plan = Type.Object({
  planned_values: Type.Object({ root_module: Type.Object({ child_modules: Type.Array(Module) }) }),
  configuration: Type.Object({
    root_module: Type.Object({
      module_calls: Type.Object({
        slipway: Type.Object({
          module: Type.Object({
            resources: Type.Array(
              Type.Object({
                address: Type.String(),
                depends_on: Type.Optional(Type.Array(Type.String())),
              }),
            ),
          }),
        }),
      }),
    }),
  }),
});

const State = Type.Object({
  values: Type.Object({ root_module: Type.Object({ child_modules: Type.Array(Module) }) }),
});
const DeployedFunction = Type.Object({
  name: Type.String(),
  service_config: Type.Array(Type.Object({ uri: Type.String() })),
});

const MODULE = 'module.slipway';

/** Addresses as they are within the module. */
function withoutModule(resource: Static<typeof Resource>): Static<typeof Resource> {
  return { ...resource, address: resource.address.replace(`${MODULE}.`, '') };
}

describe.skipIf(!TERRAFORM_FOUND)(`terraform (${WHY})`, { timeout: 400_000 }, () => {
  let workspace: Workspace;
  let resources: Static<typeof Resource>[];
  /** By address: what the module's files say that it waits for. */
  let waits: ReadonlyMap<string, readonly string[]>;

  beforeAll(async () => {
    workspace = await openWorkspace();
    await workspace.succeed('init', '-no-color', '-input=false');
    await workspace.succeed('plan', '-no-color', IMAGES, '-out=plan');
    const stdout = await workspace.succeed('show', '-json', 'plan');
    const { planned_values: values, configuration } = Value.Parse(Plan, JSON.parse(stdout));
    resources = values.root_module.child_modules.flatMap((module) => module.resources).map(withoutModule);
    const { slipway } = configuration.root_module.module_calls;
    waits = new Map(slipway.module.resources.map((one) => [one.address, one.depends_on ?? []]));
  }, 300_000);
  afterAll(() => workspace.close());

  const ofType = (type: string) => resources.filter((resource) => resource.type === type);

  test('the root makes nothing but its module', () => {
    expect(resources.length).toBeGreaterThan(50);
    expect(resources.filter(({ address }) => address.startsWith('module.'))).toEqual([]);
  });

  test('fmt finds nothing to change', async () => {
    expect(await workspace.run('fmt', '-check', '-recursive')).toEqual({ code: 0, output: '', stdout: '' });
  });

  test('validate finds no error and no warning', async () => {
    const { stdout } = await workspace.run('validate', '-json');
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
  });

  test('the tests of the module pass', async () => {
    const { code, output } = await workspace.run('test', '-no-color');
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/Success! \d+ passed, 0 failed/),
    });
  });

  test('a second plan is empty, and what is there is wired as common/wiring.ts says', async () => {
    await workspace.succeed('apply', '-no-color', '-auto-approve', IMAGES);
    const again = await workspace.run('plan', '-no-color', '-detailed-exitcode', IMAGES);
    expect(again).toMatchObject({ code: 0, output: expect.stringContaining('No changes.') });

    // What is there now has the names and addresses of Google, as far as the schema's provider makes them up.
    const { values } = Value.Parse(State, JSON.parse(await workspace.succeed('show', '-json')));
    const made = values.root_module.child_modules.flatMap((module) => module.resources);
    const yaml = readFileSync(join(workspace.folder, '../slipway.yaml'), 'utf8');
    const installation = installationOf(yaml, DEFAULT_TOPICS);
    const urls = new Map(
      made
        .filter(({ type }) => type === 'google_cloudfunctions2_function')
        .map((one) => Value.Parse(DeployedFunction, one.values))
        .map(({ name, service_config: [service] }) => [entryPointOf(name), service?.uri ?? '']),
    );
    expect(urls.size).toBe(3);
    expect(planned((type) => made.filter((one) => one.type === type).map((one) => one.values))).toEqual(
      described(installation, (entryPoint) => urls.get(entryPoint) ?? ''),
    );
  });

  test('nothing is open to everybody', () => {
    const members = resources.flatMap(({ values }) => [values['member'], values['members']].flat());
    expect(members).not.toContain('allUsers');
    expect(members).not.toContain('allAuthenticatedUsers');
    const buckets = ofType('google_storage_bucket').map(({ values }) => values['public_access_prevention']);
    expect(new Set(buckets)).toEqual(new Set(['enforced']));
    expect(buckets).toHaveLength(3);
  });

  test('no role is an owner, an editor or an admin', () => {
    const roles = resources.map(({ values }) => values['role']).filter((role) => typeof role === 'string');
    expect(roles.length).toBeGreaterThan(10);
    expect(roles.filter((role) => /owner|editor|admin/i.test(role))).toEqual([]);
  });

  test('the whole project is granted for nothing but logs, sources to build from and our own roles', () => {
    const granted = ofType('google_project_iam_member').map(({ address, values }) => [
      address,
      values['role'] ?? 'own',
    ]);
    expect(Object.fromEntries(granted)).toEqual({
      'google_project_iam_member.build_logs': 'roles/logging.logWriter',
      'google_project_iam_member.build_source': 'roles/storage.objectViewer',
      'google_project_iam_member.engine': 'own',
      'google_project_iam_member.pipelines': 'own',
    });
    const source = ofType('google_project_iam_member').find(({ address }) =>
      address.endsWith('build_source'),
    );
    expect(source?.values['condition']).toMatchObject([
      { expression: expect.stringContaining('gcf-v2-sources-') },
    ]);
  });

  test('waits until a new grant is seen before it builds and notifies', () => {
    expect(waits.get('google_cloudfunctions2_function.this')).toContain('time_sleep.build_grants');
    expect(waits.get('google_storage_notification.artifacts')).toContain('time_sleep.storage_grant');
    for (const kind of ['bucket.artifacts', 'bucket.state', 'bucket.source']) {
      expect(waits.get(`google_storage_${kind}`)).toContain('time_sleep.kms_grants');
    }
  });

  test('nobody is made the only holder of a role', () => {
    const kinds = new Set(resources.map(({ type }) => type).filter((type) => type.includes('_iam_')));
    expect([...kinds].filter((type) => /_iam_(binding|policy)$/.test(type))).toEqual([]);
  });

  test('a message is delivered for a week, and ends as a dead letter that is kept for a month', () => {
    const subscriptions = new Map(
      ofType('google_pubsub_subscription').map(({ address, values }) => [address, values]),
    );
    expect(subscriptions.size).toBe(4);
    for (const [address, values] of subscriptions) {
      const isLast = address.endsWith('.dead_letters');
      expect(values['message_retention_duration']).toBe(isLast ? '2678400s' : '604800s');
      expect(values['dead_letter_policy']).toHaveLength(isLast ? 0 : 1);
      expect(values['retry_policy']).toHaveLength(isLast ? 0 : 1);
    }
  });

  test('alerts ask only for metrics that exist before the first apply', () => {
    const alerts = JSON.stringify(ofType('google_monitoring_alert_policy'));
    expect(alerts).toContain('run.googleapis.com/request_count');
    expect(alerts).not.toContain('logging.googleapis.com/user/');
  });

  test('the share of failed predictions is one of requests, and of 5xx: callers make mistakes of their own', () => {
    const alert = ofType('google_monitoring_alert_policy').find(({ address }) =>
      address.endsWith('endpoint_errors'),
    );
    const responses = expect.stringContaining('prediction/online/response_count');
    expect(alert?.values['conditions']).toMatchObject([
      { condition_threshold: [{ filter: responses, denominator_filter: responses }] },
    ]);
    expect(JSON.stringify(alert?.values['conditions']).match(/5xx/g)).toHaveLength(1);
  });

  test('a repository whose images are to be deleted lets their tags go', () => {
    const repositories = ofType('google_artifact_registry_repository');
    expect(repositories).toHaveLength(3);
    for (const { values } of repositories) {
      expect(values['cleanup_policies']).toContainEqual(expect.objectContaining({ action: 'DELETE' }));
      expect(values['docker_config'] ?? []).not.toContainEqual(
        expect.objectContaining({ immutable_tags: true }),
      );
    }
  });

  test('the alerts tell what to do, and the dashboard is whole', () => {
    const alerts = ofType('google_monitoring_alert_policy');
    expect(new Set(alerts.map(({ address }) => address.split('.')[1]))).toEqual(
      new Set([
        'call_refused',
        'dead_letters',
        'endpoint_errors',
        'function_errors',
        'left_deployed',
        'release_failed',
        'release_stuck',
        'service_stopped',
      ]),
    );
    for (const { values } of alerts) {
      expect(values['documentation']).toMatchObject([{ subject: expect.any(String) }]);
    }
    const text = ofType('google_monitoring_dashboard')[0]?.values['dashboard_json'];
    const { mosaicLayout } = JSON.parse(String(text));
    expect(mosaicLayout.tiles).toHaveLength(12);
    const ends = mosaicLayout.tiles.map((tile: { xPos: number; width: number }) => tile.xPos + tile.width);
    expect(Math.max(...ends)).toBe(mosaicLayout.columns);
  });
});
