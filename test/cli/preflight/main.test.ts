import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Nobody's credentials, and no metadata server to ask for some. */
const ENV = { PATH: process.env['PATH'], HOME: tmpdir(), METADATA_SERVER_DETECTION: 'none' };

test.each([
  ['another project than the configuration names', ['--project', 'other'], 'expected my-project'],
  ['a configuration that is not there', ['--config', 'none.yaml'], 'cannot be read'],
  ['an option that is not known', ['--projekt', 'my-project'], '--projekt'],
  ['no credentials', ['--project', 'my-project'], 'credentials'],
])('ends with 2 and one line for %s', (_, args, message) => {
  const ended = spawnSync(process.execPath, ['cli/preflight/main.ts', ...args], {
    cwd: ROOT,
    env: ENV,
    encoding: 'utf8',
  });
  expect(ended.status).toBe(2);
  expect(ended.stderr).toContain(message);
  expect(ended.stderr).not.toContain('    at ');
  expect(ended.stdout).toBe('');
});
