/** The schemas that terraform/ is tested against belong to providers that terraform/ accepts, and cover it. */
import { expect, test } from 'vitest';
import { readModules } from '../../scripts/terraform/modules.ts';
import { PROVIDERS, readSchema } from '../../scripts/terraform/schema.ts';

function numbers(version: string): [number, number] {
  const [major = NaN, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

test.each(PROVIDERS)('the schema of %s is of a version within the constraint of versions.tf', (provider) => {
  const constraint = new RegExp(
    `source\\s*= "hashicorp/${provider}"\\s+version\\s*= ">= ([\\d.]+), < (\\d+)"`,
  );
  const [, least = '', below = ''] = constraint.exec(readModules()) ?? [];
  const { source, version } = readSchema(provider);
  expect(source).toBe(`hashicorp/${provider}`);
  const [major, minor] = numbers(version);
  const [leastMajor, leastMinor] = numbers(least);
  expect(major).toBe(leastMajor);
  expect(minor).toBeGreaterThanOrEqual(leastMinor);
  // The newest major that is accepted, not just any.
  expect(major).toBe(Number(below) - 1);
});

test('the schemas hold exactly the types that the modules use', () => {
  const used = [...readModules().matchAll(/^(resource|data) "((?!terraform_)[a-z]+_\w+)"/gm)].map(
    ([, kind, type]) => `${kind} ${type}`,
  );
  const held = PROVIDERS.flatMap((provider) => readSchema(provider).types).filter(
    ({ kind }) => kind !== 'provider',
  );
  expect(held.map(({ kind, type }) => `${kind} ${type}`).toSorted()).toEqual([...new Set(used)].toSorted());
});
