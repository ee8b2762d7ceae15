/** Which stored features a serving model reads, by the features.json of its artifact. */
import { tableOf } from '../../../common/artifact/feature-settings.ts';
import type { Features } from '../../../common/artifact/features.ts';
import { parseUri } from '../../../common/artifact/uri.ts';
import type { Service } from '../../../functions/config/config.ts';
import { Problem } from '../../../functions/errors.ts';
import { readMapping } from '../../../functions/release/checks/mapping.ts';
import type { Artifacts } from '../../../functions/world.ts';

export interface TracedView {
  readonly view: string;
  /** Of its data, as features.json states it; null: the view has none. */
  readonly version: string | null;
  /** What slipway.yaml names now; null: it has no such view any more. */
  readonly table: string | null;
  readonly features: readonly string[];
}

/** None where the service has no features, or the artifact is not the same any more. */
export async function traceFeatures(
  artifacts: Artifacts,
  service: Service,
  artifact: { readonly uri: string; readonly state: 'same' | 'overwritten' | 'gone' } | null,
): Promise<TracedView[]> {
  const parsed = artifact === null ? null : parseUri(artifact.uri);
  if (service.features === null || artifact?.state !== 'same' || parsed === null) return [];
  let mapping: Features | null;
  try {
    const marker = { bucket: parsed.bucket, name: parsed.marker };
    mapping = await readMapping(artifacts, { marker, manifest: null });
  } catch (error) {
    // It has been written over since.
    if (error instanceof Problem) return [];
    throw error;
  }
  if (mapping === null) return [];
  const { views } = service.features.settings;
  const read = new Map<string, Set<string>>();
  for (const { view, field } of mapping.inputs.flatMap(({ columns }) => columns))
    if (view !== null) read.set(view, (read.get(view) ?? new Set()).add(field));
  return [...read].map(([view, features]) => {
    const version = mapping.versions.get(view);
    const stored = Object.hasOwn(views, view) ? views[view] : undefined;
    const table = stored === undefined ? null : tableOf(stored, version);
    return {
      view,
      version: version ?? null,
      table: table !== null && 'table' in table ? table.table : null,
      features: [...features],
    };
  });
}

/** One line a view. */
export function tracedText({ view, version, table, features }: TracedView): string {
  const data = version === null ? '' : ` version ${version}`;
  const where = table === null ? ', which slipway.yaml does not have any more' : ` (${table})`;
  return `${view}${data}${where}: ${features.join(', ')}`;
}
