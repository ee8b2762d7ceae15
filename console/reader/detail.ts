/** All that a service's page shows at once: what the CLI's commands report, from what the reader has read. Pure. */
import { batchReports, type BatchReport } from '../../cli/commands/batch/report.ts';
import { historyReport, type PastRelease } from '../../cli/commands/history.ts';
import { costText } from '../../cli/commands/status/cost.ts';
import { idleText } from '../../cli/commands/status/idle.ts';
import type { ServiceStatus } from '../../cli/commands/status/report.ts';
import { inSeconds, iso } from '../../cli/terminal/words.ts';
import type { Gates } from '../../functions/config/rollout.ts';
import type { Service } from '../../functions/config/config.ts';
import { Problem } from '../../functions/errors.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import type { Evidence } from '../../functions/release/ledger/shown.ts';
import { textOf } from '../../functions/config/pattern.ts';
import type { Known, Reader } from './reader.ts';
import { doingOf } from './row.ts';
import { timelineOf, type TimelineStage } from './timeline.ts';

export interface ServiceDetail {
  readonly status: ServiceStatus;
  /** In words, what the release in progress does; null: none is. */
  readonly doing: string | null;
  /** Null: no release is in progress. */
  readonly timeline: readonly TimelineStage[] | null;
  /** Stages of Vertex AI's deployment as they were seen, with seconds since the first one. */
  readonly stages: readonly { readonly stage: string; readonly at: string }[];
  readonly policy: Policy;
  readonly evidence: Evidence | null;
  readonly history: readonly PastRelease[];
  readonly batches: readonly BatchReport[];
  readonly hasBatches: boolean;
  readonly features: readonly StoredView[];
  /** What is deployed costs, and that nobody asks, in the words of `slipway status`; null: not known, or they do. */
  readonly cost: string | null;
  readonly idle: string | null;
  /** Which of the actions would find something to act on. */
  readonly can: { readonly rollback: boolean; readonly steer: boolean };
  readonly at: string;
}

/** What slipway.yaml says of the service's rollout. */
export interface Policy {
  readonly strategy: string;
  readonly image: string;
  readonly artifacts: string;
  readonly region: string;
  readonly machineType: string;
  readonly replicas: string;
  readonly steps: readonly { readonly traffic: number; readonly bakeSeconds: number }[];
  readonly gates: Pick<Gates, 'contract' | 'golden' | 'features' | 'comparison' | 'metrics'>;
  readonly standbySeconds: number;
}

export interface StoredView {
  readonly view: string;
  readonly table: string;
  /** Those that slipway.yaml states. */
  readonly features: readonly string[];
}

/** The newest batches; the CLI lists all of them. */
const BATCHES_SHOWN = 20;

export function detailOf(reader: Reader, known: Known, now: number): ServiceDetail {
  const { service, batches } = known;
  const ledger = known.ledger instanceof Problem ? null : known.ledger;
  const status = reader.status(known);
  const { release } = status;
  const current = ledger?.release ?? null;
  const isCurrent = current !== null && release?.release === current.request.id;
  const reports = batches instanceof Problem ? [] : batchReports(batches, now);
  return {
    status,
    doing: release?.state === 'running' ? doingOf(release) : null,
    timeline:
      isCurrent && ledger !== null && release !== null
        ? timelineOf(service, ledger, current, release, now)
        : null,
    stages: known.stages
      .filter((one) => one.release === release?.release)
      .map(({ stage, at }) => ({ stage, at: iso(at) })),
    policy: policyOf(service),
    evidence: isCurrent ? (current.evidence ?? null) : null,
    history: historyReport(service, ledger),
    batches: reports.slice(0, BATCHES_SHOWN),
    hasBatches: service.batch !== null,
    features: viewsOf(service),
    cost: status.cost && costText(status.cost, status.parked !== null),
    idle: status.idle ? idleText(service.name, status.idle) : null,
    can: canOf(ledger),
    at: iso(now),
  };
}

export function policyOf({ image, artifacts, region, serving, rollout }: Service): Policy {
  const { strategy, steps, standbyMs } = rollout;
  const { contract, golden, features, comparison, metrics } = rollout.gates;
  return {
    strategy,
    image,
    artifacts: textOf(artifacts),
    region,
    machineType: serving.machineType,
    replicas:
      serving.minReplicas === serving.maxReplicas
        ? `${serving.minReplicas}`
        : `${serving.minReplicas} to ${serving.maxReplicas}`,
    steps: steps.map(({ traffic, bakeMs }) => ({ traffic, bakeSeconds: inSeconds(bakeMs) })),
    gates: { contract, golden, features, comparison, metrics },
    standbySeconds: inSeconds(standbyMs),
  };
}

function viewsOf({ features }: Service): StoredView[] {
  if (features === null) return [];
  return Object.entries(features.settings.views).map(([view, { table }]) => ({
    view,
    table,
    features: [...(features.declared.get(view)?.keys() ?? [])],
  }));
}

/** As the functions take them: a repair is nothing that a person may end. */
function canOf(ledger: Ledger | null): ServiceDetail['can'] {
  if (ledger === null) return { rollback: false, steer: false };
  const { release, live, previous } = ledger;
  const steer = release !== null && release.request.id !== live?.request.id;
  return { steer, rollback: steer || (live !== null && previous !== undefined) };
}
