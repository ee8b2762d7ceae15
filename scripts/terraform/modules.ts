/** The text of every Terraform file of the repository that declares something: all but tests and what `init` fetches. */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const TERRAFORM = fileURLToPath(new URL('../../terraform/', import.meta.url));

/** Paths below terraform/, sorted. */
export function moduleFiles(): string[] {
  return readdirSync(TERRAFORM, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.tf') && !path.includes('.terraform/'))
    .toSorted();
}

export function readModules(): string {
  return moduleFiles()
    .map((path) => readFileSync(join(TERRAFORM, path), 'utf8'))
    .join('\n');
}
