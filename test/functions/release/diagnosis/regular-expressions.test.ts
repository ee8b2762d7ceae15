/** No text that Google or a container can write keeps a tick busy: the patterns' own words, again and again. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { explainDeployment } from '../../../../functions/release/diagnosis/causes.ts';
import { blameFor } from '../../../../functions/release/gates/blame.ts';
import { explainRefusal } from '../../../../functions/release/refusals/refusals.ts';
import { withoutSecrets } from '../../../../functions/release/diagnosis/secrets.ts';

const FILES = [
  'diagnosis/causes',
  'diagnosis/google-words',
  'diagnosis/server-words',
  'diagnosis/server-signs',
  'diagnosis/log-lines',
  'diagnosis/secrets',
  'gates/blame',
];
const MS_MAX = 50;
const LENGTH = 8_000;

const READERS: readonly ((text: string) => unknown)[] = [
  (text) => explainRefusal('deploy', { status: 'UNAVAILABLE', message: text }),
  (text) => explainDeployment({ status: 'DEADLINE_EXCEEDED', message: 'Timeout.' }, [text]),
  (text) => blameFor('INTERNAL', text),
  withoutSecrets,
];

/** What stands literally in the regular expressions of a source. */
function wordsOf(file: string): string[] {
  const source = readFileSync(new URL(`../../../../functions/release/${file}.ts`, import.meta.url), 'utf8');
  const patterns = [...source.matchAll(/\/(?:[^/\n\\]|\\.){6,}\/[gimuy]*|String\.raw`[^`]*`/g)];
  return patterns.flatMap(([pattern]) => {
    const plain = pattern.replaceAll(/\\[bwsdS]|\{\d*,?\d*\}|\(\?[:=!<]+/g, ' ');
    return plain.match(/[\w'"[\]:=<.@/-]{2,}(?: [A-Za-z]+)*/g) ?? [];
  });
}

function cpuMs(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

it('takes little time with any text', { timeout: 120_000 }, () => {
  const words = [...new Set(FILES.flatMap(wordsOf))];
  expect(words.length).toBeGreaterThan(400);
  const slow: string[] = [];
  for (const [i, word] of words.entries()) {
    const other = words[(i * 7 + 3) % words.length] ?? '';
    for (const unit of [word, `${word} `, `${word}=`, `${word} ${other} `]) {
      const text = unit.repeat(Math.ceil(LENGTH / unit.length)).slice(0, LENGTH);
      for (const [n, read] of READERS.entries()) {
        // Twice and thrice, where the first time had to compile or to collect.
        const isSlow = [1, 2, 3].every(() => cpuMs(() => read(text)) > MS_MAX);
        if (isSlow) slow.push(`${n}: ${unit}`);
      }
    }
  }
  expect(slow).toEqual([]);
});
