/**
 * The schema provider refuses what the real one refuses, with the real terraform in between: a value that only
 * Google's provider would have found cannot pass these tests and then fail in a first apply.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { Value } from 'typebox/value';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolder, TERRAFORM_FOUND, WHY, type Workspace } from './workspace.ts';

/** What is refused: resource, the arguments that matter, and what it is refused for. */
const REFUSED: [what: string, type: string, body: string, argument: string][] = [
  [
    'a member without a kind',
    'google_project_iam_member',
    'project = "p"\nrole = "roles/viewer"\nmember = "hy824l75"',
    'member',
  ],
  [
    'a deleted member',
    'google_project_iam_member',
    'project = "p"\nrole = "roles/viewer"\nmember = "deleted:user:a@b.c"',
    'member',
  ],
  [
    'a role by its title',
    'google_project_iam_member',
    'project = "p"\nrole = "Viewer"\nmember = "user:a@b.c"',
    'role',
  ],
  [
    'an account by its email',
    'google_service_account_iam_member',
    account('mocked@p.iam.gserviceaccount.com'),
    'service_account_id',
  ],
  [
    'an account with a name too short',
    'google_service_account_iam_member',
    account('projects/p/serviceAccounts/mock@p.iam.gserviceaccount.com'),
    'service_account_id',
  ],
  ['a short account id', 'google_service_account', 'account_id = "short"', 'account_id'],
  [
    'an account id of 31 characters',
    'google_service_account',
    `account_id = "a${'b'.repeat(30)}"`,
    'account_id',
  ],
  [
    'a role id with a hyphen',
    'google_project_iam_custom_role',
    'role_id = "slip-way"\ntitle = "t"\npermissions = ["a.b.c"]',
    'role_id',
  ],
  [
    'a permission without a resource',
    'google_project_iam_custom_role',
    'role_id = "slipway"\ntitle = "t"\npermissions = ["storage.get"]',
    'permissions',
  ],
  ['a bucket with a capital', 'google_storage_bucket', 'name = "My-bucket"\nlocation = "EU"', 'name'],
  ["a bucket with Google's name", 'google_storage_bucket', 'name = "goog-bucket"\nlocation = "EU"', 'name'],
  [
    'a storage class that is none',
    'google_storage_bucket',
    'name = "my-bucket"\nlocation = "EU"\nstorage_class = "HOT"',
    'storage_class',
  ],
  [
    'an action that is none',
    'google_storage_bucket',
    'name = "my-bucket"\nlocation = "EU"\nlifecycle_rule {\n  condition {\n    age = 1\n  }\n  action {\n    type = "Remove"\n  }\n}',
    'lifecycle_rule.action.type',
  ],
  [
    'an event that is none',
    'google_storage_notification',
    'bucket = "b"\ntopic = "projects/p/topics/t"\npayload_format = "NONE"\nevent_types = ["FINALIZE"]',
    'event_types',
  ],
  [
    'a topic by its short name',
    'google_storage_notification',
    'bucket = "b"\ntopic = "t"\npayload_format = "NONE"',
    'topic',
  ],
  [
    'a retention longer than a month',
    'google_pubsub_subscription',
    'name = "sub"\ntopic = "top"\nmessage_retention_duration = "2678401s"',
    'message_retention_duration',
  ],
  [
    'a retention in days',
    'google_pubsub_subscription',
    'name = "sub"\ntopic = "top"\nmessage_retention_duration = "7d"',
    'message_retention_duration',
  ],
  [
    'an acknowledgement after an hour',
    'google_pubsub_subscription',
    'name = "sub"\ntopic = "top"\nack_deadline_seconds = 3600',
    'ack_deadline_seconds',
  ],
  [
    'two attempts',
    'google_pubsub_subscription',
    'name = "sub"\ntopic = "top"\ndead_letter_policy {\n  dead_letter_topic = "projects/p/topics/t"\n  max_delivery_attempts = 2\n}',
    'dead_letter_policy.max_delivery_attempts',
  ],
  ['a metric that filters nothing', 'google_logging_metric', 'name = "m"\nfilter = ""', 'filter'],
  [
    'a combiner that is none',
    'google_monitoring_alert_policy',
    alert('XOR', 'filter = "metric.type=\\"a\\""\nduration = "0s"\ncomparison = "COMPARISON_GT"'),
    'combiner',
  ],
  [
    'a threshold on no metric',
    'google_monitoring_alert_policy',
    alert('OR', 'filter = "resource.type=\\"a\\""\nduration = "0s"\ncomparison = "COMPARISON_GT"'),
    'conditions.condition_threshold.filter',
  ],
  [
    'a comparison by its sign',
    'google_monitoring_alert_policy',
    alert('OR', 'filter = "metric.type=\\"a\\""\nduration = "0s"\ncomparison = ">"'),
    'conditions.condition_threshold.comparison',
  ],
  [
    'a duration in minutes',
    'google_monitoring_alert_policy',
    alert('OR', 'filter = "metric.type=\\"a\\""\nduration = "5m"\ncomparison = "COMPARISON_GT"'),
    'conditions.condition_threshold.duration',
  ],
  [
    'an ingress that is none',
    'google_cloudfunctions2_function',
    'name = "f"\nlocation = "l"\nservice_config {\n  ingress_settings = "INTERNAL"\n}',
    'service_config.ingress_settings',
  ],
  ['a label with a capital', 'google_pubsub_topic', 'name = "top"\nlabels = { Team = "Fraud" }', 'labels'],
  [
    'a key that is only a ring',
    'google_pubsub_topic',
    'name = "top"\nkms_key_name = "projects/p/locations/l/keyRings/r"',
    'kms_key_name',
  ],
  [
    'a cleanup that keeps by no rule',
    'google_artifact_registry_repository',
    'repository_id = "r"\nformat = "DOCKER"\ncleanup_policies {\n  id = "a"\n  action = "REMOVE"\n}',
    'cleanup_policies.action',
  ],
  [
    'an endpoint with letters',
    'google_vertex_ai_endpoint',
    'name = "churn"\ndisplay_name = "churn"\nlocation = "l"',
    'name',
  ],
  ['a dashboard that is no JSON', 'google_monitoring_dashboard', 'dashboard_json = "{"', 'dashboard_json'],
  ['a wait without a unit', 'time_sleep', 'create_duration = "60"', 'create_duration'],
];

