/**
 * What happens to one service in one run: the artifacts that land, what people ask for, what an operator does behind
 * Slipway's back, how long Vertex's operations take, and how Vertex behaves where no source settles it. Plain data,
 * drawn by the seed, so that a tape can hold it and the shrinker can make it smaller.
 */
import { Chance } from './random.ts';

/** What is wrong with an artifact, for good. */
export type Flaw =
  | 'manifest'
  | 'upload'
  | 'deploy'
  | 'empty'
  /** It comes up and answers wrongly, or fails often; or its callers would have to change. */
  | 'answers'
  | 'errors'
  | 'contract';

export type Command = 'rollback' | 'abort' | 'promote' | 'hold' | 'resume';

export const OPERATOR_ACTS = [
  'traffic to another',
  'traffic to none',
  'undeploy the live one',
  'delete the live version',
  'give a foreign model a share',
  'foreign model takes all',
  'delete the ledger',
  'delete the ledger and ask for another',
  'corrupt the ledger',
  'corrupt the ledger and ask for another',
  'hold for an hour',
  'delete the artifact',
  'delete the endpoint',
] as const;

export type OperatorAct = (typeof OPERATOR_ACTS)[number];

export type Input =
  | { readonly at: number; readonly do: 'land'; readonly folder: string; readonly flaw: Flaw | null }
  | {
      readonly at: number;
      readonly do: 'ask';
      /** Null: the newest. */
      readonly folder: string | null;
      readonly requestId: string | null;
      readonly overrideContract?: boolean;
    }
  | { readonly at: number; readonly do: 'command'; readonly action: Command }
  | { readonly at: number; readonly do: 'operate'; readonly act: OperatorAct };

/** Vertex AI's unsettled behaviours: A1–A12 of the research, and early or lingering sights. */
export interface Switches {
  /** A1: what a stale etag is answered with. */
  readonly staleEtag: 'ABORTED' | 'FAILED_PRECONDITION';
  /** A2: what besides UpdateEndpoint changes the etag. */
  readonly etagOnDeploy: boolean;
  readonly etagOnUndeploy: boolean;
  /** A4, A10: a second call with an id in use is refused at once, or by its operation. */
  readonly duplicate: 'call' | 'operation';
  /** A6: traffic may be given to a model that is being undeployed. */
  readonly trafficWhileUndeploying: boolean;
  /** A7: traffic may be given to a model that is being deployed. */
  readonly trafficWhileDeploying: boolean;
  /** A11: one endpoint takes one operation at a time. */
  readonly oneAtATime: boolean;
  /** A model shows among the deployed ones before its operation is done. */
  readonly earlyModel: boolean;
  /** A version shows before its operation is done. */
  readonly earlyVersion: boolean;
  /** A model whose deployment failed stays among the deployed ones. */
  readonly failedModelStays: boolean;
  /** How long a version counts as deployed after it was undeployed, in ms. */
  readonly deleteLag: number;
}

export interface Scenario {
  readonly endpoint: 'none' | 'there';
  /** A model that others deployed is there from the beginning, without traffic. */
  readonly foreign: boolean;
  readonly inputs: readonly Input[];
  /** Typical time of each operation, in ms. */
  readonly durations: Readonly<Record<OperationKind, number>>;
  /** Every operation takes exactly its typical time. */
  readonly exact: boolean;
  readonly switches: Switches;
  /** While one lasts, every call to that service fails at once. */
  readonly outages: readonly Outage[];
  /** From one sweep to the next, in ms; null: no sweep. */
  readonly sweep: number | null;
  /** When faults stop, in ms after the beginning. */
  readonly healAt: number;
  readonly deadlineMs: number;
  readonly keepVersions: number;
  /** Absent: all the traffic at once, no questions, and nothing kept. */
  readonly rollout?: RolloutScenario;
}

export interface RolloutScenario {
  readonly steps: readonly { readonly traffic: number; readonly bakeMs: number }[];
  readonly standbyMs: number;
  readonly gates: readonly ('contract' | 'golden' | 'comparison' | 'metrics')[];
  readonly whenUnsure: 'fail' | 'pass';
  /** How often callers ask the endpoint. */
  readonly perMinute: number;
}

