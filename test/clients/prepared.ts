/**
 * Where `npm run clients:prepare` puts Google's clients of other languages, and whether what is there fits the
 * sources. Nothing of it is part of `npm ci`: tests of a client that has not been prepared are skipped, and say so.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const SOURCES = fileURLToPath(new URL('.', import.meta.url));
const PREPARED = fileURLToPath(new URL('../../.clients/', import.meta.url));

export type Language = 'go' | 'java' | 'python';

/** What the prepared client is made of: when it changes, the client has to be prepared again. */
const madeOf: Readonly<Record<Language, readonly string[]>> = {
  go: ['go/main.go', 'go/go.mod', 'go/go.sum'],
  java: ['java/StorageFlow.java', 'java/pom.xml'],
  python: ['python/requirements.txt'],
};

export function folderOf(language: Language): string {
  return join(PREPARED, language);
}

export function stampFileOf(language: Language): string {
  return join(folderOf(language), 'stamp');
}

export function stampOf(language: Language): string {
  const hash = createHash('sha256');
  for (const file of madeOf[language]) hash.update(readFileSync(join(SOURCES, file)));
  return hash.digest('hex');
}

/** Why the client's tests are skipped, in words; undefined when they can run. */
export function lacking(language: Language): string | undefined {
  const stamp = stampFileOf(language);
  if (!existsSync(stamp)) return 'skipped: npm run clients:prepare has not been run';
  if (readFileSync(stamp, 'utf8') !== stampOf(language))
    return 'skipped: npm run clients:prepare is out of date';
  return undefined;
}
