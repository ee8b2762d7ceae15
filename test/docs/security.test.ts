/** SECURITY.md may only name defences that are there. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const text = readFileSync(join(ROOT, 'SECURITY.md'), 'utf8');
const named = [...text.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);

it('names no file that is missing', () => {
  const paths = named.filter((code) => /^(test|terraform|functions|predictor)\//.test(code));
  expect(paths.length).toBeGreaterThan(15);
  expect(paths.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
});

it('names no run of the Terraform tests that is missing', () => {
  const files = ['slipway', 'options'].map((name) => join(ROOT, `terraform/tests/${name}.tftest.hcl`));
  const runs = files.map((file) => readFileSync(file, 'utf8')).join('\n');
  const wanted = named.filter((code) =>
    /^(refuses_\w+|trainers_\w+|rights_on_vertex_ai|invokers|buckets)$/.test(code),
  );
  expect(wanted.length).toBeGreaterThan(6);
  expect(wanted.filter((run) => !runs.includes(`run "${run}"`))).toEqual([]);
});
