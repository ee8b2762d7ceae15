/** Draws what happens to a service, by the seed. */
import { drawLasting } from './draw-lasting.ts';
import { drawLoad, type Load } from './draw-load.ts';
import { drawScale } from './draw-scale.ts';
import { drawHours } from './draw-hours.ts';
import { drawPark } from './draw-park.ts';
import { drawRecreate } from './draw-recreate.ts';
import { drawBatches } from './batches/scenario.ts';
import { Chance } from '../support/random.ts';
import {
  FATAL_FLAWS,
  OPERATOR_ACTS,
  PLAIN,
  type Flaw,
  type Input,
  type Outage,
  type RolloutScenario,
  type Scenario,
} from './scenario.ts';

const SECOND = 1_000;
const MINUTE = 60_000;
const HOUR = 3_600_000;

const SUBTLE_FLAWS: readonly [Flaw, ...Flaw[]] = [...FATAL_FLAWS, 'answers', 'answers', 'errors', 'contract'];

export interface Taste {
  readonly sweep: boolean;
  readonly operator: boolean;
  readonly outages: boolean;
  /** Steps, gates and standby, and people who use them. */
  readonly rollout?: boolean;
  /** Google refuses for hours and for good. */
  readonly lasting?: boolean;
  /** People who park the service and wake it. */
  readonly park?: boolean;
  /** Hours outside which it is parked. */
  readonly hours?: boolean;
  /** One model at a time. */
  readonly recreate?: boolean;
  /** Replicas that change. */
  readonly scale?: boolean;
  readonly load?: Load;
  /** What is answered in batch, and nothing else. */
  readonly batch?: boolean;
}

export function drawScenario(seed: number, taste: Taste): Scenario {
  if (taste.batch === true) return { ...PLAIN, inputs: [], ...drawBatches(seed) };
  const chance = new Chance(seed ^ 0x2545f491);
  const coin = (name: string) => chance.chance(name, 0.5);
  const inputs = drawInputs(chance, taste.rollout === true);
  if (taste.operator) inputs.push(...drawActs(chance));
  if (taste.rollout) inputs.push(...drawCommands(chance));
  const scenario: Scenario = {
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
  const takesOver = taste.rollout && chance.chance('foreign serves', 0.06);
  const base = takesOver ? besideOthers(scenario, chance) : scenario;
  const more = new Chance(seed ^ 0x61c88647);
  if (taste.scale) return drawScale(base, more);
  if (taste.hours) return drawHours(base, more);
  if (taste.recreate) return drawRecreate(base, more);
  if (taste.park) return drawPark(base, more);
  if (taste.load !== undefined) return drawLoad(taste.load, base, more);
  return taste.lasting ? drawLasting(base, more) : base;
}

/** Somebody else's model serves, and its traffic may be taken over or not. */
function besideOthers(scenario: Scenario, chance: Chance): Scenario {
  const rollout = { ...drawRollout(chance), takeOver: chance.chance('take over', 0.5) };
  return { ...scenario, endpoint: 'there', foreign: true, foreignServes: true, rollout };
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
