/** The invariants of calls that change Vertex AI, checked when their requests leave, by what the asker knows. */
import { deployedModelId, ownerOf } from '../../functions/release/ids.ts';
import type { Pending } from '../../functions/release/ledger/ledger.ts';
import type { DeployRequest, Endpoint, UploadRequest } from '../../functions/world.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import type { Process } from './process.ts';
import type { WatchedRun } from './run-context.ts';
import type { Recreated } from './recreated.ts';
import { checkGrowth, checkShrunk } from './scaled.ts';
import { LOCATION } from './vertex-types.ts';
import type { EndpointWatch } from './watch-endpoint.ts';
import type { LedgerWatch } from './watch-ledger.ts';

/** What may leave a model where it was to be undeployed, or hide that it is there. */
const HINDERS = /^(vertex\.(undeploy|getEndpoint|findEndpoints|deploy|updateEndpoint)|operation\.|process)/;

const ZOMBIE = /^(late|freeze|stall|skew|lasts)$/;

/** Three of at least five seconds, in ms. */
const LEAST_PAUSES = 16_000;
/** An upload whose reply was lost may still show after this, by the clock of the process that waits for it. */
const UPLOAD_SHOWS_MS = 175_000;

export class CallsWatch {
  readonly #pauses = new Map<string, number[]>();
  /** When a process was last told that an operation of that release has failed. */
  readonly failuresSeen = new Map<string, number>();
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #ledgers: LedgerWatch;
  readonly #endpoint: EndpointWatch;
  readonly #recreated: Recreated;
  readonly #report: Report;

  constructor(
    sim: WatchedRun,
    facts: Facts,
    parts: {
      readonly ledgers: LedgerWatch;
      readonly endpoint: EndpointWatch;
      readonly recreated: Recreated;
    },
    report: Report,
  ) {
    this.#sim = sim;
    this.#facts = facts;
    this.#ledgers = parts.ledgers;
    this.#endpoint = parts.endpoint;
    this.#recreated = parts.recreated;
    this.#report = report;
  }

  uploads(process: Process, request: UploadRequest): void {
    const release = request.labels.get('slipway-release') ?? '';
    this.intends(process, 'upload', release);
    this.#checkPause(process, release);
  }

  deletesVersion(process: Process, version: string): void {
    this.intends(process, 'deleteVersion', version);
    const ledger = process.ledger?.ledger;
    if (ledger?.live?.request.version === version)
      this.#report('S3', `version ${version} of the live release is to be deleted`);
    if (ledger?.previous?.live.request.version === version)
      this.#report('S3', `version ${version}, which a rollback needs, is to be deleted`);
  }

