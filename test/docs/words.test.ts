/** Words that people who do not know Slipway stumble over, and what is said instead. They may not come back. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LOG } from '../../common/log-messages.ts';
import { PROBLEMS } from '../../functions/problems.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** "under way": current, in progress. "taken in": accepted. "given up": aborted, ended. "go back": roll back. */
const RETIRED =
  /\b(anew|(?:is|are|was|were) told|taken? in|under way|whoever|g[ai]ven? up|gives up|going back|go(?:es)? back)\b/i;

const tracked = execFileSync('git', ['ls-files'], { cwd: ROOT, encoding: 'utf8' }).trim().split('\n');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** The lines of pages that people read. Tables of figures, and words in italics, name mutations and tapes. */
const pages = tracked
  .filter((file) => /^(README|SECURITY|CHANGELOG)\.md$|^docs\/.*\.md$|^examples\/.*\.md$/.test(file))
  .flatMap((file) =>
    read(file)
      .split('\n')
      .map((line, i) => [`${file}:${i + 1}`, line.replaceAll(/\b_[^_]+_\b/g, '')] as const),
  )
  .filter(([place, line]) => !(place.startsWith('docs/reliability.md') && line.startsWith('|')));

/** What the command line may print: the texts in its sources. */
const printed = tracked
  .filter((file) => /^cli\/(program|commands)\.ts$|^cli\/.*text\.ts$|^local\/up\.ts$/.test(file))
  .flatMap((file) =>
    read(file)
      .split('\n')
      .map((line, i) => [`${file}:${i + 1}`, line.replace(/^\s*(?:\/\/|\/?\*).*/, '')] as const),
  )
  .filter(([, line]) => /['"`]/.test(line));

/** The lines of all sources, comments and tests included. */
const sources = tracked
  .filter((file) => file.endsWith('.ts') && file !== 'test/docs/words.test.ts')
  .flatMap((file) =>
    read(file)
      .split('\n')
      .map((line, i) => [`${file}:${i + 1}`, line] as const),
  );

const codes = Object.entries(PROBLEMS).map(([code, { text }]) => [code, text] as const);
const messages = Object.entries(LOG);

describe('retired words', () => {
  it('are not in the comments and names of sources', () => {
    expect(sources.filter(([, line]) => /\b(anew|under way|whoever)\b/i.test(line))).toEqual([]);
  });

  it.each<[string, readonly (readonly [string, string])[]]>([
    ['pages', pages],
    ['what the command line prints', printed],
    ['the texts of errors', codes],
    ['log messages', messages],
  ])('are not in %s', (_, texts) => {
    expect(texts.length).toBeGreaterThan(10);
    expect(texts.filter(([, text]) => RETIRED.test(text))).toEqual([]);
  });
});