function account(name: string): string {
  return `service_account_id = "${name}"\nrole = "roles/iam.serviceAccountUser"\nmember = "user:a@b.c"`;
}

function alert(combiner: string, threshold: string): string {
  return `display_name = "a"\ncombiner = "${combiner}"\nconditions {\n  display_name = "c"\n  condition_threshold {\n${threshold}\n  }\n}`;
}

const Diagnostics = Type.Object({
  diagnostics: Type.Array(Type.Object({ summary: Type.String(), address: Type.Optional(Type.String()) })),
});

const HEAD = `terraform {
  required_providers {
    google = { source = "hashicorp/google" }
    time   = { source = "hashicorp/time" }
  }
}
provider "google" {
  project = "my-project"
}
`;

describe.skipIf(!TERRAFORM_FOUND)(`the schema provider (${WHY})`, { timeout: 60_000 }, () => {
  let folder: string;
  let workspace: Workspace;
  let refused: Map<string, string>;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'slipway-problems-'));
    const resources = REFUSED.map(([, type, body], i) => `resource "${type}" "r${i}" {\n${body}\n}\n`);
    writeFileSync(join(folder, 'main.tf'), HEAD + resources.join(''));
    workspace = await openFolder(folder);
    await workspace.succeed('init', '-no-color', '-input=false');
    const { stdout } = await workspace.run('validate', '-json');
    const { diagnostics } = Value.Parse(Diagnostics, JSON.parse(stdout));
    refused = new Map(diagnostics.map(({ summary, address = '' }) => [address, summary]));
  }, 60_000);
  afterAll(() => {
    workspace.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test.each(REFUSED.map(([what, type, , argument], i) => [what, `${type}.r${i}`, argument] as const))(
    'refuses %s',
    (_, address, argument) => {
      expect(refused.get(address)).toBe(`invalid value for ${argument}`);
    },
  );
});

describe.skipIf(!TERRAFORM_FOUND)(`Cloud Monitoring as the schema provider has it (${WHY})`, () => {
  test('knows no log-based metric in the apply that makes it', { timeout: 60_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-metric-'));
    const threshold =
      'filter = "metric.type=\\"logging.googleapis.com/user/${google_logging_metric.m.name}\\""\nduration = "0s"\ncomparison = "COMPARISON_GT"';
    const metric = 'resource "google_logging_metric" "m" {\n  name = "slipway/sweeps"\n  filter = "a"\n}\n';
    writeFileSync(
      join(folder, 'main.tf'),
      `${HEAD}${metric}resource "google_monitoring_alert_policy" "a" {\n${alert('OR', threshold)}\n}\n`,
    );
    const workspace = await openFolder(folder);
    await workspace.succeed('init', '-no-color', '-input=false');
    const { code, output } = await workspace.run('apply', '-no-color', '-auto-approve');
    workspace.close();
    rmSync(folder, { recursive: true, force: true });
    expect(code).toBe(1);
    expect(output.replaceAll(/\s+/g, ' ')).toContain('Error 404: Cannot find metric(s) that match type');
  });
});
