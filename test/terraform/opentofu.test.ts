/** OpenTofu makes of terraform/ what Terraform makes of it. */
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkspace, type Workspace } from './workspace.ts';

const TOFU_FOUND = spawnSync('tofu', ['version']).status === 0;
const WHY = TOFU_FOUND ? 'tofu found' : 'skipped: there is no tofu on the PATH';

const IMAGE = 'us-central1-docker.pkg.dev/my-project/slipway/predictor';
const IMAGES = `-var=images=${JSON.stringify({ [IMAGE]: `${IMAGE}@sha256:${'0'.repeat(64)}` })}`;

describe.skipIf(!TOFU_FOUND)(`OpenTofu (${WHY})`, { timeout: 400_000 }, () => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await openWorkspace('tofu');
    await workspace.succeed('init', '-no-color', '-input=false');
  }, 300_000);
  afterAll(() => workspace.close());

  test('validates', async () => {
    const { stdout } = await workspace.run('validate', '-json');
    expect(JSON.parse(stdout)).toMatchObject({ valid: true, error_count: 0, warning_count: 0 });
  });

  test('passes the tests of the module', async () => {
    const { code, output } = await workspace.run('test', '-no-color');
    expect({ code, output }).toMatchObject({
      code: 0,
      output: expect.stringMatching(/Success! \d+ passed, 0 failed/),
    });
  });

  test('applies, and a second plan is empty', async () => {
    await workspace.succeed('apply', '-no-color', '-auto-approve', IMAGES);
    const again = await workspace.run('plan', '-no-color', '-detailed-exitcode', IMAGES);
    expect(again).toMatchObject({ code: 0 });
  });
});
