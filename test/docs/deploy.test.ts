/**
 * docs/deploy.md walked through as it stands: its steps in order, with the real terraform against the schema provider,
 * and stand-ins for what needs a cloud or takes minutes (gcloud, docker, npm, npx). Each stand-in only notes what it was
 * asked.
 */
import { execFile, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readModules } from '../../scripts/terraform/modules.ts';
import { openWorkspace, TERRAFORM_FOUND, WHY, type Workspace } from '../terraform/workspace.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOC = readFileSync(join(ROOT, 'docs/deploy.md'), 'utf8');

function blocks(text: string, language: string): string[] {
  return [...text.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) =>
    block.trim(),
  );
}

const STEPS = DOC.slice(DOC.indexOf('## 2.'), DOC.indexOf('## What can go wrong'));
const REST = DOC.slice(DOC.indexOf('## What can go wrong'));

/** Notes its arguments; `docker image inspect` answers with a digest. */
const NOTE = `#!/bin/sh
printf '%s %s\\n' "$(basename "$0")" "$*" >> "$NOTES"
case "$*" in 'image inspect'*) echo "us-central1-docker.pkg.dev/my-project/slipway/predictor@sha256:${'0'.repeat(64)}";; esac
`;

/** Terraform without what it needs a cloud or a registry for: the backend's settings, and hashes of real providers. */
const terraform = (real: string) => `#!/bin/bash
printf 'terraform %s\\n' "$*" >> "$NOTES"
if [ "$1 $2" = 'providers lock' ]; then exit 0; fi
kept=()
for argument in "$@"; do case "$argument" in -backend-config=*) ;; *) kept+=("$argument");; esac; done
exec ${real} "\${kept[@]}"
`;

