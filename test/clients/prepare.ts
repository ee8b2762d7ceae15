/**
 * `npm run clients:prepare`: fetches Google's clients of Go, Java and Python and builds what test/clients runs, each
 * where its tool is installed. It needs the languages' package registries, a gigabyte of disk and some minutes.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { folderOf, SOURCES, stampFileOf, stampOf } from './prepared.ts';
import type { Language } from './prepared.ts';

type Command = readonly [program: string, ...words: string[]];

/** One after the other, in the folder of the language's sources; the first has to be installed. */
const steps: Readonly<Record<Language, (folder: string) => readonly Command[]>> = {
  go: (folder) => [['go', 'build', '-o', join(folder, 'clients'), '.']],
  java: (folder) => [
    [
      'mvn',
      '-q',
      '-B',
      'dependency:copy-dependencies',
      '-DincludeScope=runtime',
      `-DoutputDirectory=${join(folder, 'lib')}`,
    ],
    [
      'javac',
      '-cp',
      [join(folder, 'lib', '*'), '.'].join(delimiter),
      '-d',
      join(folder, 'classes'),
      'StorageFlow.java',
    ],
  ],
  python: (folder) => [
    ['python3', '-m', 'venv', join(folder, 'venv')],
    [join(folder, 'venv', 'bin', 'pip'), 'install', '--quiet', '-r', 'requirements.txt'],
  ],
};

let failed = false;
for (const language of ['go', 'java', 'python'] as const) {
  const folder = folderOf(language);
  rmSync(stampFileOf(language), { force: true });
  mkdirSync(folder, { recursive: true });
  const outcome = run(language, steps[language](folder));
  if (outcome === 'prepared') writeFileSync(stampFileOf(language), stampOf(language));
  if (outcome === 'failed') failed = true;
  process.stdout.write(`${language}: ${outcome}\n`);
}
if (failed) process.exitCode = 1;

function run(language: Language, commands: readonly Command[]): string {
  for (const [program, ...words] of commands) {
    const { error, status } = spawnSync(program, words, { cwd: join(SOURCES, language), stdio: 'inherit' });
    if (error !== undefined) return `left out, since ${program} is not installed`;
    if (status !== 0) return 'failed';
  }
  return 'prepared';
}
