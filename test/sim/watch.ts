/**
 * The invariants of a release, checked at every effect, call, write and acknowledgement. The first one that breaks
 * ends the run. What holds at rest is in oracle.ts.
 *
 * - S1 once something has served: the split sums to 100, and whatever has traffic is there, ready and stays.
 * - S2 the release that serves is never replaced by one that was wanted earlier.
 * - S3 no undeploying is asked for while, to the asker's knowledge, the model has traffic or is live; never with a split.
 * - S4 every update carries the etag of a read whose epoch is not above the writer's own.
 * - S5 no deployment carries a split.
 * - S6 one release and attempt, one deployed model id, one version; no id comes back once it was taken away.
 * - S7 the ledger: compare-and-swap only, intents before their calls, the epoch never falls, ends are final.
 * - S8 an acknowledgement only when no work is known, or a successor was accepted.
 * - S9 no success is recorded that cannot be seen.
 * - S10 what others deployed is never undeployed, and keeps its traffic.
 * - S11 what was rolled back never gets traffic again under its id.
 * - S12 what answers wrongly never gets past the first step, where the golden gate is on.
 * - B1 bounded: calls, continuations, models deployed at once.
 */
import type { Status } from '../../functions/errors.ts';
import { deployedModelId, ownerOf } from '../../functions/release/ids.ts';
import {
  compareOrder,
  hasWork,
  newest,
  type Ledger,
  type Order,
  type Release,
  type Request,
} from '../../functions/release/ledger.ts';
import type { Outcome } from '../../functions/release/outcome.ts';
import type { DeployRequest, Endpoint, UploadRequest } from '../../functions/world.ts';
import { FOREIGN, SERVICE } from './config.ts';
import { Oracle } from './oracle.ts';
import type { SimMessage } from './pubsub.ts';
import { FATAL_FLAWS, type Command, type Flaw, type OperationKind, type OperatorAct } from './scenario.ts';
import type { Process, Simulation } from './simulation.ts';
import type { StoredLedger } from './storage.ts';
import type { SimDeployed, SimEndpoint, SimOperation } from './vertex.ts';

export type Invariant =
  | 'S1'
  | 'S2'
  | 'S3'
  | 'S4'
  | 'S5'
  | 'S6'
  | 'S7'
  | 'S8'
  | 'S9'
  | 'S10'
  | 'S11'
  | 'S12'
  | 'L1'
  | 'L2'
  | 'L3'
  | 'B1'
  | 'X1';

export interface Violation {
  readonly invariant: Invariant;
  readonly text: string;
}

/** A ledger of one service and a few releases stays far below what the engine would still write. */
const LEDGER_BYTES = 65_536;
const MOST_DEPLOYED = 6;
/** Of a run without faults; each fault may cost some more. */
const MOST_CALLS = 1_500;
const CALLS_OF_A_FAULT = 25;
const MOST_CALLS_OF_ONE = 400;
const MOST_MESSAGES = 24;

export class Watch {
  violation: Violation | null = null;
  /** Grows with everything that changes on Vertex AI or in the ledger. */
  changes = 0;
  mostDeployed = 0;
  mostCalls = 0;
  readonly #sim: Simulation;
  readonly #oracle: Oracle;
  readonly #orders = new Map<string, Order>();
  readonly #gone = new Set<string>();
  #traffic: ReadonlyMap<string, number> = new Map();
  /** Releases that go back, and the versions they go back to. */
  readonly #rollbacks = new Map<string, string | null>();
  /** Deployed models that gave their traffic back for good. */
  readonly #rolledBack = new Set<string>();
  #serves = false;
  #operated = false;

  constructor(sim: Simulation) {
    this.#sim = sim;
    this.#oracle = new Oracle(sim);
  }

  /** How many requests were taken in. */
  get releases(): number {
    return this.#orders.size;
  }

  violate(invariant: Invariant, text: string): void {
    this.#sim.log(`VIOLATION ${invariant}: ${text}`);
    this.violation ??= { invariant, text };
  }

  atRest(): void {
    this.#oracle.atRest((invariant, text) => this.violate(invariant, text));
  }

  // What the world does

  landed(name: string): void {
    this.#oracle.landed(name);
  }

