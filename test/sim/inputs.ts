/** What the world does to Slipway: artifacts land, people ask, an operator acts behind its back. */
import { ownerOf } from '../../functions/release/ids.ts';
import { BUCKET, ENDPOINT, FOLDERS, FOREIGN, SERVICE } from './config.ts';
import type { Command, Flaw, Input, OperatorAct } from './scenario.ts';
import type { Chance } from '../support/random.ts';
import type { WatchedRun } from './run-context.ts';
import { SHA256 } from './storage.ts';

const HOUR = 3_600_000;

export function markerName(folder: string): string {
  return `${FOLDERS}${folder}/model.onnx`;
}

/** Who asks at that time: every time another person, so that none passes for another. */
export function requesterAt(at: number): string {
  return `t${at}@example.com`;
}

export interface InputsContext extends WatchedRun {
  readonly chance: Chance;
  readonly watch: {
    landed(name: string): void;
    rewritten(): void;
    rescaled(): void;
    asked(folder: string | null, requestId: string): void;
    commanded(action: Command, id: string): void;
    operated(act: OperatorAct): void;
    forgotten(): void;
    endpointGone(): void;
  };
}

export function landing(sim: InputsContext, input: Exclude<Input, { do: 'operate' | 'rescale' }>): void {
  if (input.do === 'ask') return ask(sim, input);
  if (input.do === 'command') return command(sim, input.action);
  if (input.do === 'rewrite') return rewrite(sim, input.folder);
  const { agenda, artifacts } = sim;
  const folder = `${FOLDERS}${input.folder}/`;
  const promised = input.flaw === 'manifest' ? 'b'.repeat(64) : SHA256;
  const text = input.flaw === 'empty' ? '' : `model ${artifacts.history.length}`;
  if (sim.scenario.rollout !== undefined) {
    const golden = JSON.stringify({ instance: 1, prediction: 1 });
    artifacts.put(BUCKET, `${folder}golden.jsonl`, golden, null, agenda.now);
  }
  const hasContract = sim.scenario.rollout?.gates.includes('contract') ?? false;
  if (input.flaw === 'manifest' || hasContract || sim.chance.chance('manifest', 0.2)) {
    const files = [{ path: 'model.onnx', size: text.length || 1, sha256: promised }];
    const manifest = { schema: 1, files, ...(hasContract && { signature: signatureOf(input.flaw) }) };
    artifacts.put(BUCKET, `${folder}manifest.json`, JSON.stringify(manifest), null, agenda.now);
  } else {
    artifacts.delete(`${folder}manifest.json`);
  }
  const { name, generation } = artifacts.put(BUCKET, `${folder}model.onnx`, text, input.flaw, agenda.now);
  sim.watch.landed(name);
  announce(sim, name, generation);
}

/** Every object of the folder gets another generation, its marker last; what it holds is the same. */
function rewrite(sim: InputsContext, name: string): void {
  const { agenda, artifacts, watch } = sim;
  watch.rewritten();
  const files = artifacts
    .list(`${FOLDERS}${name}/`)
    .toSorted((a, b) => Number(a.name === markerName(name)) - Number(b.name === markerName(name)));
  for (const file of files) {
    const { generation } = artifacts.put(BUCKET, file.name, file.text, file.flaw, agenda.now);
    if (file.name === markerName(name)) announce(sim, file.name, generation);
  }
}

