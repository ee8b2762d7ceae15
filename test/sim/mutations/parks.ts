/** Services that are parked and woken. */
import type { Mutation } from './mutation.ts';

const PARK = 'functions/release/steps/park.ts';
const TIDY = 'functions/release/steps/tidy.ts';
const TRAFFIC = 'functions/release/traffic/traffic.ts';
const ENDS = 'functions/release/ledger/finish-release.ts';

export const PARK_MUTATIONS: readonly Mutation[] = [
  {
    name: 'woken without a fence',
    profile: 'park',
    edits: [
      {
        file: PARK,
        find: 'if (mayServe && !isFenced(endpoint, ledger)) return',
        put: 'if (mayServe && !isFenced(endpoint, ledger) && since === 0) return',
      },
    ],
  },
  {
    name: 'parked model serves again under its id',
    profile: 'park',
    edits: [
      {
        file: TRAFFIC,
        find: 'if (endpoint === undefined || live.retired === true) return false;',
        put: 'if (endpoint === undefined) return false;',
      },
    ],
  },
  {
    name: 'late park parks what went live since',
    profile: 'park',
    edits: [
      {
        file: PARK,
        find: 'if ((ledger.live?.request.order.at ?? 0) > at) return { ...ledger, parkedAt: at };',
        put: '',
      },
    ],
  },
  {
    name: 'park counts whenever it comes',
    profile: 'park',
    edits: [
      {
        file: PARK,
        find: 'if (at <= (ledger.parkedAt ?? 0)) return ledger;\n  if (',
        put: 'if (',
      },
    ],
  },
  {
    name: 'what was asked for before wakes a service',
    profile: 'park',
    edits: [{ file: PARK, find: ' && request.order.at <= parked.since)', put: ' && request.order.at <= 0)' }],
  },
  {
    name: 'release does not wake a service',
    profile: 'park',
    edits: [
      {
        file: PARK,
        find: '(parked.waking !== true && request.order.at <= parked.since)',
        put: 'parked.waking !== true',
      },
    ],
  },
  {
    name: 'parked again meanwhile is awake',
    profile: 'park',
    edits: [{ file: PARK, find: 'if (ledger.parked?.since !== since) return ledger;', put: '' }],
  },
  {
    name: 'parked model repaired as drift',
    profile: 'park',
    edits: [
      {
        file: TIDY,
        find: 'const isGone = live !== null && !isParked(ledger) && !isDeployed(endpoint, live);',
        put: 'const isGone = live !== null && !isDeployed(endpoint, live);',
      },
    ],
  },
  {
    name: 'repair that gives way waits as a release',
    profile: 'park',
    edits: [
      {
        file: ENDS,
        find: 'if (isRepair(ledger, release.request)) return withoutRepair(ledger);',
        put: '',
      },
    ],
  },
  {
    name: 'id of a repair that gave way used again',
    profile: 'park',
    edits: [
      {
        file: ENDS,
        find: 'const { attempts } = release.request;\n  return { ...ledger, release: null, live',
        put: 'const { attempts } = live.request;\n  return { ...ledger, release: null, live',
      },
    ],
  },
  {
    name: 'standby that is retired stays deployed',
    profile: 'park',
    tape: 'late-deployment-of-a-retired-standby',
    edits: [
      {
        file: 'functions/release/steps/tidy.ts',
        find: 'previous?.retired === false && now < previous.until',
        put: 'previous !== undefined && now < previous.until',
      },
    ],
  },
];
