/** The invariants of an endpoint, checked whenever it changes: what serves, who gets traffic, what is deployed. */
import { deployedModelId, ownerOf } from '../../functions/release/ids.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { FOREIGN, SERVICE } from './config.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import type { WatchedRun } from './run-context.ts';
import type { SimDeployed, SimEndpoint } from './vertex-types.ts';
import { candidatesOf, isCaught, type LedgerWatch } from './watch-ledger.ts';

const DEPLOYED_MAX = 6;

export class EndpointWatch {
  mostDeployed = 0;
  /** Ids that were taken away. */
  readonly gone = new Set<string>();
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #ledgers: LedgerWatch;
  readonly #report: Report;
  #traffic: ReadonlyMap<string, number> = new Map();
  #serves = false;

  constructor(sim: WatchedRun, facts: Facts, ledgers: LedgerWatch, report: Report) {
    this.#sim = sim;
    this.#facts = facts;
    this.#ledgers = ledgers;
    this.#report = report;
  }

  /** An operator has deleted it. */
  deleted(): void {
    this.#serves = false;
  }

  changed(endpoint: SimEndpoint, why: string): void {
    const { traffic, deployed } = endpoint;
    this.#sim.log(
      `endpoint ${why}: traffic ${JSON.stringify(Object.fromEntries(traffic))}, deployed ${[...deployed.values()].map((d) => `${d.id} ${d.state}`).join(', ')}, etag ${endpoint.etag}`,
    );
    const byOperator = why.startsWith('operator') || why.startsWith('a foreign');
    const serves = isServing(endpoint);
    const stored = this.#sim.ledgers.read(SERVICE)?.ledger ?? null;
    // The first release of a service has nobody to give its traffic back to.
    const isLeft =
      stored !== null && 'leftovers' in stored && JSON.stringify(stored.leftovers).includes('"giveBack"');
    if (traffic.size === 0 && stored?.live === null && (isLeft || stored.release?.goingBack !== undefined))
      this.#serves = false;
    // A parked service serves nothing, until it is awake.
    if (traffic.size === 0 && stored !== null && stored.parked !== undefined) this.#serves = false;
    // The rollout has said so before.
    if (traffic.size === 0 && stored?.outage?.since !== undefined) this.#serves = false;
    if (!serves && !byOperator && (this.#serves || (traffic.size > 0 && why.includes('updates')))) {
      this.#report('S1', `after "${why}" the endpoint serves ${JSON.stringify(Object.fromEntries(traffic))}`);
    }
    this.#serves = serves;
    if (why.includes('updates') && this.#facts.acts.size === 0) this.#checkGains(endpoint, stored);
    this.#traffic = traffic;
    let ours = 0;
    let failed = 0;
    for (const model of deployed.values()) {
      if (model.state === 'undeploying') this.gone.add(model.id);
      if (ownerOf(model.id, model.displayName) === null) continue;
      ours += 1;
      if (model.state === 'failed') failed += 1;
    }
    this.mostDeployed = Math.max(this.mostDeployed, ours);
    // What cannot be taken away is left behind, one for each release that met it. What failed and stays all the same
    // serves nothing, one for each attempt of a release.
    const isHindered = ['deploy', 'undeploy', 'vertex.undeploy', 'vertex.updateEndpoint'].some(
      (of) => this.#sim.lasting.ofBetween(of, 0, this.#sim.since).length > 0,
    );
    const hanging = isHindered ? this.#sim.scenario.inputs.length + failed : 0;
    if (ours > DEPLOYED_MAX + hanging) this.#report('B1', `${ours} models deployed at once`);
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
      if (!entitled.has(id)) this.#report('S2', `${id} gets traffic and is neither live nor the candidate`);
      if (this.#ledgers.rolledBack.has(id))
        this.#report('S11', `${id} was rolled back and gets traffic again`);
      this.#checkGate(model, percent, ledger);
    }
  }

  /** What answers wrongly gets past the gate in no step but the first. */
  #checkGate(model: SimDeployed | undefined, percent: number, ledger: Ledger): void {
    const { rollout } = this.#sim.scenario;
    const { release } = ledger;
    const version = this.#sim.vertex.models.versionOf(model?.model ?? '', model?.version ?? '');
    const flaw = version?.flaw;
    if (rollout === undefined || release === null || model === undefined) return;
    if (ledger.live === null) return;
    if (model.id !== deployedModelId(release.request.id, release.attempt) || release.goingBack) return;
    if (release.request.id === ledger.live.request.id) return;
    // Once undeploying it is decided it gets no traffic again, whatever shows under its id: nothing shares the traffic.
    const { deployedModel, retired = false } = ledger.live;
    if (retired || this.#sim.vertex.deployedModel(deployedModel) === undefined) return;
    const isFlawed = flaw !== null && flaw !== undefined && isCaught(this.#sim, flaw, release);
    const first = rollout.steps[0]?.traffic ?? 100;
    const foreign = this.#traffic.get(FOREIGN.id) ?? 0;
    if (isFlawed && percent > Math.max(1, Math.round(((100 - foreign) * first) / 100)))
      this.#report('S12', `${model.id} answers wrongly and gets ${percent} %`);
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