  deploys(process: Process, request: DeployRequest, split: ReadonlyMap<string, number> | null): void {
    const { id } = request;
    this.intends(process, 'deploy', id);
    if (split !== null) this.#report('S5', `deployment ${id} carries a split`);
    const owner = ownerOf(id, request.displayName);
    if (owner === null || deployedModelId(owner.release, owner.attempt) !== id) {
      this.#report('S6', `${id} is not the id of ${request.displayName}`);
      return;
    }
    const isLedgerLost = [...this.#facts.acts].every((act) => act.startsWith('delete the ledger'));
    if (this.#endpoint.gone.has(id) && isLedgerLost)
      this.#report('S6', `${id} was taken away and is deployed again`);
    this.#checkRoom(process, id);
    this.#checkPause(process, owner.release);
  }

  /** Vertex has taken an upload on: an earlier one of the same release must have had the time to show. */
  uploaded(request: UploadRequest): void {
    const { vertex, agenda, faults } = this.#sim;
    const release = request.labels.get('slipway-release');
    const versions = vertex.models.all.get(`${LOCATION}/models/${request.modelId}`)?.versions ?? [];
    const others = versions.slice(0, -1).filter((v) => v.labels.get('slipway-release') === release);
    const recent = others.find((v) => v.createdAt > agenda.now - UPLOAD_SHOWS_MS);
    const isHindered = this.#facts.acts.size > 0 || faults.struck.some(({ fault }) => ZOMBIE.test(fault.is));
    if (recent !== undefined && !isHindered)
      this.#report('S6', `${release} is uploaded again, and was so as ${recent.version} just now`);
  }

  /** Two at a time, unless what is in the way cannot be taken away. */
  #checkRoom(process: Process, id: string): void {
    const { scenario, faults, lasting } = this.#sim;
    const live = process.ledger?.ledger?.live?.deployedModel;
    const others = (process.endpoint?.deployedModels ?? []).filter(
      (m) =>
        m.id !== live &&
        m.id !== id &&
        ownerOf(m.id, m.displayName) !== null &&
        // What is still being deployed cannot be taken away.
        this.#sim.vertex.deployedModel(m.id)?.state !== 'deploying',
    );
    // What could not be taken away is in the ledger, and holds nothing back.
    const { ledger } = process.ledger ?? {};
    const left = ledger && 'leftovers' in ledger ? JSON.stringify(ledger.leftovers) : '';
    // What serves goes on, until the live model of a service that has woken is there again.
    const serves = (m: { id: string }) =>
      ledger?.live?.retired === true && (process.endpoint?.traffic.get(m.id) ?? 0) > 0;
    const inTheWay = others.filter((m) => !left.includes(`"${m.id}"`) && !serves(m));
    const isHindered =
      this.#facts.acts.size > 0 ||
      lasting.ofBetween('vertex.u', 0, this.#sim.since).length > 0 ||
      lasting.ofBetween('undeploy', 0, this.#sim.since).length > 0 ||
      lasting.ofBetween('deploy', 0, this.#sim.since).length > 0 ||
      scenario.switches.oneAtATime ||
      faults.struck.some(({ site }) => HINDERS.test(site));
    if (inTheWay.length > 0 && !isHindered)
      this.#report('B1', `${id} is to be deployed beside ${inTheWay.map((m) => m.id).join(', ')}`);
  }

  /** A process that has seen an attempt fail waits before the next one, longer each time. */
  #checkPause(process: Process, release: string): void {
    const seen = this.failuresSeen.get(release);
    if (seen === undefined) return;
    this.failuresSeen.delete(release);
    const pauses = [...(this.#pauses.get(release) ?? []), this.#sim.agenda.now - seen].slice(-3);
    this.#pauses.set(release, pauses);
    const sum = pauses.reduce((a, b) => a + b, 0);
    if (pauses.length === 3 && sum < LEAST_PAUSES && process.skew === 0)
      this.#report('B1', `${release} is tried a third time within ${Math.round(sum / 1000)} s`);
  }

  /** A process learns how an operation stands. */
  learns(name: string): void {
    const operation = this.#sim.vertex.operations.all.get(name);
    if (operation?.error === null || operation === undefined || operation.error.status === 'ALREADY_EXISTS')
      return;
    const release = /r-[0-9a-f]{12}/.exec(operation.subject)?.[0];
    if (release !== undefined) this.failuresSeen.set(release, this.#sim.agenda.now);
  }

  /** Vertex has taken the deployment on. */
  deployed(request: DeployRequest): void {
    const { models } = this.#sim.vertex;
    const label = models.versionOf(request.model, request.version)?.labels.get('slipway-release');
    const owner = ownerOf(request.id, request.displayName)?.release;
    // A version that is gone is refused by the operation, where the call does not.
    // A rollback deploys the version of the release it goes back to.
    const isRollback = owner !== undefined && this.#ledgers.rollbacks.get(owner) === request.version;
    if (label !== undefined && label !== owner && !isRollback)
      this.#report('S6', `${request.id} of ${owner} is deployed with the version of ${label}`);
  }

  mutates(process: Process, id: string): void {
    const { scaling } = process.ledger?.ledger ?? {};
    if (scaling?.deployedModel !== id || scaling.name !== null)
      this.#report('S7', `a change of scale of ${id} without its intent in the ledger`);
    const model = process.endpoint?.deployedModels.find((m) => m.id === id);
    if (model !== undefined && ownerOf(id, model.displayName) === null)
      this.#report('S10', `${id}, which others deployed, is to be scaled`);
  }

  undeploys(process: Process, id: string, split: ReadonlyMap<string, number> | null): void {
    this.intends(process, 'undeploy', id);
    this.#recreated.undeploys(process, id);
    checkShrunk(this.#sim, this.#facts, process, id, this.#report);
    if (split !== null) this.#report('S3', `undeploying ${id} carries a split`);
    if ((process.endpoint?.traffic.get(id) ?? 0) > 0)
      this.#report('S3', `${id} is to be undeployed with traffic`);
    const { ledger } = process.ledger ?? {};
    if (ledger?.live?.deployedModel === id && ledger.parked === undefined && ledger.live.retired !== true)
      this.#report('S3', `${id} is to be undeployed and is live`);
    const model = process.endpoint?.deployedModels.find((m) => m.id === id);
    if (model !== undefined && ownerOf(id, model.displayName) === null) {
      this.#report('S10', `${id}, which others deployed, is to be undeployed`);
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
    checkGrowth(this.#sim, process, seen, change.traffic, this.#report);
    if (etag === null) this.#report('S4', 'an update without etag');
    if (read > process.epoch || written !== process.epoch) {
      this.#report('S4', `an update in epoch ${process.epoch} from a read of ${read} writes ${written}`);
    }
    for (const model of seen.deployedModels) {
      const held = seen.traffic.get(model.id) ?? 0;
      const foreign = ownerOf(model.id, model.displayName) === null;
      const isTaken = this.#sim.scenario.rollout?.takeOver === true;
      if (
        foreign &&
        !isTaken &&
        change.traffic !== undefined &&
        (change.traffic.get(model.id) ?? 0) !== held
      ) {
        this.#report('S10', `${model.id}, which others deployed, loses its traffic`);
      }
    }
  }

  /** The intent of the call is in the ledger, as far as the caller can know. */
  intends(process: Process, kind: Pending['kind'], subject: string): void {
    const pending = process.ledger?.ledger?.pending;
    if (pending?.kind !== kind || pending.subject !== subject || pending.name !== null) {
      this.#report('S7', `${kind} of ${subject} without its intent in the ledger`);
    }
  }
}
