/** What shows only with much to do, with months to do it in, or with calls that last. */
import type { Mutation } from './mutation.ts';

const TIDY = 'functions/release/steps/tidy.ts';
const FOLLOW = 'functions/release/steps/follow.ts';
const TICK_END = 'functions/release/tick-end.ts';
const ENDS = 'functions/release/ledger/finish-release.ts';
const NOTES = 'functions/release/ledger/apply-transition.ts';
const ANNOUNCE = 'functions/release/publish/publish-outcome.ts';
const LEDGER = 'functions/release/ledger/outcomes.ts';
const TRAFFIC = 'functions/release/traffic/traffic.ts';
const OPERATOR = 'functions/release/requests/operator.ts';

export const LOAD_MUTATIONS: readonly Mutation[] = [
  {
    name: 'late rollback takes away what went live since',
    tape: 'rollback-comes-after-its-release-went-live',
    profile: 'rollout',
    edits: [{ file: OPERATOR, find: 'if (asked.at < live.since)', put: 'if (asked.at < 0)' }],
  },
  {
    name: 'version that a rollback needs is deleted',
    profile: 'rollout',
    edits: [{ file: TIDY, find: ' && version !== previous?.live.request.version)', put: ')' }],
  },
  {
    name: 'upload not looked for before it is repeated',
    profile: 'general',
    edits: [{ file: FOLLOW, find: 'upload: 180_000,', put: 'upload: 0,' }],
  },
  {
    name: 'no pause between attempts',
    profile: 'live',
    edits: [
      {
        file: ENDS,
        find: 'notBefore: now + backOff(failures, 10_000,',
        put: 'notBefore: now - backOff(failures, 10_000,',
      },
    ],
  },
  {
    name: 'rollback retires whatever is live',
    tape: 'live-changes-under-a-waiting-rollback',
    profile: 'rollout',
    edits: [
      {
        file: ENDS,
        find: 'if (before === null || request.rollback.from !== before.request.id) return rest;',
        put: 'if (before === null) return rest;',
      },
    ],
  },
  {
    name: 'attempts begin at one again after a lost ledger',
    tape: 'ids-of-the-ledger-before',
    profile: 'drift',
    edits: [
      {
        file: NOTES,
        find: 'if (change.isOurs !== true || release === null || release.deployed) return found;',
        put: 'if (change.isOurs !== true || release === null || release.deployed || now > 0) return found;',
      },
    ],
  },
  {
    name: 'lease outlived by slow calls',
    profile: 'slow',
    edits: [
      { file: TICK_END, find: 'const LEASE_MARGIN_MS = 150_000;', put: 'const LEASE_MARGIN_MS = 31_000;' },
    ],
  },
  {
    name: 'outcome told by its release alone',
    tape: 'outage-of-the-events-topic-hides-two-ends',
    profile: 'lasting',
    edits: [
      {
        file: ANNOUNCE,
        find: 'o.release === release && o.endedAt === endedAt ?',
        put: 'o.release === release && o.endedAt > 0 ?',
      },
    ],
  },
  {
    name: 'outcomes not yet told are forgotten',
    profile: 'burst',
    edits: [
      {
        file: LEDGER,
        find: '(o, i) => i < OUTCOMES_KEPT || !o.announced',
        put: '(o, i) => i < OUTCOMES_KEPT || o.endedAt < 0',
      },
    ],
  },
  {
    name: 'standby makes no room',
    profile: 'rollout',
    edits: [
      {
        file: TIDY,
        find: 'const [leftover] = undeployable(endpoint, ledger, [keptLive(ledger)], now);',
        put: 'const [leftover] = undeployable(endpoint, ledger, [keptLive(ledger), standbyOf(ledger, now)], now);',
      },
    ],
  },
  {
    name: 'traffic of others not given back',
    profile: 'rollout',
    edits: [
      {
        file: TRAFFIC,
        find: 'if (before.size > 0 && isThere) return before;',
        put: 'if (before.size < 0 && isThere) return before;',
      },
    ],
  },
];
