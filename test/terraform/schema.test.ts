/** The schema that terraform/ is tested against belongs to a provider that terraform/ accepts, and covers it. */
import { readFileSync, readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSchema } from '../../scripts/terraform/schema.ts';

const TERRAFORM = new URL('../../terraform/', import.meta.url);

function readModule(): string {
  const files = readdirSync(TERRAFORM).filter((file) => file.endsWith('.tf'));
  return files.map((file) => readFileSync(new URL(file, TERRAFORM), 'utf8')).join('\n');
}

function numbers(version: string): [number, number] {
  const [major = NaN, minor = 0] = version.split('.').map(Number);
  return [major, minor];
}

test('the schema is of a version within the constraint of versions.tf', () => {
  const [, least = '', below = ''] = /version = ">= ([\d.]+), < (\d+)"/.exec(readModule()) ?? [];
  const { source, version } = readSchema();
  expect(source).toBe('hashicorp/google');
  const [major, minor] = numbers(version);
  const [leastMajor, leastMinor] = numbers(least);
  expect(major).toBe(leastMajor);
  expect(minor).toBeGreaterThanOrEqual(leastMinor);
  // The newest major that is accepted, not just any.
  expect(major).toBe(Number(below) - 1);
});

test('the schema holds exactly the types that the module uses', () => {
  const used = [...readModule().matchAll(/^(resource|data) "(google_\w+)"/gm)].map(
    ([, kind, type]) => `${kind} ${type}`,
  );
  const held = readSchema().types.filter(({ kind }) => kind !== 'provider');
  expect(held.map(({ kind, type }) => `${kind} ${type}`).toSorted()).toEqual([...new Set(used)].toSorted());
});
