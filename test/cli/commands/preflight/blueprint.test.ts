/** What the preflight looks for is what Terraform makes. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  ENGINE_PERMISSIONS,
  LEDGER_PERMISSIONS,
  PIPELINE_PERMISSIONS,
  SERVICES,
} from '../../../../cli/commands/preflight/blueprint.ts';

function quotedIn(file: string, pattern: RegExp): string[] {
  const path = fileURLToPath(new URL(`../../../../terraform/modules/slipway/${file}`, import.meta.url));
  return [...readFileSync(path, 'utf8').matchAll(pattern)].map(([, name = '']) => name).toSorted();
}

test('the same services', () => {
  expect(quotedIn('services.tf', /"([a-z]+\.googleapis\.com)"/g)).toEqual([...SERVICES]);
});

test('the same permissions', () => {
  const ofProject = quotedIn('iam-vertex.tf', /"((?:aiplatform|logging|monitoring)\.[A-Za-z]+\.[a-z]+)"/g);
  expect(ofProject.filter((permission) => permission !== 'aiplatform.endpoints.create')).toEqual(
    [...ENGINE_PERMISSIONS, ...PIPELINE_PERMISSIONS].toSorted(),
  );
  expect(quotedIn('iam-functions.tf', /"(storage\.objects\.[a-z]+)"/g)).toEqual(LEDGER_PERMISSIONS);
});
