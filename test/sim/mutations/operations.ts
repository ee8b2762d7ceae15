/** What an operation has brought about, and what its failure means. */
import type { Mutation } from './mutation.ts';

const PLAN = 'functions/release/plan.ts';
const TRAFFIC = 'functions/release/traffic/traffic.ts';
const EXAMINE = 'functions/release/checks/examine.ts';
const FOLLOW = 'functions/release/steps/follow.ts';
const LASTING = 'functions/release/refusals/lasting.ts';
const ACT = 'functions/release/act.ts';
const ENDS = 'functions/release/ledger/finish-release.ts';
const START = 'functions/release/calls/start-operation.ts';

export const OPERATION_MUTATIONS: readonly Mutation[] = [
  {
    name: 'intent that took a minute to write is not written again',
    tape: 'upload-whose-intent-took-a-minute',
    profile: 'live',
    edits: [
      { file: START, find: 'if (world.clock.now() - since < INTENT_WRITE_MS_MAX) return;', put: 'return;' },
    ],
  },
  {
    name: 'passing failure taken for final',
    profile: 'live',
    edits: [
      { file: FOLLOW, find: "const again = refusal.patience !== 'none';", put: 'const again = false;' },
      { file: EXAMINE, find: "again: patience !== 'none' }", put: 'again: false }' },
    ],
  },
  {
    name: 'done without a look at the error',
    profile: 'live',
    edits: [
      {
        file: FOLLOW,
        find: 'if (seen.operation.error !== null) return unsuccessful(pending, seen.operation.error);',
        put: '',
      },
    ],
  },
  {
    name: 'done operation without its resource is waited for',
    profile: 'live',
    edits: [
      {
        file: FOLLOW,
        find: "if (pending.name !== null) return record({ type: 'replyLost' });\n  return waitForVisibility",
        put: "if (pending.name !== null) return { do: 'wait', ms: 30_000, why: 'its resource' };\n  return waitForVisibility",
      },
    ],
  },
  {
    name: 'attempt reused after a failure',
    profile: 'general',
    edits: [
      {
        file: ENDS,
        find: "const attempt = ledger.pending?.kind === 'deploy' ? release.attempt + 1 : release.attempt;",
        put: 'const { attempt } = release;',
      },
    ],
  },
  {
    name: 'refused call repeated at once',
    profile: 'general',
    edits: [
      {
        file: LASTING,
        find: 'notBefore: now + pauseAfter(ledger, asked, count, random),',
        put: 'notBefore: now,',
      },
    ],
  },
  {
    name: 'no readiness gate',
    profile: 'general',
    edits: [
      {
        file: FOLLOW,
        find: 'if (!seen.operation.done) return',
        put: "if (!seen.operation.done && pending.kind !== 'deploy') return",
      },
    ],
  },
  {
    name: 'model taken for ready when it shows',
    profile: 'live',
    edits: [
      { file: FOLLOW, find: 'if (endpoint !== undefined && isProven)', put: 'if (endpoint !== undefined)' },
    ],
  },
  {
    name: 'recorded phase trusted',
    profile: 'drift',
    edits: [
      {
        file: TRAFFIC,
        find: 'return endpoint.deployedModels.some((model) => model.id === live.deployedModel);',
        put: 'return live !== null;',
      },
    ],
  },
  {
    name: 'another success of the same id taken for proof',
    profile: 'live',
    edits: [
      {
        file: FOLLOW,
        find: 'if (endpoint === undefined && ours === undefined) return settled(seen);',
        put: 'if (endpoint === undefined) return settled(seen);',
      },
    ],
  },
  {
    name: 'deployment that does not show given up at once',
    tape: 'success-does-not-show-yet',
    profile: 'general',
    edits: [
      {
        file: FOLLOW,
        find: "if (endpoint === undefined && pending.doubted !== true) return record({ type: 'recheckOnce' });",
        put: '',
      },
    ],
  },
  {
    name: 'endpoint looked at before its operations',
    profile: 'zombie',
    equivalent: 'what has succeeded and does not show is looked for once more, after a pause',
    edits: [
      {
        file: FOLLOW,
        find: "if (name === null && seen.deployments === undefined) return { do: 'look', at: 'deployments' };",
        put: "if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };\n  if (name === null && seen.deployments === undefined) return { do: 'look', at: 'deployments' };",
      },
    ],
  },
  {
    name: 'candidate that does not show is given up at once',
    profile: 'general',
    edits: [
      {
        file: PLAN,
        find: "if (release.deployed !== (candidate !== undefined)) return record({ type: 'deploymentUnproven', id });",
        put: "if (release.deployed && candidate === undefined) return fail('DEPLOY_FAILED', 'gone');\n  if (release.deployed !== (candidate !== undefined)) return record({ type: 'deploymentUnproven', id });",
      },
    ],
  },
  {
    name: 'artifact asked for again by a repair',
    tape: 'repair-after-the-artifact-is-gone',
    profile: 'drift',
    edits: [
      {
        file: PLAN,
        find: 'if (!release.verified && isExamined(ledger, request))',
        put: 'if (!release.verified || isExamined === undefined)',
      },
      { file: EXAMINE, find: 'if (request.version !== null)', put: 'if (Math.random() > 2)' },
    ],
  },
  {
    name: 'ids made by chance',
    profile: 'live',
    edits: [
      {
        file: ACT,
        find: 'const request = deployRequest(service, action);',
        put: 'const fixed = deployRequest(service, action); const request = { ...fixed, id: String(1e9 + Math.floor(world.random() * 1e9)) + fixed.id.slice(10) };',
      },
    ],
  },
];
