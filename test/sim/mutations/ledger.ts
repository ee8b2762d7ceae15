/** What the ledger remembers, and what is told of it. */
import type { Mutation } from './mutation.ts';

const ANNOUNCE = 'functions/release/publish/publish-outcome.ts';
const RECORD = 'functions/release/ledger/record.ts';
const START = 'functions/release/calls/start-operation.ts';
const HELD = 'functions/release/ledger/leased-ledger.ts';
const LEDGER = 'functions/release/ledger/ledger.ts';
const PORTS = 'test/sim/ports.ts';

export const LEDGER_MUTATIONS: readonly Mutation[] = [
  {
    name: 'own take with a lost reply is taken for that of another',
    tape: 'taken-with-a-lost-reply-before-a-request',
    profile: 'lasting',
    edits: [
      {
        file: HELD,
        find: 'if (n > 1 && lease?.by === holder) return new LeasedLedger(form, service, world, holder, stored);',
        put: '',
      },
    ],
  },
  {
    name: 'call without its intent',
    profile: 'live',
    edits: [
      {
        file: START,
        find: 'await held.save((ledger) => (isOvertaken(ledger) ? ledger : { ...ledger, pending }));',
        put: 'held.defer((ledger) => (isOvertaken(ledger) ? ledger : { ...ledger, pending })); await Promise.resolve();',
      },
    ],
  },
  {
    name: 'unreadable ledger taken for an empty one',
    profile: 'drift',
    edits: [
      {
        file: LEDGER,
        find: "throw unreadable(service, 'expected JSON', { cause });",
        put: 'return Object.assign(emptyLedger(service, 0), { cause: String(cause) });',
      },
    ],
  },
  {
    name: 'end told without waiting for the broker',
    profile: 'live',
    edits: [
      {
        file: ANNOUNCE,
        find: "await world.bus.publish('events', message, attributes);",
        put: "void world.bus.publish('events', message, attributes).catch(() => {});",
      },
    ],
  },
  {
    name: 'own lost write not recognised',
    equivalent:
      'the lease counts its writes, a request is taken in once by its id, and a lease taken unawares runs out: it costs ten minutes',
    profile: 'live',
    edits: [{ file: HELD, find: 'if (found?.ledger.writeId === next.writeId) return found;', put: '' }],
  },
  {
    name: 'end told before it is written',
    profile: 'drift',
    edits: [
      {
        file: ANNOUNCE,
        find: 'await context.held.flush();',
        put: '',
      },
      { file: RECORD, find: 'if (TRANSITIONS[change.type].isDurable) await held.flush();', put: '' },
    ],
  },
  {
    name: 'ledger written without a condition',
    profile: 'zombie',
    edits: [
      {
        file: PORTS,
        find: 'const expected: string | null = generation;',
        put: 'const expected: string | null = generation.slice(0, 0) || null;',
      },
    ],
  },
];
