/** Draws what Google refuses for hours and for good, beside a scenario of the other profiles. */
import type { Chance } from '../support/random.ts';
import { FAILURES, wordsFor } from './refusals.ts';
import type { Input, OperationKind, Scenario, Trouble } from './scenario.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;

/** Refused or not ending, these are what a service has to live with longest. */
const MUTATIONS = [
  'vertex.upload',
  'vertex.deploy',
  'vertex.undeploy',
  'vertex.updateEndpoint',
  'vertex.createEndpoint',
] as const;

const METHODS = [
  ...MUTATIONS,
  'vertex.deleteVersion',
  'vertex.moveAliases',
  'vertex.listVersions',
  'vertex.findEndpoints',
  'vertex.getEndpoint',
  'vertex.listDeployments',
  'vertex.getOperation',
  'vertex.predict',
  'monitoring.served',
  'logs.tail',
  'artifacts.head',
  'artifacts.list',
  'artifacts.read',
  'artifacts.readRange',
  'artifacts.sha256',
  'bus.events',
  'ledgers.read',
  'ledgers.write',
] as const;

const OPERATIONS: readonly [OperationKind, ...OperationKind[]] = [
  'deploy',
  'deploy',
  'undeploy',
  'undeploy',
  'upload',
  'createEndpoint',
  'deleteVersion',
];

export function drawLasting(scenario: Scenario, chance: Chance): Scenario {
  const { rollout, ...plain } = scenario;
  const base: Scenario = chance.chance('plain', 0.4) || rollout === undefined ? plain : scenario;
  const inputs = [...base.inputs, ...drawLater(chance)];
  const rewrites = chance.chance('rewrite', 0.3) ? drawRewrites(inputs, chance) : [];
  const count = chance.pick('troubles', [1, 1, 1, 2, 2, 3]);
  return {
    ...base,
    inputs: [...inputs, ...rewrites].toSorted((a, b) => a.at - b.at),
    switches: { ...base.switches, updateRefusedWhileBusy: chance.chance('busy', 0.3) },
    sweep: 15 * MINUTE,
    deadlineMs: chance.pick('deadline', [30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR]),
    lasting: Array.from({ length: count }, () => drawTrouble(chance)),
    restMs: chance.chance('rest', 0.25) ? 26 * HOUR : 7.5 * HOUR,
    longestMs: 240 * HOUR,
    deliveries: 50,
  };
}

/** What lands when the first troubles have left their traces. */
function drawLater(chance: Chance): Input[] {
  const count = chance.pick('later', [0, 1, 1, 2]);
  return Array.from({ length: count }, (_, n) => ({
    at: chance.whole('later at', 2 * HOUR, 6 * HOUR),
    do: 'land',
    folder: `later-${n + 1}`,
    flaw: null,
  }));
}

/** All artifacts, in random order, some seconds after one another. */
function drawRewrites(inputs: readonly Input[], chance: Chance): Input[] {
  const folders = [...new Set(inputs.flatMap((input) => (input.do === 'land' ? [input.folder] : [])))];
  const gap = chance.pick('rewrite gap', [0, 1_000, 20_000]);
  let at = chance.whole('rewrite at', 10 * MINUTE, 5 * HOUR);
  const order = folders
    .map((folder) => ({ folder, place: chance.next('rewrite order') }))
    .toSorted((a, b) => a.place - b.place);
  return order.map(({ folder }) => ({ at: (at += gap), do: 'rewrite', folder }));
}

function drawTrouble(chance: Chance): Trouble {
  const from = chance.pick('trouble from', [
    0,
    chance.whole('trouble from', 0, 20 * MINUTE),
    chance.whole('trouble from', 0, 3 * HOUR),
  ]);
  const ms = chance.pick('trouble for', [
    chance.whole('trouble for', 2 * MINUTE, 15 * MINUTE),
    chance.whole('trouble for', 20 * MINUTE, 2 * HOUR),
    chance.whole('trouble for', 2 * HOUR, 8 * HOUR),
    null,
  ]);
  const kind = chance.pick('trouble', ['refused', 'refused', 'hanging', 'failing'] as const);
  if (kind === 'refused') {
    const isMutation = chance.chance('of a mutation', 0.4);
    const of = isMutation ? chance.pick('refused', MUTATIONS) : chance.pick('refused', METHODS);
    const words = chance.pick('words', wordsFor(of));
    // Without its ledger a service can do nothing, and say nothing.
    const bounded = of.startsWith('ledgers.') ? Math.min(ms ?? Infinity, 3 * HOUR) : ms;
    return { is: 'refused', of, ...words, from, ms: bounded };
  }
  const of = chance.pick('of operations', OPERATIONS);
  if (kind === 'failing') return { is: 'failing', of, ...chance.pick('failing', FAILURES), from, ms };
  const endsAfter = chance.chance('never', 0.5) ? null : chance.whole('ends after', 20 * MINUTE, 10 * HOUR);
  return { is: 'hanging', of, from, ms, endsAfter, ends: chance.chance('ends', 0.6) ? 'well' : 'badly' };
}