function signatureOf(flaw: Flaw | null): unknown {
  const name = flaw === 'contract' ? 'renamed' : 'x';
  return {
    inputs: [{ name, type: 'float32', shape: [null, 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: [null, 1] }],
  };
}

function command(sim: InputsContext, action: Command): void {
  const requestedBy = requesterAt(sim.agenda.now);
  const id = sim.pubsub.publish('requests', { service: SERVICE, action, requestedBy }, {});
  sim.watch.commanded(action, id);
}

/** Cloud Storage tells sometimes twice, under two ids. */
function announce(sim: InputsContext, name: string, generation: string): void {
  const attributes = {
    eventType: 'OBJECT_FINALIZE',
    bucketId: BUCKET,
    objectId: name,
    objectGeneration: generation,
  };
  sim.pubsub.publish('artifacts', {}, attributes);
}

function ask(sim: InputsContext, input: Extract<Input, { do: 'ask' }>): void {
  const artifact = input.folder === null ? {} : { artifact: `gs://${BUCKET}/${FOLDERS}${input.folder}` };
  const requestId = input.requestId === null ? {} : { requestId: input.requestId };
  const override = input.overrideContract === true ? { overrideContract: true } : {};
  const requestedBy = requesterAt(sim.agenda.now);
  const body = { service: SERVICE, ...artifact, ...requestId, ...override, requestedBy };
  const id = sim.pubsub.publish('requests', body, {});
  sim.watch.asked(input.folder, input.requestId ?? id);
}

/** A person with a console and no regard for Slipway. */
export class Operator {
  readonly #sim: InputsContext;

  constructor(sim: InputsContext) {
    this.#sim = sim;
  }

  #askForAnother(): void {
    const { agenda, pubsub } = this.#sim;
    agenda.after(300_000, () => pubsub.publish('requests', { service: SERVICE, action: 'rebuild' }, {}));
  }

  /** Gives every model of ours so many replicas. */
  rescale(minReplicas: number): void {
    const { vertex, watch } = this.#sim;
    const endpoint = vertex.endpoint(ENDPOINT.name);
    if (endpoint === undefined || endpoint.making) return;
    watch.rescaled();
    vertex.endpoints.interfere(endpoint, `operator: ${minReplicas} replicas`, () => {
      for (const model of endpoint.deployed.values())
        if (ownerOf(model.id, model.displayName) !== null)
          model.scale = { ...model.scale, minReplicas, maxReplicas: Math.max(minReplicas, 2) };
    });
  }

  act(act: OperatorAct): void {
    const { vertex, ledgers, artifacts, agenda, pubsub, watch } = this.#sim;
    watch.operated(act);
    const endpoint = vertex.endpoint(ENDPOINT.name);
    const stored = ledgers.read(SERVICE);
    const live = stored?.ledger?.live ?? null;
    switch (act) {
      case 'hold for an hour':
        pubsub.publish('requests', { service: SERVICE, action: 'hold', reason: 'a look around' }, {});
        agenda.after(HOUR, () => pubsub.publish('requests', { service: SERVICE, action: 'resume' }, {}));
        return;
      case 'delete the ledger':
      case 'delete the ledger and ask for another':
        ledgers.delete(SERVICE);
        watch.forgotten();
        if (act !== 'delete the ledger') this.#askForAnother();
        return;
      case 'corrupt the ledger': {
        if (stored === null || stored.ledger === null) return;
        const corrupted = ledgers.put(SERVICE, stored.text.slice(0, stored.text.length / 2), agenda.now);
        // And mends it an hour later, if it is still there.
        agenda.after(HOUR, () => {
          if (ledgers.read(SERVICE) === corrupted) ledgers.put(SERVICE, stored.text, agenda.now);
        });
        return;
      }
      case 'corrupt the ledger and ask for another':
        if (stored === null || stored.ledger === null) return;
        ledgers.put(SERVICE, stored.text.slice(0, stored.text.length / 2), agenda.now);
        watch.forgotten();
        this.#askForAnother();
        return;
      case 'delete the artifact': {
        const newest = artifacts.history.findLast((o) => o.name.endsWith('model.onnx'));
        if (newest !== undefined) artifacts.delete(newest.name);
        return;
      }
      case 'delete the live version':
        if (live !== null && live.request.version !== null) {
          vertex.models.removeVersion(
            `projects/1/locations/us-central1/models/slipway-${SERVICE}`,
            live.request.version,
          );
        }
        return;
      case 'delete the endpoint':
        vertex.endpoints.all.delete(ENDPOINT.name);
        watch.endpointGone();
        return;
      default:
    }
    if (endpoint === undefined || endpoint.making) return;
    vertex.endpoints.interfere(endpoint, `operator: ${act}`, () => {
      const ours = [...endpoint.deployed.values()].filter((d) => ownerOf(d.id, d.displayName) !== null);
      if (act === 'give a foreign model a share' || act === 'foreign model takes all') {
        endpoint.deployed.set(FOREIGN.id, { ...FOREIGN, state: 'ready' });
      }
      if (
        act === 'give a foreign model a share' &&
        live !== null &&
        endpoint.traffic.has(live.deployedModel)
      ) {
        endpoint.traffic = new Map([
          [FOREIGN.id, 20],
          [live.deployedModel, 80],
        ]);
      }
      if (act === 'foreign model takes all') endpoint.traffic = new Map([[FOREIGN.id, 100]]);
      if (act === 'traffic to none') endpoint.traffic = new Map();
      if (act === 'traffic to another') {
        const other = ours.find((d) => d.state === 'ready' && !endpoint.traffic.has(d.id));
        if (other !== undefined) endpoint.traffic = new Map([[other.id, 100]]);
      }
      if (act === 'undeploy the live one' && live !== null) {
        endpoint.traffic = new Map([...endpoint.traffic].filter(([id]) => id !== live.deployedModel));
        endpoint.deployed.delete(live.deployedModel);
        const [only] = endpoint.traffic.keys();
        if (only !== undefined) endpoint.traffic = new Map([[only, 100]]);
      }
    });
  }
}
