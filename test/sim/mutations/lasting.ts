/** What goes on for hours: refusals, operations that do not end, what is left behind, and objects written again. */
import type { Mutation } from './mutation.ts';

const COUNT = 'functions/release/refusals/count-refusals.ts';
const TICK = 'functions/release/tick.ts';
const LASTING = 'functions/release/refusals/lasting.ts';
const ABANDON = 'functions/release/steps/abandon.ts';
const LEFTOVERS = 'functions/release/steps/leftovers.ts';
const TIDY = 'functions/release/steps/tidy.ts';
const IDENTITY = 'functions/release/requests/identity.ts';
const FINISH = 'functions/release/ledger/finish-release.ts';
const NOTES = 'functions/release/ledger/apply-transition.ts';
const ACCEPT = 'functions/release/requests/accept.ts';

export const LASTING_MUTATIONS: readonly Mutation[] = [
  {
    name: 'refusals not counted',
    profile: 'lasting',
    edits: [{ file: COUNT, find: 'if (!isCounted) {', put: 'if (!isCounted || asked !== null) {' }],
  },
  {
    name: 'call taken on passes for one that has succeeded',
    tape: 'endpoint-that-is-asked-for-again-and-again',
    profile: 'lasting',
    edits: [{ file: COUNT, find: ' && refusal.byOperation !== true)', put: ')' }],
  },
  {
    name: 'a look that succeeds ends the pauses',
    tape: 'shift-while-the-ledger-cannot-be-read',
    profile: 'lasting',
    edits: [
      { file: TICK, find: "if (action.do !== 'look' && !held.hasUnwritten) unsent = 0;", put: 'unsent = 0;' },
    ],
  },
  {
    name: 'a read is forgiven while an operation is at work',
    tape: 'operations-cannot-be-read-while-one-deploys',
    profile: 'lasting',
    edits: [{ file: LASTING, find: 'isBusy && REFUSED_WHILE_BUSY.has(asked);', put: 'isBusy;' }],
  },
  {
    name: 'patience ignored',
    profile: 'live',
    edits: [
      {
        file: LASTING,
        find: 'return count >= FEWEST && !isCrowded && at - since >= WAITED_OUT[patience];',
        put: 'return count >= FEWEST && !isCrowded && at >= since;',
      },
    ],
  },
  {
    name: 'deadline not checked while an operation hangs',
    profile: 'lasting',
    edits: [
      {
        file: ABANDON,
        find: 'return isUnseen || isOverdue(service, release, now);',
        put: 'return isUnseen;',
      },
    ],
  },
  {
    name: 'clean-up that hangs is waited for',
    profile: 'lasting',
    edits: [
      {
        file: ABANDON,
        find: 'const isCleanUpStuck = isStuck(ledger, pending, now);',
        put: 'const isCleanUpStuck = isStuck === undefined;',
      },
    ],
  },
  {
    name: 'leftover blocks the next release',
    tape: 'leftover-is-refused-for-hours',
    profile: 'lasting',
    edits: [
      {
        file: TIDY,
        find: 'return untilNextTry(shown, FEW_FAILURES.deployment, now);',
        put: 'return untilNextTry(shown, Infinity, now);',
      },
    ],
  },
  {
    name: 'leftover tried again and again',
    profile: 'lasting',
    edits: [
      {
        file: LEFTOVERS,
        find: 'notBefore: now + restBefore(isBusy ? Math.min(failures, BUSY_RESTS) : failures, random),',
        put: 'notBefore: now + restBefore(Math.min(failures, 2), random),',
      },
    ],
  },
  {
    name: 'identity by generation',
    profile: 'lasting',
    edits: [{ file: IDENTITY, find: 'return checksum === null || signal', put: 'return true || signal' }],
  },
  {
    name: 'order not kept',
    profile: 'lasting',
    edits: [
      {
        file: ACCEPT,
        find: 'return known === null ? request :',
        put: 'return known !== undefined ? request :',
      },
    ],
  },
  {
    name: 'abandoned operation forgotten',
    profile: 'lasting',
    edits: [
      {
        file: NOTES,
        find: 'const next = withDoubt(withAbandoned(ledger, isHopeless, now), subject);',
        put: 'const next = { ...withAbandoned(ledger, isHopeless, now), abandoned: [] };',
      },
    ],
  },
  {
    name: 'deployment that nobody could see keeps its traffic',
    tape: 'served-while-nobody-could-look',
    profile: 'general',
    edits: [
      {
        file: FINISH,
        find: 'if (refusal === null) return ledger;',
        put: 'if (refusal === null || now > 0) return ledger;',
      },
    ],
  },
  {
    name: 'examination begun at the end of a tick',
    tape: 'examination-at-the-end-of-a-tick',
    profile: 'lasting',
    edits: [
      {
        file: 'functions/release/tick.ts',
        find: "action.do === 'verify' && until - now < config.tickBudgetMs / 2",
        put: "action.do === 'verify' && config === undefined",
      },
    ],
  },
  {
    name: 'function awake for a leftover that nobody can be told of',
    tape: 'leftover-that-nobody-can-be-told-of',
    profile: 'lasting',
    edits: [
      {
        file: LASTING,
        find: "asked === 'announce' && isEndUntold",
        put: "asked === 'announce' || isEndUntold",
      },
    ],
  },
  {
    name: 'file overwritten while it is read taken for one that is too large',
    tape: 'golden-rows-are-overwritten-while-they-are-read',
    profile: 'lasting',
    edits: [
      {
        file: 'functions/release/checks/read-text.ts',
        find: "if (text === null) throw goneWhileRead('artifacts.read', object);",
        put: '',
      },
    ],
  },
  {
    name: 'promotion finds the time on hold counted',
    tape: 'promotion-after-an-hour-on-hold',
    profile: 'lasting',
    edits: [
      {
        file: 'functions/release/requests/operator.ts',
        find: 'return withoutHeldTime(promoted, asked.at);',
        put: 'return promoted;',
      },
    ],
  },
];
