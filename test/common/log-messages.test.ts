/** What Terraform filters by is what the functions log. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { readModules } from '../../scripts/terraform/modules.ts';
import { LOG } from '../../common/log-messages.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const messages: readonly string[] = Object.values(LOG);

/** Messages in filters such as `jsonPayload.message=\"a\"` and `jsonPayload.message=(\"a\" OR \"b\")`. */
function filteredBy(text: string): string[] {
  const filters = [...text.matchAll(/jsonPayload\.message\s*=~?\s*(\([^)]*\)|\\"[^"\\]*\\")/g)];
  return filters.flatMap(([, filter = '']) =>
    [...filter.matchAll(/\\"([^"\\]*)\\"/g)].map(([, message = '']) => message),
  );
}

it('Terraform filters by messages of the table', () => {
  const text = readModules();
  const filtered = filteredBy(text);
  expect(text.match(/jsonPayload\.message/g)?.length).toBe(text.match(/jsonPayload\.message\s*=/g)?.length);
  expect(filtered.length).toBeGreaterThan(10);
  expect(filtered.filter((message) => !messages.includes(message))).toEqual([]);
});

it('the functions log each message of the table, by its name in it', () => {
  const sources = execFileSync('git', ['ls-files', 'functions'], { cwd: ROOT, encoding: 'utf8' })
    .trim()
    .split('\n')
    .filter((file) => file.endsWith('.ts'))
    .map((file) => readFileSync(join(ROOT, file), 'utf8'));
  const unlogged = Object.keys(LOG).filter(
    (name) => !sources.some((source) => new RegExp(`\\bLOG\\.${name}\\b`).test(source)),
  );
  expect(unlogged).toEqual([]);
  const literal = messages.filter((message) =>
    sources.some((source) => source.includes(`, '${message}')`) || source.includes(`      '${message}',\n`)),
  );
  expect(literal).toEqual([]);
});
