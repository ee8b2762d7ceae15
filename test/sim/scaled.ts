/**
 * L9 and S16: at rest what is deployed has the replicas that slipway.yaml says, and a standby that has shrunk grows before
 * a rollback gives it traffic, unless Vertex AI refuses that.
 */
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { newest } from '../../functions/release/ledger/queries.ts';
import type { Endpoint } from '../../functions/world.ts';
import { configFor, ENDPOINT, SERVICE } from './config.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import type { Process } from './process.ts';
import type { WatchedRun } from './run-context.ts';

/** Of a run without faults and changes. */
const MUTATIONS_MAX = 8;

/** The replicas that are to run at least. */
export function replicasNow(sim: WatchedRun): number {
  return configFor(sim.scenario, false, sim.since).services.get(SERVICE)?.serving.minReplicas ?? 1;
}

export function checkScale(sim: WatchedRun, facts: Facts, ledger: Ledger, report: Report): void {
  const { live, previous } = ledger;
  const { scenario, faults, lasting, calls } = sim;
  if (scenario.scales === undefined) return;
  const rollbacks = facts.commands.filter(({ action }) => action === 'rollback').length;
  const most = MUTATIONS_MAX + 4 * (scenario.inputs.length + scenario.scales.length + rollbacks);
  const mutations = calls.counts.get('vertex.mutate') ?? 0;
  if (mutations > most + 4 * faults.struck.length) report('B1', `${mutations} changes of scale`);
  const isLeft = ledger.refusals?.some(({ asked }) => asked === 'mutate' || asked === 'fence') === true;
  if (isLeft || ledger.hold !== undefined || ledger.parked !== undefined || lasting.isForEver) return;
  const deployed = sim.vertex.endpoint(ENDPOINT.name)?.deployed;
  const serving = configFor(scenario, false, sim.since).services.get(SERVICE)?.serving;
  const model = deployed?.get(live?.deployedModel ?? '');
  if (model !== undefined && facts.acts.size === 0)
    for (const field of ['minReplicas', 'maxReplicas'] as const)
      if (model.scale[field] !== serving?.[field])
        report('L9', `the live model has ${field} ${model.scale[field]} of ${serving?.[field]}`);
  const isKept = previous !== undefined && !previous.retired && sim.agenda.now < previous.until;
  const standby = isKept ? deployed?.get(previous.live.deployedModel) : undefined;
  const wanted = Math.min(serving?.minReplicas ?? 1, scenario.standbyReplicas ?? Infinity);
  if (standby?.state === 'ready' && standby.scale.minReplicas !== wanted)
    report('L9', `the standby has ${standby.scale.minReplicas} replicas of ${wanted}`);
}

/** A rollback gives traffic to what it has asked to grow, once that has ended, as far as the asker can know. */
export function checkGrowth(
  sim: WatchedRun,
  process: Process,
  seen: Endpoint,
  traffic: ReadonlyMap<string, number> | undefined,
  report: Report,
): void {
  const { ledger, endpoint, replicas, refused } = process;
  const known = ledger?.ledger;
  if (known === undefined || known === null) return;
  // That a rollback has begun is written with what it ends in: the request that waits for it says as much.
  const id = (known.release?.request ?? newest(known.queue))?.rollback?.deployedModel;
  const model = endpoint?.deployedModels.find((m) => m.id === id);
  if (id === undefined || model?.scale === undefined || known.previous?.retired !== false) return;
  if ((traffic?.get(id) ?? 0) <= (seen.traffic.get(id) ?? 0) || refused.has('vertex.mutate')) return;
  if (process.isScaleRefused) return;
  // A call that had its effect without a reply is asked for again, and may be refused for it.
  if (sim.faults.struck.some(({ site }) => site.startsWith('vertex.mutate'))) return;
  if (model.scale.minReplicas >= replicas || known.refusals?.some(({ asked }) => asked === 'mutate')) return;
  const { scaling } = known;
  const operation = sim.vertex.operations.unfinished.find((o) => o.kind === 'mutate' && o.subject === id);
  const isGrowing = operation !== undefined && !operation.forgotten;
  const isEarly = isGrowing && sim.agenda.now - operation.startedAt < GROWTH_MS_MAX && process.skew === 0;
  if (scaling?.deployedModel !== id || isEarly)
    report('S16', `${id} has ${model.scale.minReplicas} replicas of ${replicas} and gets traffic`);
}

/** A standby whose time is over had shrunk, where nothing hindered that. */
export function checkShrunk(
  sim: WatchedRun,
  facts: Facts,
  process: Process,
  id: string,
  report: Report,
): void {
  const { scenario, faults, agenda, since } = sim;
  const { previous, live } = process.ledger?.ledger ?? {};
  if (scenario.standbyReplicas === undefined || previous?.live.deployedModel !== id) return;
  const model = sim.vertex.deployedModel(id);
  const isHindered =
    faults.struck.some(({ site }) => /mutate|updateEndpoint|process|Endpoint/.test(site)) ||
    facts.was('hold', 'rollback') ||
    scenario.scales?.some(({ at }) => Math.abs(since - at) < HOUR_MS) === true ||
    scenario.inputs.some(({ do: what }) => what === 'rescale');
  const isOver = agenda.now >= previous.until && agenda.now - (live?.since ?? agenda.now) > HOUR_MS;
  if (isOver && !isHindered && (model?.scale.minReplicas ?? 0) > scenario.standbyReplicas)
    report('L9', `the standby ${id} has had ${model?.scale.minReplicas} replicas until its end`);
}

const HOUR_MS = 3_600_000;
/** Five minutes, less what the clocks of a release and of its operation differ by. */
const GROWTH_MS_MAX = 280_000;
