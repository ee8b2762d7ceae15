/** Changes of scale, and standbys that shrink. */
import type { Mutation } from './mutation.ts';

const SCALE = 'functions/release/steps/scale.ts';
const TIDY = 'functions/release/steps/tidy.ts';
const MUTATE = 'functions/release/calls/mutate.ts';

export const SCALE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'standby does not grow before it gets traffic',
    profile: 'scale',
    edits: [
      {
        file: SCALE,
        find: "if (!isGrowing(ledger.scaling, candidate, scale))\n    return { do: 'mutate', endpoint, model: candidate, scale };",
        put: 'if (!isGrowing(ledger.scaling, candidate, scale)) return null;',
      },
    ],
  },
  {
    name: 'rollback does not wait for growth',
    profile: 'scale',
    edits: [
      {
        file: SCALE,
        find: "return seen.scaling?.done === false ? { do: 'wait', ms: GROWTH_PAUSE, why: 'growth' } : null;",
        put: 'return null;',
      },
    ],
  },
  {
    name: 'rollback waits for growth for ever',
    profile: 'scale',
    edits: [
      {
        file: SCALE,
        find: 'const isLate = Math.abs(now - release.startedAt) > GROWTH_MAX;',
        put: 'const isLate = Math.abs(now - release.startedAt) > 100 * GROWTH_MAX;',
      },
    ],
  },
  {
    name: 'scale compared once',
    profile: 'scale',
    edits: [
      {
        file: SCALE,
        find: 'return changedFields(model.scale, scale).length === 0 ? []',
        put: 'return changedFields(model.scale, scale).length === 0 || ledger.epoch % 2 === 0 ? []',
      },
    ],
  },
  {
    name: 'standby keeps its replicas',
    profile: 'scale',
    edits: [
      {
        file: SCALE,
        find: 'const minReplicas = Math.min(own.minReplicas, rollout.standbyReplicas ?? Infinity);',
        put: 'const { minReplicas } = { ...own, ...rollout };',
      },
    ],
  },
  {
    name: 'refused change of scale never asked for again',
    profile: 'scale',
    edits: [
      {
        file: TIDY,
        find: 'const scale = endpoint === undefined ? null : rescale(service, ledger, endpoint, now);',
        put: 'const scale = endpoint === undefined || ledger.scaling?.ended ? null : rescale(service, ledger, endpoint, now);',
      },
    ],
  },
  {
    name: 'change of scale without its intent',
    profile: 'scale',
    edits: [
      {
        file: MUTATE,
        find: 'await held.save((ledger) => ({ ...ledger, scaling }));',
        put: 'held.defer((ledger) => ({ ...ledger, scaling }));',
      },
    ],
  },
];
