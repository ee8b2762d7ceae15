/** What is taken away, and what belongs to others. */
import type { Mutation } from './mutation.ts';

const PLAN = 'functions/release/plan.ts';
const TIDY = 'functions/release/tidy.ts';
const TRAFFIC = 'functions/release/traffic.ts';
const ACT = 'functions/release/act.ts';
const PORTS = 'test/sim/ports.ts';

export const CLEANUP_MUTATIONS: readonly Mutation[] = [
  {
    name: 'undeploy the old one first',
    profile: 'general',
    edits: [
      {
        file: PLAN,
        find: 'const [leftover] = retirable(endpoint, ledger, Infinity);',
        put: 'const [leftover] = retirable(endpoint, { ...ledger, live: null }, Infinity);',
      },
      { file: TIDY, find: 'shareOf(endpoint, model.id) === 0,', put: 'true,' },
    ],
  },
  {
    name: 'cleanup by the keys of the split',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: 'model.id !== live?.deployedModel &&',
        put: 'model.id !== live?.deployedModel && endpoint.traffic.has(model.id) &&',
      },
    ],
  },
  {
    name: 'what others deployed is undeployed',
    profile: 'general',
    edits: [
      {
        file: TIDY,
        find: 'isOurs(model) &&\n      model.id !== live',
        put: 'model.id !== live',
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
        file: ACT,
        find: 'if (!(error instanceof CallError) || isTransient(error.status)) throw error;\n    log.warn({ version',
        put: 'throw error;\n    log.warn({ version',
      },
    ],
  },
  {
    name: 'aliases never looked after',
    profile: 'zombie',
    edits: [
      {
        file: TIDY,
        find: 'if (version !== undefined && !ALIASES.every((alias) => version.aliases.includes(alias))) {',
        put: 'if (version !== undefined && version.aliases.length > 9) {',
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
