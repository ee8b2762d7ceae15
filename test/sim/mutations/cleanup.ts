/** What is taken away, and what belongs to others. */
import type { Mutation } from './mutation.ts';

const TIDY = 'functions/release/steps/tidy.ts';
const TRAFFIC = 'functions/release/traffic/traffic.ts';
const MOVE_ALIASES = 'functions/release/calls/move-aliases.ts';
const PORTS = 'test/sim/ports.ts';

export const CLEANUP_MUTATIONS: readonly Mutation[] = [
  {
    name: 'undeploy the old one first',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: 'const [leftover] = undeployable(endpoint, ledger, [keptLive(ledger)], now);',
        put: 'const [leftover] = undeployable(endpoint, ledger, [], now);',
      },
      { file: TIDY, find: 'shareOf(endpoint, model.id) === 0 &&', put: '' },
    ],
  },
  {
    name: 'cleanup by the keys of the split',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: '!kept.includes(model.id) &&',
        put: '!kept.includes(model.id) && endpoint.traffic.has(model.id) &&',
      },
    ],
  },
  {
    name: 'what others deployed is undeployed',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: 'isOurs(model) &&\n      !kept.includes',
        put: '!kept.includes',
      },
    ],
  },
  {
    name: 'traffic of others taken',
    profile: 'drift',
    edits: [
      {
        file: TRAFFIC,
        find: 'const traffic = service.rollout.takeOver ? new Map<string, number>() : heldByOthers(endpoint);',
        put: 'const traffic = new Map<string, number>();',
      },
    ],
  },
  {
    name: 'aliases waited for in vain',
    profile: 'drift',
    edits: [
      {
        file: MOVE_ALIASES,
        find: 'if (!(error instanceof CallError) || error.retryAfterMs !== null) throw error;\n    const tries',
        put: 'if (error !== null) throw error;\n    const tries',
      },
    ],
  },
  {
    name: 'aliases never looked after',
    profile: 'zombie',
    edits: [
      {
        file: TIDY,
        find: 'version !== undefined && !ALIASES.every((alias) => version.aliases.includes(alias)) ? version : null;',
        put: 'version !== undefined && version.aliases.length > 9 ? version : null;',
      },
    ],
  },
  {
    name: 'split with the deployment',
    profile: 'zombie',
    edits: [
      {
        file: PORTS,
        find: 'const split: ReadonlyMap<string, number> | null = null;\n      watch.calls.deploys',
        put: "const split: ReadonlyMap<string, number> | null = new Map([['0', 100]]);\n      watch.calls.deploys",
      },
    ],
  },
  {
    name: 'split with the undeployment',
    profile: 'zombie',
    edits: [
      {
        file: PORTS,
        find: 'const split: ReadonlyMap<string, number> | null = null;\n      watch.calls.undeploys',
        put: 'const split: ReadonlyMap<string, number> | null = new Map();\n      watch.calls.undeploys',
      },
    ],
  },
];
