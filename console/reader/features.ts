/** Which stored features each model of a service reads, and what of the store none reads any more. */
import type { TracedView } from '../../cli/commands/why/features.ts';
import { unusedViews, viewsOf, type UnusedView } from '../../cli/commands/why/unused-views.ts';
import type { Session } from '../../cli/session.ts';
import { nameOf } from '../../cli/terminal/words.ts';
import { uriOf } from '../../common/artifact/uri.ts';
import { Problem } from '../../functions/errors.ts';
import type { Known } from './reader.ts';

export interface FeaturesReport {
  /** Live model, standby and candidate, as far as there are some. */
  readonly models: readonly {
    readonly role: 'live' | 'standby' | 'candidate';
    readonly name: string;
    /** Null: its artifact is another by now. */
    readonly views: readonly TracedView[] | null;
  }[];
  readonly unused: readonly UnusedView[];
}

/** Rejects with a CallError. */
export async function featuresReport(session: Session, { service, ledger }: Known): Promise<FeaturesReport> {
  if (service.features === null || ledger === null || ledger instanceof Problem)
    return { models: [], unused: [] };
  const { artifacts } = session.world;
  const { live, previous, release } = ledger;
  const standby = previous?.retired === false ? previous.live.request : undefined;
  const candidate = release?.request.id === live?.request.id ? undefined : release?.request;
  const requests = [
    ['live', live?.request],
    ['standby', standby],
    ['candidate', candidate],
  ] as const;
  const models = requests.map(async ([role, request]) => {
    if (request === undefined) return [];
    const views = await viewsOf(artifacts, service, uriOf(request));
    return [{ role, name: nameOf(service.artifacts, request), views }];
  });
  const [read, unused] = await Promise.all([Promise.all(models), unusedViews(artifacts, service, ledger)]);
  return { models: read.flat(), unused };
}
