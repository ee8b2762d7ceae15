/**
 * Reports that ask Google for more than a page needs at once: `why`, `plan` and features. One answer serves all tabs until the
 * ledger is written again, or for a minute.
 */
import { planReport, type PlanReport } from '../../cli/commands/plan/report.ts';
import { whyReport, type WhyReport } from '../../cli/commands/why/report.ts';
import { serviceNamed, type Session } from '../../cli/session.ts';
import { featuresReport, type FeaturesReport } from './features.ts';
import type { Reader } from './reader.ts';

const KEPT_MS = 60_000;

export interface ServiceReports {
  why(service: string): Promise<WhyReport>;
  plan(service: string): Promise<PlanReport>;
  features(service: string): Promise<FeaturesReport>;
}

export function serviceReports(session: Session, reader: Reader): ServiceReports {
  const { clock } = session.world;
  const kept = new Map<
    string,
    { readonly key: string; readonly at: number; readonly made: Promise<unknown> }
  >();

  async function cached<T>(kind: string, name: string, make: () => Promise<T>): Promise<T> {
    const { generations } = await reader.known(name);
    const [slot, key] = [`${kind} ${name}`, generations.releases];
    const found = kept.get(slot);
    if (found !== undefined && found.key === key && clock.now() - found.at < KEPT_MS)
      // Each slot holds what its own `make` made.
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion
      return found.made as Promise<T>;
    const made = make();
    kept.set(slot, { key, at: clock.now(), made });
    // A failure is not kept: the next one who asks may have more luck.
    made.catch(() => kept.delete(slot));
    return made;
  }

  return {
    why: (name) => cached('why', name, () => whyReport(session, serviceNamed(session, name))),
    plan: (name) => cached('plan', name, () => planReport(session, serviceNamed(session, name), {})),
    features: (name) =>
      cached('features', name, async () => featuresReport(session, await reader.known(name))),
  };
}
