/** What a request would do: rehearsed by the engine itself on a copy of the service's ledger. */
import { randomUUID } from 'node:crypto';
import type { Service } from '../../../functions/config/config.ts';
import { accept } from '../../../functions/release/requests/accept.ts';
import { estimate, type Estimate, durationsOf } from '../../../functions/release/view/estimate.ts';
import { withoutHold } from '../../../functions/release/steps/hold.ts';
import { ownerOf } from '../../../functions/release/ids.ts';
import { emptyLedger, type Ledger } from '../../../functions/release/ledger/ledger.ts';
import { uriOf } from '../../../common/artifact/uri.ts';
import { leftDeployedOf, type LeftDeployed } from '../../../functions/release/steps/leftovers.ts';
import { GATES, type Outcome } from '../../../functions/release/publish/outcome.ts';
import { buildRequest } from '../../ledger-view/asked.ts';
import { replicaPrice, type ReplicaPrice } from '../../cost/prices.ts';
import { ledgerOf, type Session } from '../../session.ts';
import { inSeconds, nameOf } from '../../terminal/words.ts';
import { overlapMs } from './overlap.ts';
import { rehearse } from './rehearsal.ts';
import type { Call } from '../../../functions/rehearsal/call.ts';
import { takeSnapshot } from './snapshot.ts';
import { withStatedDigests } from './stated-digests.ts';

/** The shape of `slipway plan --json`, documented in docs/cli.md. */
export interface PlanReport {
  readonly service: string;
  readonly requestId: string;
  readonly release: string;
  readonly name: string;
  readonly artifact: string;
  /** The release in progress, which ends or gives way before. */
  readonly inProgress: string | null;
  /** Nothing of it happens before the service is resumed. */
  readonly onHold: boolean;
  readonly calls: readonly PlannedCall[];
  readonly result: Outcome['result'] | null;
  readonly cause: Outcome['cause'];
  /** Until the release has its result, and until nothing is left to do. */
  readonly seconds: number | null;
  readonly restSeconds: number;
  /** As rehearsed, without a standby. */
  readonly overlapReplicaHours: number;
  readonly rollout: PlannedRollout;
  /** Models that could not be undeployed and stay deployed beside it. */
  readonly leftDeployed: LeftDeployed;
  readonly replicas: number;
  readonly machineType: string;
  /** Of one replica, by the price table of the CLI. */
  readonly price: ReplicaPrice;
  /** The service is parked, and its release wakes it. */
  readonly wakes: boolean;
  /** Where the times come from: the service's own last operations, or what Vertex AI commonly takes. */
  readonly times: 'measured' | 'partly measured' | 'typical';
}

/** What the service's policy makes of it. */
export interface PlannedRollout extends Estimate {
  readonly strategy: 'blue-green' | 'canary' | 'recreate';
  readonly steps: readonly { readonly traffic: number; readonly bakeSeconds: number }[];
  /** The gates that it has to pass, which are taken to do so. */
  readonly gates: readonly string[];
  readonly standbySeconds: number;
  /** Whether another model of ours is deployed, to share the traffic with and to stand by. */
  readonly hasPartner: boolean;
}

export interface PlannedCall {
  readonly afterSeconds: number;
  readonly method: string;
  readonly target: string;
  readonly arguments: Call['arguments'];
  readonly takesSeconds: number | null;
}

export interface PlanOptions {
  readonly artifact?: string | undefined;
  /** A version of the registry, in place of an artifact. */
  readonly model?: string | undefined;
  readonly requestId?: string | undefined;
  readonly overrideContract?: boolean | undefined;
  /** Reads every byte of the artifact and checks its digests. */
  readonly verify?: boolean | undefined;
}

export function drawRequestId(): string {
  return `cli-${randomUUID().slice(0, 8)}`;
}

export async function planReport(
  session: Session,
  service: Service,
  options: PlanOptions,
): Promise<PlanReport> {
  const { config, world } = session;
  const now = world.clock.now();
  const requestId = options.requestId ?? drawRequestId();
  const { request, found } = await buildRequest(session, service, { ...options, requestId }, now);
  const before = (await ledgerOf(session, service)) ?? emptyLedger(service.name, now);

  const { snapshot, ledger } = await takeSnapshot({ config, service, vertex: world.vertex }, before, now);
  const artifacts = options.verify === true ? world.artifacts : withStatedDigests(world.artifacts);
  const rehearsal = await rehearse(config, service, accept(withoutHold(ledger, now), request, now).ledger, {
    snapshot: found === null ? snapshot : { ...snapshot, registry: [found] },
    durations: durationsOf(before),
    artifacts,
    now,
  });

  const outcome = rehearsal.ledger.outcomes.find((o) => o.release === request.id);
  const deployed = snapshot.endpoints
    .flatMap((endpoint) => endpoint.deployedModels)
    .filter((model) => ownerOf(model.id, model.displayName) !== null);
  const replicas = service.serving.minReplicas;
  return {
    service: service.name,
    requestId,
    release: request.id,
    name: nameOf(service.artifacts, request),
    artifact: uriOf(request),
    inProgress: inProgress(before, request.id),
    onHold: before.hold !== undefined,
    calls: rehearsal.calls.map((call) => ({
      afterSeconds: inSeconds(call.at - now),
      method: call.method,
      target: call.target,
      arguments: call.arguments,
      takesSeconds: call.took === null ? null : inSeconds(call.took),
    })),
    result: outcome?.result ?? null,
    cause: outcome?.cause ?? null,
    seconds: outcome === undefined ? null : inSeconds(outcome.endedAt - now),
    restSeconds: inSeconds(rehearsal.endedAt - now),
    overlapReplicaHours: (overlapMs(rehearsal, deployed.length) * replicas) / 3_600_000,
    rollout: rolloutOf(service, before),
    leftDeployed: leftDeployedOf(before, replicas),
    replicas,
    machineType: service.serving.machineType,
    price: replicaPrice(service.serving, service.region),
    wakes: before.parked !== undefined,
    times: timesOf(rehearsal.calls, before),
  };
}

function rolloutOf(service: Service, { live, took }: Ledger): PlannedRollout {
  const { strategy, steps, gates, standbyMs } = service.rollout;
  return {
    ...estimate(service, took),
    strategy,
    steps: steps.map(({ traffic, bakeMs }) => ({ traffic, bakeSeconds: inSeconds(bakeMs) })),
    gates: GATES.filter((gate) => gates[gate] !== null && gates[gate] !== false),
    standbySeconds: inSeconds(standbyMs),
    hasPartner: live !== null,
  };
}

function timesOf(calls: readonly Call[], { took }: Ledger): PlanReport['times'] {
  const measured = new Set(Object.keys(took ?? {}));
  const kinds = calls.flatMap(({ kind }) => kind ?? []);
  if (!kinds.some((kind) => measured.has(kind))) return 'typical';
  return kinds.every((kind) => measured.has(kind)) ? 'measured' : 'partly measured';
}

function inProgress(ledger: Ledger, release: string): string | null {
  const id = ledger.release?.request.id;
  return id === undefined || id === release ? null : id;
}