  asked(folder: string | null, requestId: string): void {
    this.#oracle.asked(folder, requestId);
  }

  commanded(action: Command, id: string): void {
    this.#oracle.commanded(action, id);
  }

  told(message: unknown): void {
    this.changes += 1;
    this.#oracle.told(message);
  }

  lost(message: SimMessage): void {
    this.#oracle.lost(message, (invariant, text) => this.violate(invariant, text));
  }

  operated(act: OperatorAct): void {
    this.#operated = true;
    this.#oracle.operated(act);
  }

  forgotten(): void {
    this.#orders.clear();
    this.#oracle.forgotten();
  }

  endpointGone(): void {
    this.#serves = false;
  }

  // Calls that leave

  calls(process: Process): void {
    this.mostCalls = Math.max(this.mostCalls, process.calls);
    if (process.calls > MOST_CALLS_OF_ONE) this.violate('B1', `${process.calls} calls of one process`);
  }

  uploads(process: Process, request: UploadRequest): void {
    const release = request.labels.get('slipway-release') ?? '';
    this.intends(process, 'upload', release);
  }

  deletesVersion(process: Process, version: string): void {
    this.intends(process, 'deleteVersion', version);
    const ledger = process.ledger?.ledger;
    if (ledger?.live?.request.version === version)
      this.violate('S3', `version ${version} of the live release is to be deleted`);
  }

