/** Every file of the repository that is generated, in whole or in part, from the sources. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { configJsonSchema } from './config-json-schema.ts';
import { configurationFields } from './configuration.ts';
import { errorSections } from './errors.ts';
import { messageSections, messagesJsonSchema } from './messages.ts';
import { withRegion } from './regions.ts';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Path from the root → what the file has to be, given what it is. */
const FILES: Readonly<Record<string, (now: string) => string>> = {
  'slipway.schema.json': () => JSON.stringify(configJsonSchema()),
  'docs/configuration.md': (now) => withRegion(now, 'the fields', configurationFields()),
  'docs/errors.md': (now) => withRegion(now, 'the codes', errorSections(now)),
  'docs/messages.schema.json': () => JSON.stringify(messagesJsonSchema()),
  'docs/messages.md': (now) =>
    (['requests', 'events', 'ticks'] as const).reduce(
      (page, topic) => withRegion(page, `the topic ${topic}`, messageSections(topic)),
      now,
    ),
};

export const GENERATED: readonly string[] = Object.keys(FILES);

/** The file as the sources have it, formatted. */
export async function generate(path: string): Promise<string> {
  const write = FILES[path];
  if (write === undefined) throw new Error(`expected one of ${GENERATED.join(', ')}, got ${path}`);
  const file = `${ROOT}${path}`;
  const now = await readFile(file, 'utf8').catch(() => '');
  return format(write(now), { ...(await resolveConfig(file)), filepath: file });
}
