/**
 * Views that no model needs any more, and versions of views: neither the live model reads them, nor its standby, nor the
 * candidate. What can be told from the ledger and the features.json of its artifacts.
 */
import { tableOf } from '../../../common/artifact/feature-settings.ts';
import { isOfRegistry, parseUri, uriOf } from '../../../common/artifact/uri.ts';
import type { Service } from '../../../functions/config/config.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import type { Artifacts } from '../../../functions/world.ts';
import { traceFeatures, type TracedView } from './features.ts';

export interface UnusedView {
  readonly view: string;
  /** Null: the view has no versions, or none of it was ever read. */
  readonly version: string | null;
  readonly table: string | null;
}

/** Earlier releases whose versions of views are looked for. */
const EARLIER = 5;

/** None where it is not known what a model reads, since its artifact is another by now. */
export async function unusedViews(
  artifacts: Artifacts,
  service: Service,
  ledger: Ledger | null,
): Promise<UnusedView[]> {
  if (service.features === null || ledger === null || ledger.live === null) return [];
  const needed = [ledger.live.request, ledger.previous?.live.request, ledger.release?.request];
  const used: TracedView[] = [];
  for (const request of needed) {
    if (request === undefined) continue;
    const views = await viewsOf(artifacts, service, uriOf(request));
    if (views === null) return [];
    used.push(...views);
  }
  const usedIds = new Set(used.map(idOf));
  const { views } = service.features.settings;
  const never = Object.entries(views).flatMap(([view, settings]): UnusedView[] => {
    // Rows of results answer requests, whatever the model reads.
    if (used.some((one) => one.view === view) || service.batch?.publish?.view === view) return [];
    const found = tableOf(settings, undefined);
    return [{ view, version: null, table: 'table' in found ? found.table : null }];
  });
  const earlier = new Map<string, UnusedView>();
  const live = ledger.outcomes.filter(({ result }) => result === 'Live').slice(0, EARLIER);
  for (const { artifact } of live)
    for (const { view, version, table } of (await viewsOf(artifacts, service, artifact)) ?? []) {
      const id = idOf({ view, version });
      if (version !== null && table !== null && !usedIds.has(id)) earlier.set(id, { view, version, table });
    }
  const versions = [...earlier.values()];
  return [...never.filter(({ view }) => !versions.some((one) => one.view === view)), ...versions];
}

/** What the model of an artifact reads; null: not known. */
export async function viewsOf(
  artifacts: Artifacts,
  service: Service,
  uri: string,
): Promise<TracedView[] | null> {
  const parsed = parseUri(uri);
  if (parsed === null || isOfRegistry(parsed)) return null;
  const found = await artifacts.head(parsed.bucket, parsed.marker);
  if (found?.generation !== parsed.generation) return null;
  return traceFeatures(artifacts, service, { uri, state: 'same' });
}

function idOf({ view, version }: Pick<TracedView, 'view' | 'version'>): string {
  return JSON.stringify([view, version]);
}

export function unusedText({ view, version, table }: UnusedView): string {
  const data = version === null ? '' : ` version ${version}`;
  const where = table === null ? '' : ` (${table})`;
  return `view ${view}${data}${where} is read by neither the live model, its standby nor the candidate`;
}
