/** Services with hours, and what is told of parks and wakes. */
import type { Mutation } from './mutation.ts';

const NOTICES = 'functions/release/steps/parking-notices.ts';
const HOURS = 'functions/release/steps/hours.ts';

export const HOURS_MUTATIONS: readonly Mutation[] = [
  {
    name: 'end of the hours counts when it is noticed',
    profile: 'hours',
    edits: [{ file: HOURS, find: 'at: since, isAwake', put: 'at: now, isAwake' }],
  },
  {
    name: 'hours do nothing',
    profile: 'hours',
    edits: [{ file: HOURS, find: 'since !== null && since > parkedAt', put: 'since === 0' }],
  },
  {
    name: 'hours never wake',
    profile: 'hours',
    edits: [
      {
        file: HOURS,
        find: 'since !== null && since > parkedAt',
        put: 'since !== null && since > parkedAt && !isAwake',
      },
      { file: HOURS, find: 'return isOutdated &&', put: 'return false &&' },
    ],
  },
  {
    name: 'parked by its hours before that is written',
    profile: 'hours',
    edits: [
      {
        file: 'functions/release/ledger/transition.ts',
        find: 'boundaryPassed: { isDurable: true',
        put: 'boundaryPassed: { isDurable: false',
      },
    ],
  },
  {
    name: 'nobody is told of a wake',
    profile: 'hours',
    edits: [
      { file: NOTICES, find: 'return woken === undefined ? ledger', put: 'return woken !== null ? ledger' },
    ],
  },
  {
    name: 'nobody is told of a wake without a release',
    profile: 'park',
    edits: [{ file: NOTICES, find: 'woken !== undefined && serves', put: 'woken === null && serves' }],
    tape: 'woken-with-its-model-still-there',
  },
  {
    name: 'nobody is told of a park',
    profile: 'hours',
    edits: [{ file: NOTICES, find: 'return serves ? null', put: 'return serves || parked.since > 0 ? null' }],
  },
];
