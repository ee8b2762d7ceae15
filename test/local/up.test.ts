/** `npm start` with a configuration that is wrong says all of it, as the functions and the CLI do. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const UP = fileURLToPath(new URL('../../local/up.ts', import.meta.url));

it('names every problem of the configuration, with its line, and starts nothing', () => {
  const folder = mkdtempSync(join(tmpdir(), 'slipway-up-'));
  const config = join(folder, 'slipway.yaml');
  writeFileSync(
    config,
    `project: My-project
region: us-central1
state: my-state
services:
  churn:
    artifacts: gs://models/churn/*/model.onnx
    imagee: predictor
    endpoint: churn
    serving: { minReplicas: 3, maxReplicas: 2 }
`,
  );
  const { status, stdout, stderr } = spawnSync(process.execPath, [UP, '--config', config], {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true });
  expect([status, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^slipway: .*slipway\.yaml: 3 problem\(s\)\n/);
  for (const line of [
    '  - line 1: project: expected the id of a project',
    '  - line 5: services.churn.image: ',
    '  - line 7: services.churn.imagee: ',
  ])
    expect(stderr).toContain(line);
  expect(stderr).not.toContain('    at ');
});
