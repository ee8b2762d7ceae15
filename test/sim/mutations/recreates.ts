/** One model of a service at a time. */
import type { Mutation } from './mutation.ts';

const RECREATE = 'functions/release/steps/recreate.ts';
const OUTAGE = 'functions/release/ledger/outage.ts';
const ENDS = 'functions/release/ledger/finish-release.ts';
const TIDY = 'functions/release/steps/tidy.ts';
const QUERIES = 'functions/release/ledger/queries.ts';

export const RECREATE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'candidate deployed beside the live model',
    profile: 'recreate',
    edits: [
      { file: RECREATE, find: 'if (kept === undefined) return null;', put: 'if (kept !== id) return null;' },
    ],
  },
  {
    name: 'outage not written down',
    profile: 'recreate',
    edits: [
      {
        file: 'functions/release/calls/update-endpoint.ts',
        find: ' || held.ledger.outage !== undefined) await held.flush();',
        put: ') await held.flush();',
      },
    ],
  },
  {
    name: 'outage ended without a fence',
    profile: 'recreate',
    edits: [
      {
        file: TIDY,
        find: "if (isFenced(endpoint, ledger)) return record({ type: 'outageEnded' });",
        put: "if (endpoint !== null) return record({ type: 'outageEnded' });",
      },
    ],
  },
  {
    name: 'model of unknown fate serves again',
    profile: 'recreate',
    edits: [
      {
        file: OUTAGE,
        find: 'if (isUncertain) return withDoubt(ledger, deployedModel);',
        put: '',
      },
      { file: OUTAGE, find: 'outage.isUnsure === true || ', put: '' },
    ],
  },
  {
    name: 'hold keeps the endpoint down',
    profile: 'recreate',
    edits: [
      {
        file: QUERIES,
        find: ' && !isCommanded(ledger) && !isDown(ledger);',
        put: ' && !isCommanded(ledger);',
      },
    ],
  },
  {
    name: 'candidate tried again while nothing serves',
    profile: 'recreate',
    edits: [{ file: ENDS, find: '!isRecreating(ledger) &&', put: 'ledger !== null &&' }],
  },
  {
    name: 'outcome does not tell of the outage',
    profile: 'recreate',
    edits: [{ file: OUTAGE, find: '{ ...ended, downtimeMs: ms }', put: '{ ...ended }' }],
  },
  {
    name: 'what waits starts before what was down is back',
    profile: 'recreate',
    tape: 'waits-while-what-was-down-cannot-be-read',
    edits: [{ file: TIDY, find: 'next !== null && !isDown(ledger) &&', put: 'next !== null &&' }],
  },
  {
    name: 'live model gives way to a version that is not ready',
    profile: 'recreate',
    tape: 'version-of-a-lost-upload-is-not-ready',
    edits: [
      {
        file: RECREATE,
        find: 'if (wasLive || uploadEnded === true) return null;',
        put: 'if (now > 0) return null;',
      },
    ],
  },
];
