/** docs/errors.md: one complete section for each code. That the sentences are the sources' is generated.test.ts. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { PROBLEMS } from '../../functions/problems.ts';
import { errorSections } from '../../scripts/docs/errors.ts';
import { ROOT } from '../../scripts/docs/generated.ts';

const page = readFileSync(`${ROOT}docs/errors.md`, 'utf8');
const sections = page.split(/^## /m).slice(1);
const codes = sections.map((section) => /^`([A-Z_]+)`/.exec(section)?.[1] ?? '');

describe('docs/errors.md', () => {
  it('has a section for every code, and for no other', () => {
    expect(new Set(codes)).toEqual(new Set([...Object.keys(PROBLEMS), 'SUPERSEDED']));
    expect(codes).toHaveLength(new Set(codes).size);
  });

  it.each(sections.map((section, i) => ({ code: codes[i], section })))(
    '$code says what to check',
    ({ section }) => {
      expect(section).toMatch(/\nCheck:\n\n- [A-Z`[].{15,}\n/);
      expect(section).toMatch(/\nExample:\n\n```text\n.+\n/);
      expect(section).not.toContain('TODO');
    },
  );
});

describe('its generator', () => {
  it('keeps what is written by hand, and renews the sentence', () => {
    const old = page.replace(PROBLEMS.ABORTED.text, 'Something else.');
    expect(old).not.toBe(page);
    expect(errorSections(old)).toBe(errorSections(page));
  });

  it('gives a code without a section a skeleton, which is not complete', () => {
    expect(errorSections('')).toContain('## `ABORTED`');
    expect(errorSections('').match(/- TODO/g)).toHaveLength(codes.length);
  });

  it('drops a section of no code', () => {
    const old = page.replace('<!-- end of', '## `GONE`\n\n> It is gone.\n\nCheck:\n\n<!-- end of');
    expect(errorSections(old)).toBe(errorSections(page));
  });
});
