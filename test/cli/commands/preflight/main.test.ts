import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

/** Nobody's credentials, and no metadata server to ask for some. */
const ENV = { PATH: process.env['PATH'], HOME: tmpdir(), METADATA_SERVER_DETECTION: 'none' };

test.each([
  ['another project than the configuration names', 2, ['--project', 'other'], 'expected my-project'],
  ['a configuration that is not there', 2, ['--config', 'none.yaml'], 'cannot be read'],
  ['an option that is not known', 2, ['--projekt', 'my-project'], '--projekt'],
  ['no credentials', 3, ['--project', 'my-project'], 'credentials'],
] as const)('for %s ends with %i and one line', (_, status, args, message) => {
  const ended = spawnSync(process.execPath, ['cli/main.ts', 'preflight', ...args], {
    cwd: ROOT,
    env: ENV,
    encoding: 'utf8',
  });
  expect(ended.status).toBe(status);
  expect(ended.stderr).toContain(message);
  expect(ended.stderr).not.toContain('    at ');
  expect(ended.stdout).toBe('');
});
