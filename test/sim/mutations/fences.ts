/** Lease, epoch and etag: what keeps two ticks from one service. */
import type { Mutation } from './mutation.ts';

const ABANDON = 'functions/release/steps/abandon.ts';
const GIVE_UP = 'functions/release/steps/give-up.ts';
const TIDY = 'functions/release/steps/tidy.ts';
const OBSERVE = 'functions/release/observe.ts';
const UPDATE = 'functions/release/calls/update-endpoint.ts';
const HELD = 'functions/release/ledger/leased-ledger.ts';
const LEDGER = 'functions/release/ledger/ledger.ts';
const FORM = 'functions/release/ledger/form.ts';
const PORTS = 'test/sim/ports.ts';

export const FENCE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'no lease',
    profile: 'zombie',
    edits: [
      {
        file: HELD,
        find: "if (lease !== null && lease.until > now && !form.isTakeable(stored.ledger)) return 'busy';",
        put: '',
      },
    ],
  },
  {
    name: 'what a person asks waits for the holder',
    tape: 'rollback-while-a-version-is-deleted',
    profile: 'rollout',
    edits: [{ file: FORM, find: 'ledger.waking !== undefined && isCommanded(ledger)', put: 'false' }],
  },
  {
    name: 'the ledger is taken again for what was asked for',
    profile: 'lasting',
    edits: [
      { file: FORM, find: 'ledger.waking !== undefined && isCommanded(ledger)', put: 'isCommanded(ledger)' },
    ],
  },
  {
    name: 'lease never runs out',
    profile: 'live',
    edits: [
      {
        file: HELD,
        find: "if (lease !== null && lease.until > now && !form.isTakeable(stored.ledger)) return 'busy';",
        put: "if (lease !== null && !form.isTakeable(stored.ledger)) return 'busy';",
      },
    ],
  },
  {
    name: 'deposed holder writes on',
    profile: 'zombie',
    edits: [{ file: HELD, find: "throw new LeaseLost('the ledger was taken by another tick');", put: '' }],
  },
  {
    name: 'no fence before undeploying',
    tape: 'ledger-is-deleted-with-a-shift-in-flight',
    profile: 'zombie',
    edits: [
      {
        file: TIDY,
        find: "if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };",
        put: '',
      },
    ],
  },
  {
    name: 'higher epoch on the endpoint ignored',
    profile: 'zombie',
    edits: [
      {
        file: OBSERVE,
        find: 'if (!Number.isSafeInteger(label) || label <= held.ledger.epoch) return;',
        put: 'if (label >= 0 || Number.isNaN(label)) return;',
      },
    ],
  },
  {
    name: 'traffic shifted without the epoch',
    profile: 'zombie',
    edits: [
      {
        file: UPDATE,
        find: 'const labels = new Map([...endpoint.labels, [LABELS.epoch, String(held.ledger.epoch)]]);',
        put: 'const labels = endpoint.labels;',
      },
    ],
  },
  {
    name: 'own shift in flight forgotten',
    tape: 'own-shift-lands-after-it-was-given-up',
    profile: 'zombie',
    edits: [
      {
        file: UPDATE,
        find: 'if (error instanceof CallError && isUncertain(error.status)) held.raiseEpoch();',
        put: '',
      },
    ],
  },
  {
    name: 'given up without a fence',
    tape: 'shift-in-flight-of-a-release-given-up',
    profile: 'zombie',
    edits: [
      {
        file: GIVE_UP,
        find: '!isFenced(seen.endpoint, ledger) &&',
        put: 'isFenced === undefined &&',
      },
      {
        file: ABANDON,
        find: 'if (isThere && !isFenced(endpoint, ledger) &&',
        put: 'if (isThere && isFenced === undefined &&',
      },
    ],
  },
  {
    name: 'traffic shifted without the etag',
    profile: 'zombie',
    edits: [{ file: PORTS, find: 'const { etag } = seen;', put: 'const etag = null;' }],
  },
  {
    name: 'new ledger begins at the first epoch',
    profile: 'drift',
    equivalent:
      'the generation of the object deposes the last holder, what it has in flight fails on its etag, and attempts are numbered from one: the epoch is one defence too many',
    edits: [
      { file: LEDGER, find: 'epoch: Math.floor(now / 1000),', put: 'epoch: Math.floor(now / Infinity),' },
    ],
  },
];