export interface Outage {
  readonly of: 'vertex' | 'ledgers' | 'artifacts' | 'bus';
  /** In ms after the beginning. */
  readonly from: number;
  readonly ms: number;
}

export type OperationKind = 'createEndpoint' | 'upload' | 'deploy' | 'undeploy' | 'deleteVersion';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

export const USUAL: Switches = {
  staleEtag: 'ABORTED',
  etagOnDeploy: true,
  etagOnUndeploy: true,
  duplicate: 'call',
  trafficWhileUndeploying: false,
  trafficWhileDeploying: false,
  oneAtATime: false,
  earlyModel: false,
  earlyVersion: false,
  failedModelStays: false,
  deleteLag: 0,
};

/** One artifact on an endpoint that has to be made, and every operation in its proportion. */
export const PLAIN: Scenario = {
  endpoint: 'there',
  foreign: false,
  inputs: [{ at: 1_000, do: 'land', folder: 'v1', flaw: null }],
  durations: {
    createEndpoint: 5 * SECOND,
    upload: MINUTE,
    deploy: 10 * MINUTE,
    undeploy: 2 * MINUTE,
    deleteVersion: 10 * SECOND,
  },
  exact: true,
  switches: USUAL,
  outages: [],
  sweep: null,
  healAt: 0,
  deadlineMs: 3 * HOUR,
  keepVersions: 5,
};

/** Those that let no release go live. */
export const FATAL_FLAWS: readonly [Flaw, ...Flaw[]] = ['manifest', 'upload', 'deploy', 'empty'];
const SUBTLE_FLAWS: readonly [Flaw, ...Flaw[]] = [...FATAL_FLAWS, 'answers', 'answers', 'errors', 'contract'];

export interface Taste {
  readonly sweep: boolean;
  readonly operator: boolean;
  readonly outages: boolean;
  /** Steps, gates and standby, and people who use them. */
  readonly rollout?: boolean;
}

export function drawScenario(seed: number, taste: Taste): Scenario {
  const chance = new Chance(seed ^ 0x2545f491);
  const coin = (name: string) => chance.chance(name, 0.5);
  const inputs = drawInputs(chance, taste.rollout === true);
  if (taste.operator) inputs.push(...drawActs(chance));
  if (taste.rollout) inputs.push(...drawCommands(chance));
  return {
    endpoint: coin('endpoint') ? 'there' : 'none',
    foreign: chance.chance('foreign', 0.1),
    inputs: inputs.toSorted((a, b) => a.at - b.at),
    durations: {
      createEndpoint: chance.whole('durations', 2 * SECOND, 20 * SECOND),
      upload: chance.whole('durations', 10 * SECOND, 3 * MINUTE),
      deploy: chance.whole('durations', 3 * MINUTE, 15 * MINUTE),
      undeploy: chance.whole('durations', 20 * SECOND, 3 * MINUTE),
      deleteVersion: chance.whole('durations', 2 * SECOND, 20 * SECOND),
    },
    exact: false,
    switches: {
      staleEtag: coin('staleEtag') ? 'ABORTED' : 'FAILED_PRECONDITION',
      etagOnDeploy: coin('etagOnDeploy'),
      etagOnUndeploy: coin('etagOnUndeploy'),
      duplicate: coin('duplicate') ? 'call' : 'operation',
      trafficWhileUndeploying: coin('trafficWhileUndeploying'),
      trafficWhileDeploying: coin('trafficWhileDeploying'),
      oneAtATime: coin('oneAtATime'),
      earlyModel: coin('earlyModel'),
      earlyVersion: coin('earlyVersion'),
      failedModelStays: coin('failedModelStays'),
      deleteLag: coin('deleteLag') ? 0 : chance.whole('deleteLag', SECOND, 10 * MINUTE),
    },
    outages: taste.outages && chance.chance('outage', 0.25) ? [drawOutage(chance)] : [],
    sweep: taste.sweep ? 30 * MINUTE : null,
    healAt: chance.whole('heal', HOUR / 2, 4 * HOUR),
    deadlineMs: chance.pick('deadline', [30 * MINUTE, 90 * MINUTE, 3 * HOUR, 12 * HOUR]),
    keepVersions: chance.pick('keepVersions', [1, 2, 5]),
    ...(taste.rollout && { rollout: drawRollout(chance) }),
  };
}

