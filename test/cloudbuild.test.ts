/** What Cloud Build is told to do can be done: images pinned, files and npm scripts there, nothing applied unread. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

const ROOT = new URL('../', import.meta.url);

const Step = Type.Object(
  {
    id: Type.String(),
    name: Type.String(),
    script: Type.String(),
    dir: Type.Optional(Type.String()),
    waitFor: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
);
const Build = Type.Object(
  {
    steps: Type.Array(Step),
    images: Type.Optional(Type.Array(Type.String())),
    substitutions: Type.Optional(Type.Record(Type.String({ pattern: '^_[A-Z_]+$' }), Type.String())),
    options: Type.Record(Type.String(), Type.Unknown()),
    timeout: Type.String({ pattern: '^[0-9]+s$' }),
  },
  { additionalProperties: false },
);

/** The tag says to people what it is, the digest is what is pulled. */
const PINNED = /:v?\d+\.\d+\.\d+(-[a-z0-9.-]+)?@sha256:[0-9a-f]{64}$/;

/** Given to every build of a trigger (https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values). */
const BUILT_IN = new Set(['PROJECT_ID', 'LOCATION', 'BUILD_ID', 'SHORT_SHA', 'BRANCH_NAME']);

function read(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8');
}

function readBuild(path: string): Static<typeof Build> {
  return Value.Parse(Build, parse(read(path)));
}