describe.skipIf(!TERRAFORM_FOUND)(`docs/deploy.md (${WHY})`, { timeout: 300_000 }, () => {
  let workspace: Workspace;
  let home: string;
  let asked = '';
  let printed = '';

  beforeAll(async () => {
    workspace = await openWorkspace();
    home = dirname(workspace.folder);
    for (const name of ['examples', 'predictor/Dockerfile']) {
      mkdirSync(dirname(join(home, name)), { recursive: true });
      cpSync(join(ROOT, name), join(home, name), {
        recursive: true,
        filter: (path) => !path.includes('node_modules'),
      });
    }
    const bin = join(home, 'bin');
    mkdirSync(bin);
    const real = spawnSync('which', ['terraform'], { encoding: 'utf8' }).stdout.trim();
    for (const name of ['gcloud', 'docker', 'npm', 'npx']) writeFileSync(join(bin, name), NOTE);
    writeFileSync(join(bin, 'terraform'), terraform(real));
    for (const name of readdirSync(bin)) chmodSync(join(bin, name), 0o755);

    const notes = join(home, 'notes');
    const script = [...blocks(STEPS, 'sh'), ...blocks(REST, 'sh')].join('\n');
    const env = {
      ...workspace.env,
      PATH: `${bin}:${process.env['PATH']}`,
      NOTES: notes,
      TF_CLI_ARGS: '-no-color',
      TF_CLI_ARGS_apply: '-auto-approve',
      TF_CLI_ARGS_destroy: '-auto-approve',
    };
    const { stdout } = await run('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: home,
      env,
      maxBuffer: 2 ** 26,
    });
    printed = stdout;
    asked = readFileSync(notes, 'utf8');
  }, 300_000);
  afterAll(() => workspace.close());

  test('every command of it runs, in order', () => {
    expect(blocks(DOC, 'sh').length).toBe(blocks(STEPS, 'sh').length + blocks(REST, 'sh').length);
    const order = [
      'gcloud services enable',
      'gcloud beta services identity create --service=pubsub',
      'terraform init -backend-config=bucket=my-project-terraform -backend-config=prefix=slipway/my-project',
      'terraform apply -target=',
      'docker push',
      'terraform apply -var=alert_emails',
      'npm run preflight -- --project my-project',
      'npx slipway land examples/breast-cancer/artifacts/v1',
      'terraform -chdir=terraform destroy',
    ];
    const found = order.map((command) => asked.indexOf(command));
    expect(found).toEqual(found.toSorted((a, b) => a - b));
    expect(found).not.toContain(-1);
  });

  test('Terraform ends each step with what it says there', () => {
    for (const line of blocks(DOC, 'text')) expect(printed).toContain(line);
    expect(blocks(DOC, 'text')).toHaveLength(2);
    expect(printed).toMatch(/Destroy complete! Resources: 91 destroyed/);
  });

  test('the files that its commands name are there', () => {
    const paths = [...asked.matchAll(/(?<= |=)((?:examples|predictor|terraform|scripts)\/[\w./-]+)/g)].map(
      ([, path = '']) => path,
    );
    expect(paths.length).toBeGreaterThan(5);
    expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

test('no command needs a Node that runs TypeScript: npx and npm bring it along', () => {
  const commands = blocks(DOC, 'sh').flatMap((block) => block.split('\n'));
  expect(commands.filter((command) => /^\s*node /.test(command))).toEqual([]);
});

/** Type of resource → the role that lets it be made, without roles/. Terraform's own and waits need none. */
const ROLE_OF: ReadonlyMap<RegExp, string> = new Map([
  [/^google_artifact_registry_/, 'artifactregistry.admin'],
  [/^google_cloud_run_/, 'run.admin'],
  [/^google_cloud_scheduler_/, 'cloudscheduler.admin'],
  [/^google_cloudbuild_/, 'cloudbuild.builds.editor'],
  [/^google_cloudfunctions2_/, 'cloudfunctions.developer'],
  [/^google_iap_/, 'iap.admin'],
  [/^google_kms_/, 'cloudkms.admin'],
  [/^google_logging_/, 'logging.configWriter'],
  [/^google_monitoring_/, 'monitoring.editor'],
  [/^google_project_iam_custom_role$/, 'iam.roleAdmin'],
  [/^google_project_iam_member$/, 'resourcemanager.projectIamAdmin'],
  [/^google_project_service$/, 'serviceusage.serviceUsageAdmin'],
  [/^google_pubsub_/, 'pubsub.admin'],
  [/^google_service_account/, 'iam.serviceAccountAdmin'],
  [/^google_storage_/, 'storage.admin'],
  [/^google_vertex_ai_/, 'aiplatform.user'],
]);

test('slipway-apply is given what the module makes, and nothing is an owner', () => {
  const types = new Set(
    [...readModules().matchAll(/^resource "(google_\w+)"/gm)].map(([, type = '']) => type),
  );
  const needed = [...types].map((type) => [...ROLE_OF].find(([kind]) => kind.test(type))?.[1] ?? type);
  // The role on the key stands in the section about it.
  const [, list = ''] = /for role in ([^;]+);/.exec(DOC) ?? [];
  const given = new Set([...list.split(' '), 'resourcemanager.projectIamAdmin', 'cloudkms.admin']);
  expect([...new Set(needed)].filter((role) => !given.has(role))).toEqual([]);
  expect(DOC).not.toContain('roles/owner');
  // Beyond resources: to act as the accounts of functions and builds, and to write the build's log.
  const beyond = [...given].filter((role) => !needed.includes(role));
  expect(beyond.toSorted()).toEqual(['iam.serviceAccountUser', 'logging.logWriter']);
});

test('the roles that slipway-apply may grant on the project are those that the module grants there', () => {
  const [, list = ''] = /hasOnly\(\[([^\]]+)\]\)/.exec(DOC) ?? [];
  const allowed = [...list.matchAll(/'([^']+)'/g)].map(([, role = '']) => role.split('/').at(-1));
  const grants = [
    ...readModules().matchAll(/resource "google_project_iam_member" "\w+" {[^}]*role\s*= (\S+)/g),
  ];
  // Those of a feature store depend on slipway.yaml.
  const fixed = grants.filter(([, role]) => role !== 'each.value.role');
  expect(grants.length - fixed.length).toBe(1);
  const granted = fixed.map(([, role = '']) =>
    role.startsWith('"')
      ? role.replaceAll('"', '').split('/')[1]
      : `slipway${/custom_role\.(\w)/.exec(role)?.[1]?.toUpperCase()}${/custom_role\.\w(\w+)/.exec(role)?.[1]}`,
  );
  expect(allowed.length).toBe(5);
  expect(new Set(allowed)).toEqual(new Set(granted));
});

test('the roles of feature stores that slipway-apply may have to grant are named', () => {
  const module = readFileSync(join(ROOT, 'terraform/modules/slipway/iam-features.tf'), 'utf8');
  const [, grants = ''] = /feature_grants = merge\((.*?)\n {2}\)\n/s.exec(module) ?? [];
  const roles = new Set([...grants.matchAll(/"(roles\/[\w.]+)"/g)].map(([, role = '']) => role));
  expect(roles.size).toBe(4);
  expect(
    [...roles, 'projects/$PROJECT/roles/slipwayFeatures'].filter((role) => !DOC.includes(`\`${role}\``)),
  ).toEqual([]);
});

test('what grows in the bucket of the state ends', () => {
  const { rule }: { rule: { action: { type: string }; condition: Record<string, unknown> }[] } = JSON.parse(
    readFileSync(join(ROOT, 'terraform/state-lifecycle.json'), 'utf8'),
  );
  expect(rule.every(({ action }) => action.type === 'Delete')).toBe(true);
  // Never the state that is in use: only plans, and versions that others have replaced.
  for (const { condition } of rule) {
    expect('matchesPrefix' in condition || 'daysSinceNoncurrentTime' in condition).toBe(true);
  }
  const cloudbuild = readFileSync(join(ROOT, 'cloudbuild.yaml'), 'utf8');
  const [, prefix] = /gs:\/\/\$_TERRAFORM_STATE\/(\w+\/)/.exec(cloudbuild) ?? [];
  expect(rule.find(({ condition }) => 'matchesPrefix' in condition)?.condition['matchesPrefix']).toEqual([
    prefix,
  ]);
});

test('the table of what can go wrong quotes what the module says', () => {
  const quotes = ['project: this state is of', 'images: expected a digest for'];
  for (const quote of quotes) {
    expect(DOC).toContain(quote);
    expect(readModules()).toContain(quote);
  }
});

test('every variable that it names is one', () => {
  const declared = new Set(
    [...readFileSync(join(ROOT, 'terraform/variables.tf'), 'utf8').matchAll(/^variable "(\w+)"/gm)].map(
      ([, name]) => name,
    ),
  );
  const named = [...DOC.matchAll(/`([a-z]+(?:_[a-z]+)+)(?: = [^`]*)?`/g)].map(([, name = '']) => name);
  const others = new Set(['default_labels', 'state_prefix', 'storage_class', 'for_each']);
  expect(named.length).toBeGreaterThan(12);
  expect(named.filter((name) => !declared.has(name) && !others.has(name))).toEqual([]);
});
