/** docs/architecture.md and the glossary: what they list is what there is. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ReleaseSchema } from '../../functions/release/ledger/parts.ts';
import { LedgerSchema } from '../../functions/release/ledger/ledger.ts';
import { LOG } from '../../common/log-messages.ts';
import { INVARIANTS } from '../sim/invariants.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const page = read('docs/architecture.md');

function section(title: string): string {
  return page.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? '';
}

/** The fields that the first column of a table names. */
function fieldsOf(table: string): string[] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .flatMap((line) => [...(line.split('|')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name = '']) => name));
}

describe('docs/architecture.md', () => {
  const [ledger = '', release = ''] = section('The ledger').split('The current release is not a phase');

  it('names every field of the ledger, and no other', () => {
    expect(new Set(fieldsOf(ledger))).toEqual(new Set(Object.keys(LedgerSchema.properties)));
  });

  it('names every field of a release, and no other', () => {
    expect(new Set(fieldsOf(release))).toEqual(new Set(Object.keys(ReleaseSchema.properties)));
  });

  it('shows log messages that the files write which it names', () => {
    const log = section('One release in the log');
    const written = [...log.matchAll(/^- `([^`]+)`: \[[^\]]+\]\(\.\.\/([^)]+)\)/gm)];
    expect(written.length).toBeGreaterThan(6);
    for (const [, message = '', file = ''] of written) {
      const key = Object.entries(LOG).find(([, text]) => text === message)?.[0];
      expect(read(file)).toContain(key === undefined ? `'${message}'` : `LOG.${key}`);
      expect(log).toMatch(new RegExp(`\\d  ${message}`));
    }
    const shown = [...log.matchAll(/^on\w+ +[\d:.]+ {2}([a-z ]+?)(?= \w+=|$)/gm)].map(
      ([, message]) => message,
    );
    expect(new Set(shown)).toEqual(new Set(written.map(([, message]) => message)));
  });

  it('names every invariant of the simulation', () => {
    const named = [...section('Invariants').matchAll(/^- ([SLBX]\d+) ([a-z ]+): [a-z]/gm)];
    expect(named.map(([, code]) => code)).toEqual(Object.keys(INVARIANTS));
    expect(new Set(named.map(([, , name]) => name)).size).toBe(named.length);
  });
});

it('the glossary has some twenty terms, each once, that end as sentences', () => {
  const terms = [...read('docs/glossary.md').matchAll(/^- \*\*([a-z]+)\*\*: .*\.$/gm)].map(
    ([, term]) => term,
  );
  expect(terms.length).toBeGreaterThanOrEqual(15);
  expect(terms.length).toBeLessThanOrEqual(25);
  expect(new Set(terms).size).toBe(terms.length);
});

it.each([
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'DECISIONS.md',
  'SECURITY.md',
  'docs/architecture.md',
  'docs/cli.md',
  'docs/configuration.md',
  'docs/errors.md',
  'docs/glossary.md',
  'docs/landing.md',
  'docs/messages.md',
  'docs/rollout.md',
])('%s links to files that are there', (path) => {
  const links = [...read(path).matchAll(/\]\(([^)#\s]+)/g)].map(([, link = '']) => link);
  const missing = links
    .filter((link) => !/^https?:/.test(link))
    .filter((link) => !existsSync(join(ROOT, dirname(path), link)));
  expect(missing).toEqual([]);
});