  deploys(process: Process, request: DeployRequest, split: ReadonlyMap<string, number> | null): void {
    const { id } = request;
    this.intends(process, 'deploy', id);
    if (split !== null) this.violate('S5', `deployment ${id} carries a split`);
    const owner = ownerOf(id, request.displayName);
    if (owner === null || deployedModelId(owner.release, owner.attempt) !== id) {
      this.violate('S6', `${id} is not the id of ${request.displayName}`);
      return;
    }
    if (this.#gone.has(id) && !this.#operated)
      this.violate('S6', `${id} was taken away and is deployed again`);
  }

  /** Vertex has taken the deployment on. */
  deployed(request: DeployRequest): void {
    const versions = this.#sim.vertex.models.get(request.model)?.versions ?? [];
    const label = versions.find((v) => v.version === request.version)?.labels.get('slipway-release');
    const owner = ownerOf(request.id, request.displayName)?.release;
    // A version that is gone is refused by the operation, where the call does not.
    // A rollback deploys the version of the release it goes back to.
    const isRollback = owner !== undefined && this.#rollbacks.get(owner) === request.version;
    if (label !== undefined && label !== owner && !isRollback)
      this.violate('S6', `${request.id} of ${owner} is deployed with the version of ${label}`);
  }

  undeploys(process: Process, id: string, split: ReadonlyMap<string, number> | null): void {
    this.intends(process, 'undeploy', id);
    if (split !== null) this.violate('S3', `undeploying ${id} carries a split`);
    if ((process.endpoint?.traffic.get(id) ?? 0) > 0)
      this.violate('S3', `${id} is to be undeployed with traffic`);
    if (process.ledger?.ledger?.live?.deployedModel === id)
      this.violate('S3', `${id} is to be undeployed and is live`);
    const model = process.endpoint?.deployedModels.find((m) => m.id === id);
    if (model !== undefined && ownerOf(id, model.displayName) === null) {
      this.violate('S10', `${id}, which others deployed, is to be undeployed`);
    }
  }

  updates(
    process: Process,
    seen: Endpoint,
    etag: string | null,
    change: { traffic?: ReadonlyMap<string, number>; labels: ReadonlyMap<string, string> },
  ): void {
    const read = Number(seen.labels.get('slipway-epoch') ?? 0);
    const written = Number(change.labels.get('slipway-epoch') ?? 0);
    if (etag === null) this.violate('S4', 'an update without etag');
    if (read > process.epoch || written !== process.epoch) {
      this.violate('S4', `an update in epoch ${process.epoch} from a read of ${read} writes ${written}`);
    }
    for (const model of seen.deployedModels) {
      const held = seen.traffic.get(model.id) ?? 0;
      const foreign = ownerOf(model.id, model.displayName) === null;
      if (foreign && change.traffic !== undefined && (change.traffic.get(model.id) ?? 0) !== held) {
        this.violate('S10', `${model.id}, which others deployed, loses its traffic`);
      }
    }
  }

  /** The intent of the call is in the ledger, as far as the caller can know. */
  intends(process: Process, kind: OperationKind, subject: string): void {
    const pending = process.ledger?.ledger?.pending;
    if (pending?.kind !== kind || pending.subject !== subject || pending.name !== null) {
      this.violate('S7', `${kind} of ${subject} without its intent in the ledger`);
    }
  }

  refusedByFault(process: Process, method: string, status: Status): void {
    this.#oracle.refused(process.ledger?.ledger ?? null, method, status);
  }

  failed(operation: SimOperation): void {
    this.#oracle.failed(operation);
  }

  // Effects

  changed(endpoint: SimEndpoint, why: string): void {
    this.changes += 1;
    const { traffic, deployed } = endpoint;
    this.#sim.log(
      `endpoint ${why}: traffic ${JSON.stringify(Object.fromEntries(traffic))}, deployed ${[...deployed.values()].map((d) => `${d.id} ${d.state}`).join(', ')}, etag ${endpoint.etag}`,
    );
    const byOperator = why.startsWith('operator') || why.startsWith('a foreign');
    const serves = isServing(endpoint);
    const stored = this.#sim.ledgers.read(SERVICE)?.ledger ?? null;
    // The first release of a service has nobody to give its traffic back to.
    if (traffic.size === 0 && stored?.live === null && stored.release?.goingBack !== undefined)
      this.#serves = false;
    if (!serves && !byOperator && (this.#serves || (traffic.size > 0 && why.includes('updates')))) {
      this.violate('S1', `after "${why}" the endpoint serves ${JSON.stringify(Object.fromEntries(traffic))}`);
    }
    this.#serves = serves;
    if (why.includes('updates') && !this.#operated) this.#checkGains(endpoint, stored);
    this.#traffic = traffic;
    let ours = 0;
    for (const model of deployed.values()) {
      if (model.state === 'undeploying') this.#gone.add(model.id);
      if (ownerOf(model.id, model.displayName) !== null) ours += 1;
    }
    this.mostDeployed = Math.max(this.mostDeployed, ours);
    if (ours > MOST_DEPLOYED) this.violate('B1', `${ours} models deployed at once`);
  }

  /** Only the live model and the candidate ever get more traffic, and nothing that was rolled back. */
  #checkGains({ deployed, traffic }: SimEndpoint, ledger: Ledger | null): void {
    if (ledger === null) return;
    const entitled = new Set([ledger.live?.deployedModel, ...candidatesOf(ledger)]);
    for (const [id, percent] of traffic) {
      if (percent <= (this.#traffic.get(id) ?? 0)) continue;
      const model = deployed.get(id);
      const owner = ownerOf(id, model?.displayName ?? '');
      if (owner === null) continue;
      if (!entitled.has(id)) this.violate('S2', `${id} gets traffic and is neither live nor the candidate`);
      if (this.#rolledBack.has(id)) this.violate('S11', `${id} was rolled back and gets traffic again`);
      this.#checkGate(model, percent, ledger);
    }
  }

  /** What answers wrongly gets past the gate in no step but the first. */
  #checkGate(model: SimDeployed | undefined, percent: number, ledger: Ledger): void {
    const { rollout } = this.#sim.scenario;
    const { release } = ledger;
    const version = this.#sim.vertex.models
      .get(model?.model ?? '')
      ?.versions.find((v) => v.version === model?.version);
    const flaw = version?.flaw;
    if (rollout === undefined || release === null || model === undefined) return;
    if (ledger.live === null) return;
    if (model.id !== deployedModelId(release.request.id, release.attempt) || release.goingBack) return;
    if (release.request.id === ledger.live.request.id) return;
    if (!isDeployedHere(this.#sim, ledger.live.deployedModel)) return;
    const isCaught = flaw !== null && flaw !== undefined && this.#isCaught(flaw, release);
    const first = rollout.steps[0]?.traffic ?? 100;
    const foreign = this.#traffic.get(FOREIGN.id) ?? 0;
    if (isCaught && percent > Math.max(1, Math.round(((100 - foreign) * first) / 100)))
      this.violate('S12', `${model.id} answers wrongly and gets ${percent} %`);
  }

  wrote(process: Process, before: StoredLedger | null, after: StoredLedger, expected: string | null): void {
    this.changes += 1;
    if (expected === null) this.violate('S7', 'the ledger is written without a condition');
    if (after.text.length > LEDGER_BYTES) this.violate('S7', `a ledger of ${after.text.length} characters`);
    const ledger = after.ledger;
    if (ledger === null) {
      this.violate('S7', 'what was written is no ledger');
      return;
    }
    const previous = before?.ledger ?? null;
    if (ledger.lease !== null && ledger.lease.by !== previous?.lease?.by) process.holder = ledger.lease.by;
    if (before !== null && previous === null && process.message.topic !== 'ticks')
      this.violate('S7', 'an unreadable ledger is written over without being asked to');
    if (previous !== null) this.#checkChange(previous, ledger);
    // Asked for by a person, if perhaps for an earlier one: what waited in the ledger is lost.
    if (before !== null && previous === null) this.forgotten();
    if (previous === null && ledger.live !== null) this.#oracle.rebuilt(ledger.live.request);
    for (const request of requestsOf(ledger)) this.#learn(request);
    this.#checkSuccess(previous, ledger);
    this.#oracle.started(ledger);
    this.#checkBounds();
  }

  #checkChange(before: Ledger, after: Ledger): void {
    if (after.epoch < before.epoch)
      this.violate('S7', `the epoch falls from ${before.epoch} to ${after.epoch}`);
    const taken = after.lease !== null && after.lease.by !== before.lease?.by;
    if (taken && after.epoch <= before.epoch) this.violate('S7', 'the lease is taken without a new epoch');
    const { release } = after;
    if (release !== null && release.request.id !== before.release?.request.id) {
      const ended = before.outcomes.some((o) => o.release === release.request.id);
      if (ended && release.request.id !== before.live?.request.id) {
        this.violate('S7', `${release.request.id} has ended and is started again`);
      }
    }
    const started = release !== null && release.request.id !== before.release?.request.id ? release : null;
    const isRepair = started?.request.id === after.live?.request.id;
    if (started !== null && !isRepair && after.live !== null && !this.#operated) {
      if (compareOrder(started.request.order, after.live.request.order) <= 0)
        this.violate('S2', `${started.request.id} starts and is older than what is live`);
    }
    if (after.live !== null && before.live !== null && !this.#operated) {
      if (compareOrder(after.live.request.order, before.live.request.order) < 0)
        this.violate('S2', `${after.live.request.id} goes live after what was wanted later`);
    }
    this.#learnRollbacks(before, after);
    for (const outcome of before.outcomes) {
      const now = after.outcomes.find((o) => o.release === outcome.release && o.endedAt === outcome.endedAt);
      if (now !== undefined && now.result !== outcome.result)
        this.violate('S7', `the end of ${outcome.release} changes`);
      if (now === undefined && !outcome.announced)
        this.violate('S7', `the end of ${outcome.release} is lost`);
    }
    const kept = new Set(requestsOf(after).map((r) => r.id));
    for (const { id } of requestsOf({ ...before, live: null })) {
      const ended = after.outcomes.some((o) => o.release === id);
      if (!kept.has(id) && !ended) this.violate('L2', `request ${id} leaves the ledger without an end`);
    }
  }

  #learnRollbacks(before: Ledger, after: Ledger): void {
    const isNew = (o: Outcome) =>
      !before.outcomes.some((b) => b.release === o.release && b.endedAt === o.endedAt);
    for (const outcome of after.outcomes.filter((o) => o.result === 'RolledBack' && isNew(o))) {
      const { release } = before;
      if (release?.request.id === outcome.release)
        for (const id of candidatesOf(before)) this.#rolledBack.add(id);
      if (outcome.deployedModel !== null) this.#rolledBack.add(outcome.deployedModel);
    }
  }

  /** Requests are ordered by a clock of Google's: the oracle knows what it said. */
  #learn(request: Request): void {
    if (this.#orders.has(request.id)) return;
    this.#orders.set(request.id, request.order);
    if (request.rollback !== undefined) this.#rollbacks.set(request.id, request.version);
    const problem = this.#oracle.accepted(request);
    if (problem !== null) this.violate('L1', problem);
  }

  #checkSuccess(before: Ledger | null, after: Ledger): void {
    const { vertex } = this.#sim;
    const uploaded = after.release?.request;
    if (
      uploaded !== undefined &&
      uploaded.version !== null &&
      uploaded.version !== before?.release?.request.version
    ) {
      const there = vertex.everMade(`slipway-${SERVICE}`) >= Number(uploaded.version);
      if (!there && !this.#operated && before?.release?.request.id === uploaded.id) {
        this.violate('S9', `version ${uploaded.version} is recorded and never was`);
      }
    }
    const live = after.live;
    if (live === null || live.deployedModel === before?.live?.deployedModel || this.#operated) return;
    const serves = [...vertex.endpoints.values()].some(
      (e) =>
        (e.traffic.get(live.deployedModel) ?? 0) > 0 && e.deployed.get(live.deployedModel)?.state === 'ready',
    );
    if (!serves) this.violate('S9', `${live.deployedModel} is recorded as live and does not serve`);
    const flaw = this.#oracle.flawOf(live.request);
    if (flaw !== null && this.#isCaught(flaw, before?.release ?? null))
      this.violate('S9', `${live.request.id} is recorded as live with a flawed ${flaw}`);
  }

  /** Whether such a flaw must not get past the rollout. */
  #isCaught(flaw: Flaw, release: Release | null): boolean {
    if (FATAL_FLAWS.includes(flaw)) return release?.request.rollback === undefined;
    const { rollout } = this.#sim.scenario;
    if (rollout?.whenUnsure !== 'fail' || release === null) return false;
    if (release.promoted === true || release.request.rollback !== undefined) return false;
    return flaw === 'answers' && rollout.gates.includes('golden');
  }

  #checkBounds(): void {
    // While a candidate bakes, and while a gate waits for evidence, the ledger is read every few seconds.
    const baked =
      this.#sim.scenario.rollout?.steps.reduce((sum, { bakeMs }) => sum + bakeMs + 600_000, 0) ?? 0;
    const listening = (this.#orders.size * baked) / 4_000;
    const most = MOST_CALLS + listening + CALLS_OF_A_FAULT * this.#sim.faults.struck.length;
    if (this.#sim.callCount > most) this.violate('B1', `${this.#sim.callCount} calls`);
    if (this.#sim.pubsub.mostWaiting > MOST_MESSAGES + this.#sim.faults.struck.length) {
      this.violate('B1', `${this.#sim.pubsub.mostWaiting} messages at once`);
    }
  }

  acknowledged(process: Process): void {
    if (process.answered || process.ticked) return;
    const ledger = process.ledger?.ledger ?? null;
    if (ledger !== null && hasWork(ledger)) {
      this.violate('S8', `process ${process.id} acknowledges with work left and no successor`);
    }
  }
}

/** The split sums to 100, and whatever has traffic is there and ready. */
export function isServing(endpoint: SimEndpoint): boolean {
  let sum = 0;
  for (const [id, percent] of endpoint.traffic) {
    sum += percent;
    if (percent > 0 && endpoint.deployed.get(id)?.state !== 'ready') return false;
  }
  return sum === 100;
}

/** The deployed models that the release under way may bring to traffic. */
function candidatesOf({ release, queue, previous }: Ledger): string[] {
  // That a rollback has begun is written with what it ends in: the request that waits for it says as much.
  const standby = (release?.request ?? newest(queue))?.rollback?.deployedModel;
  const candidates = standby !== undefined && previous?.retired === false ? [standby] : [];
  return release === null
    ? candidates
    : [...candidates, deployedModelId(release.request.id, release.attempt)];
}

function isDeployedHere(sim: Simulation, id: string): boolean {
  return [...sim.vertex.endpoints.values()].some((endpoint) => endpoint.deployed.has(id));
}

function requestsOf(ledger: Ledger): Request[] {
  const requests = [...ledger.queue];
  if (ledger.release !== null) requests.push(ledger.release.request);
  if (ledger.live !== null) requests.push(ledger.live.request);
  return requests;
}