function drawRollout(chance: Chance): RolloutScenario {
  const bake = () => chance.pick('bake', [0, 30 * SECOND, 3 * MINUTE, 12 * MINUTE]);
  const traffic = chance.pick('steps', [[100], [10, 100], [5, 50, 100], [25, 50, 75, 100]]);
  const gate = <T extends string>(name: T, likely: number) => (chance.chance(name, likely) ? [name] : []);
  return {
    steps: traffic.map((percent) => ({ traffic: percent, bakeMs: bake() })),
    standbyMs: chance.pick('standby', [0, 0, 10 * MINUTE, 2 * HOUR]),
    gates: [
      ...gate('contract', 0.8),
      ...gate('golden', 0.7),
      ...gate('comparison', 0.4),
      ...gate('metrics', 0.5),
    ],
    whenUnsure: chance.chance('unsure', 0.7) ? 'fail' : 'pass',
    perMinute: chance.pick('callers', [0, 1, 60]),
  };
}

function drawCommands(chance: Chance): Input[] {
  const commands: Input[] = [];
  const count = chance.pick('commands', [0, 1, 1, 2, 3]);
  for (let n = 0; n < count; n += 1) {
    const action = chance.pick('command', ['rollback', 'rollback', 'abort', 'promote', 'hold'] as const);
    const at = chance.whole('command at', MINUTE, 120 * MINUTE);
    commands.push({ at, do: 'command', action });
    if (action !== 'hold') continue;
    const until = at + chance.whole('hold for', MINUTE, 60 * MINUTE);
    commands.push({ at: until, do: 'command', action: 'resume' });
  }
  return commands;
}

function drawInputs(chance: Chance, withGates: boolean): Input[] {
  const inputs: Input[] = [];
  const count = chance.pick('count', [1, 2, 2, 3, 3, 4]);
  let at = 1_000;
  const folders: string[] = [];
  for (let n = 1; n <= count; n += 1) {
    const asks = folders.length > 0 && chance.chance('ask', 0.3);
    if (asks) {
      const folder = chance.chance('newest', 0.4) ? null : chance.pick('folder', ['v1', ...folders]);
      const requestId = chance.chance('requestId', 0.5) ? `ask-${n}` : null;
      const overrideContract = withGates && chance.chance('override', 0.5);
      inputs.push({ at, do: 'ask', folder, requestId, ...(overrideContract && { overrideContract }) });
    } else {
      const overwrite = folders.length > 0 && chance.chance('overwrite', 0.15);
      const folder = overwrite ? chance.pick('folder', ['v1', ...folders]) : `v${folders.length + 1}`;
      if (!overwrite) folders.push(folder);
      const flawed = chance.chance('flawed', withGates ? 0.4 : 0.15);
      const flaw = chance.pick('flaw', withGates ? SUBTLE_FLAWS : FATAL_FLAWS);
      inputs.push({
        at,
        do: 'land',
        folder,
        flaw: flawed ? flaw : null,
      });
    }
    at += Math.round(chance.pick('gap', [0.001, 1, 6, 15, 60]) * MINUTE * chance.between('gap', 0.3, 1.7));
  }
  return inputs;
}

function drawOutage(chance: Chance): Outage {
  return {
    of: chance.pick('outage of', ['vertex', 'ledgers', 'artifacts', 'bus']),
    from: chance.whole('outage from', 0, 60 * MINUTE),
    ms: chance.whole('outage for', MINUTE, 60 * MINUTE),
  };
}

function drawActs(chance: Chance): Input[] {
  const acts: Input[] = [];
  const count = chance.whole('acts', 1, 4);
  for (let n = 0; n < count; n += 1) {
    acts.push({
      at: chance.whole('act', MINUTE, 120 * MINUTE),
      do: 'operate',
      act: chance.pick('act', OPERATOR_ACTS),
    });
  }
  return acts;
}