describe.each(['cloudbuild.yaml', 'cloudbuild-pull-request.yaml'])('%s', (file) => {
  const build = readBuild(file);
  const scripts = build.steps.map((step) => step.script).join('\n');

  test('pins the image of every step, and of the builder that a step starts', () => {
    const names = build.steps.map(({ name }) => name);
    expect(names.filter((name) => !PINNED.test(name))).toEqual([]);
    const builders = [...scripts.matchAll(/buildx create .*\\\n.*image=(\S+)/g)].map(([, image]) => image);
    expect(builders).toEqual([expect.stringMatching(PINNED)]);
    expect(scripts.match(/buildx create/g)).toHaveLength(1);
  });

  test('uses the Node of the predictor and a Terraform that the module accepts', () => {
    const images = build.steps.map(({ name }) => name);
    const node = /^FROM node:([\d.]+)/m.exec(read('predictor/Dockerfile'))?.[1];
    expect(images.filter((name) => name.startsWith('node:') && !name.startsWith(`node:${node}-`))).toEqual(
      [],
    );
    const minor = /required_version = ">= 1\.(\d+)"/.exec(read('terraform/versions.tf'))?.[1];
    const terraform = images.flatMap((name) => /^hashicorp\/terraform:1\.(\d+)\./.exec(name)?.[1] ?? []);
    expect(terraform.length).toBeGreaterThan(0);
    expect(terraform.every((found) => Number(found) >= Number(minor))).toBe(true);
  });

  test('names only npm scripts, files and folders that exist', () => {
    const manifest: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
    const called = [...scripts.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name);
    expect(called).toEqual(expect.arrayContaining(['check', 'build']));
    expect(called.filter((name) => !(name in manifest.scripts))).toEqual([]);
    const paths = [
      ...scripts.matchAll(/(?<![\w"$./-])((?:predictor|console|scripts|examples)\/[\w./-]+)/g),
    ].map(([, path = '']) => path);
    const folders = build.steps.flatMap(({ dir }) => dir ?? []);
    expect(paths.length + folders.length).toBeGreaterThan(1);
    expect([...paths, ...folders].filter((path) => !existsSync(new URL(path, ROOT)))).toEqual([]);
  });

  test('waits only for steps that come before', () => {
    const ids = build.steps.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [index, { waitFor = [] }] of build.steps.entries()) {
      expect(waitFor.filter((id) => !ids.slice(0, index).includes(id))).toEqual([]);
    }
  });

  test('knows every variable that it uses', () => {
    const text = read(file).replaceAll(/^\s*#.*$/gm, '');
    const used = [...text.matchAll(/\$\{?([A-Z_][A-Z0-9_]*)/g)].map(([, name = '']) => name);
    const given = new Set([...BUILT_IN, ...Object.keys(build.substitutions ?? {}), '_TERRAFORM_STATE']);
    expect(used.filter((name) => !given.has(name))).toEqual([]);
  });

  test('is named by the trigger', () => {
    expect(read('terraform/modules/slipway/build-trigger.tf')).toContain(`"${file}"`);
  });
});

test('what is merged is checked, built, planned and only then applied', () => {
  const build = readBuild('cloudbuild.yaml');
  expect(build.steps.map(({ id }) => id)).toEqual([
    'install',
    'check',
    'build-functions',
    'build-images',
    'push-images',
    'plan',
    'keep-plan',
    'apply',
    'smoke',
  ]);
  const plan = build.steps.find(({ id }) => id === 'plan');
  expect(plan?.waitFor).toEqual(['build-functions', 'push-images']);
  // Kept before the apply, and so also when that fails, which `artifacts` would not do.
  expect(build).not.toHaveProperty('artifacts');
  expect(plan?.script).toContain('> plan.txt');
  expect(build.steps.find(({ id }) => id === 'keep-plan')?.script).toContain('terraform/plan.txt');
  const apply = build.steps.find(({ id }) => id === 'apply')?.script ?? '';
  expect(apply).toMatch(/terraform apply .*plan\n/);
  expect(apply.indexOf('$_APPLY_BRANCH')).toBeLessThan(apply.indexOf('terraform apply'));
});

test('images go by digest, and with provenance', () => {
  const build = readBuild('cloudbuild.yaml');
  expect(build.options).toMatchObject({ requestedVerifyOption: 'VERIFIED' });
  // A tag that is pushed twice may be refused, or move.
  expect(build.images).toEqual(
    ['_IMAGE', '_CONSOLE_IMAGE'].map((name) => `\${${name}}:\${SHORT_SHA}-\${BUILD_ID}`),
  );
  expect(build.steps.find(({ id }) => id === 'push-images')?.script).toContain('.RepoDigests');
});

test('a pull request pushes, plans and applies nothing, and is given no variable', () => {
  const build = readBuild('cloudbuild-pull-request.yaml');
  const scripts = build.steps.map(({ script }) => script).join('\n');
  expect(scripts).not.toMatch(/terraform (apply|plan)|docker push|--push|gcloud/);
  expect(scripts).toContain('terraform init -input=false $lock -backend=false');
  expect(build).not.toHaveProperty('images');
  expect(build).not.toHaveProperty('substitutions');
});

test('each project has a state of its own, and what is built replaces no image that was written down', () => {
  const build = readBuild('cloudbuild.yaml');
  expect(build.substitutions).toMatchObject({
    _PROJECT: '${PROJECT_ID}',
    _STATE_PREFIX: 'slipway/${_PROJECT}',
  });
  const plan = build.steps.find(({ id }) => id === 'plan')?.script;
  expect(plan).toContain('-backend-config="prefix=$_STATE_PREFIX"');
  const push = build.steps.find(({ id }) => id === 'push-images')?.script ?? '';
  expect(push).toContain('"built_images"');
  expect(push).not.toContain('"images"');
});

test('the step that writes the variables of a build writes JSON that Terraform reads', () => {
  const push = readBuild('cloudbuild.yaml').steps.find(({ id }) => id === 'push-images')?.script ?? '';
  const [, printf = ''] = /^(printf .*) \| tee terraform\/built\.auto\.tfvars\.json$/m.exec(push) ?? [];
  const env = {
    _IMAGE: 'r/p/predictor',
    _CONSOLE_IMAGE: 'r/p/console',
    _PROJECT: 'my-project',
    predictor: 'r/p/predictor@sha256:0',
    console: 'r/p/console@sha256:1',
  };
  expect(JSON.parse(execFileSync('sh', ['-euc', printf], { env, encoding: 'utf8' }))).toEqual({
    built_images: { 'r/p/predictor': 'r/p/predictor@sha256:0', 'r/p/console': 'r/p/console@sha256:1' },
    project: 'my-project',
  });
});

test('the lock file of providers is kept to where there is one', () => {
  for (const file of ['cloudbuild.yaml', 'cloudbuild-pull-request.yaml']) {
    const scripts = readBuild(file).steps.map(({ script }) => script);
    const inits = scripts.filter((script) => script.includes('terraform init'));
    expect(inits).toHaveLength(1);
    expect(inits[0]).toContain('lock=-lockfile=readonly');
  }
});

describe('the plan, where the state of an older installation may be', () => {
  const plan = readBuild('cloudbuild.yaml').steps.find(({ id }) => id === 'plan')?.script ?? '';

  /** The step with a terraform that lists what each prefix holds, and notes what it is asked. */
  function run(here: string, old: string): { code: number | null; said: string } {
    const folder = mkdtempSync(join(tmpdir(), 'slipway-plan-step-'));
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'terraform'));
    writeFileSync(join(folder, 'terraform/backend.tf'), '');
    writeFileSync(
      join(folder, 'bin/terraform'),
      `#!/bin/sh\ncase "$*" in\n'state list') printf '${here}';;\n'-chdir=../old-state state list') printf '${old}';;\n*) echo "asked: $*";;\nesac\n`,
      { mode: 0o755 },
    );
    const { status, stdout } = spawnSync('sh', ['-c', plan], {
      cwd: join(folder, 'terraform'),
      env: {
        PATH: `${join(folder, 'bin')}:${process.env['PATH']}`,
        _TERRAFORM_STATE: 'b',
        _STATE_PREFIX: 'slipway/p',
      },
      encoding: 'utf8',
    });
    rmSync(folder, { recursive: true });
    return { code: status, said: stdout };
  }

  test.each([
    ['a new project is planned', '', '', 0],
    ['an installation is planned', 'module.slipway.terraform_data.project', '', 0],
    ['a state that has moved is planned, though the old one is kept', 'module.slipway.x', 'y', 0],
    ['a state that has not moved is not', '', 'google_storage_bucket.state', 1],
  ])('%s', (_, here, old, code) => {
    const ended = run(here, old);
    expect(ended.code).toBe(code);
    expect(ended.said.includes('asked: plan ')).toBe(code === 0);
    expect(ended.said.includes('docs/deploy.md, From before')).toBe(code === 1);
  });
});
