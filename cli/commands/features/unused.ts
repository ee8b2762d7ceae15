/**
 * Tables of versions that are not deployed any more: they are removed with the next load, and then what names them is. A
 * version that is deployed again has none until its batch is loaded again, and its model answers.
 */
import type { ViewSettings } from '../../../common/artifact/feature-settings.ts';
import { readPublishedView, type PublishedView } from '../../../common/batch/published-view.ts';
import type { Results } from './results.ts';

export interface Unused {
  readonly tables: readonly string[];
  readonly objects: readonly { readonly name: string; readonly generation: string }[];
}

const SUFFIX = '.view.json';

/** `deployed`: the releases that uploaded the versions on the endpoint. Rejects with a CallError. */
export async function unusedTables(
  results: Results,
  { bucket, prefix }: { readonly bucket: string; readonly prefix: string },
  viewName: string,
  view: ViewSettings,
  deployed: ReadonlySet<string>,
): Promise<Unused> {
  const folder = `${prefix}_published/`;
  const tables: string[] = [];
  const objects: { name: string; generation: string }[] = [];
  for (const name of await results.list(bucket, folder)) {
    if (!name.endsWith(SUFFIX) || deployed.has(name.slice(folder.length, -SUFFIX.length))) continue;
    const found = await results.read(bucket, name);
    const published = found === null ? null : readOrNull(found.text);
    if (found === null || published === null || published.view !== viewName) continue;
    const named = [published.table, published.previous ?? published.table];
    if (!named.every((table) => isOwn(table, published, view))) continue;
    tables.push(...new Set(named));
    objects.push({ name, generation: found.generation });
  }
  return { tables, objects };
}

function readOrNull(text: string): PublishedView | null {
  try {
    return readPublishedView(text);
  } catch {
    return null;
  }
}

/** An object of the bucket names no other table than one of its own version. */
function isOwn(table: string, { version }: PublishedView, view: ViewSettings): boolean {
  const [before = '', after = ''] = view.table.split('{version}');
  const batch = table.slice(before.length + version.length + 1, table.length - after.length);
  return table === `${before}${version}_${batch}${after}` && /^[A-Za-z0-9]+$/.test(batch);
}
