/** SECURITY.md may only name defences that are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
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
  const folder = join(ROOT, 'terraform/tests');
  const files = readdirSync(folder).filter((name) => name.endsWith('.tftest.hcl'));
  const runs = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  const wanted = named.filter((code) =>
    /^(refuses_\w+|trainers_\w+|rights_on_vertex_ai|invokers|buckets)$/.test(code),
  );
  expect(wanted.length).toBeGreaterThan(6);
  expect(wanted.filter((run) => !runs.includes(`run "${run}"`))).toEqual([]);
});
