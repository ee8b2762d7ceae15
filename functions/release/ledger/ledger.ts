/**
 * The ledger: one object per service that remembers what cannot be read back from Google. Its text is checked
 * against this schema on every read; a ledger that does not pass is never taken for an empty one.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { TLocalizedValidationError } from 'typebox/error';
import { CallError, Problem } from '../../errors.ts';
import type { Instant } from '../../world.ts';
import {
  AbandonedSchema,
  LeftoverSchema,
  LiveSchema,
  OutageSchema,
  ParkedSchema,
  ParkingNoticeSchema,
  PendingSchema,
  PreviousSchema,
  RefusalSchema,
  ReleaseSchema,
  RequestSchema,
  ScalingSchema,
  Time,
  WakeSchema,
} from './parts.ts';
import { OutcomeSchema, RequesterSchema } from '../publish/outcome.ts';

/** Outcomes of a ledger, those not yet announced included. */
const OUTCOMES_MAX = 64;

export const LEFTOVERS_MAX = 24;
export const ABANDONED_MAX = 8;
/** Artifacts whose order is remembered: at twenty a day, those of the last fifty days. */
export const ARTIFACTS_MAX = 1_000;

export const LedgerSchema = Type.Object({
  schema: Type.Literal(1),
  service: Type.String({ maxLength: 40 }),
  /** Raised by every taking of the lease. */
  epoch: Type.Integer({ minimum: 0 }),
  /** Names the write, so that a writer whose reply was lost knows its own. */
  writeId: Type.String({ maxLength: 64 }),
  lease: Type.Union([
    Type.Object({
      by: Type.String({ maxLength: 64 }),
      until: Time,
      /** Number of the holder's last write that won: others may have written since, and took its writeId away. */
      writes: Type.Optional(Type.Integer({ minimum: 0 })),
    }),
    Type.Null(),
  ]),
  endpoint: Type.Union([Type.String({ maxLength: 300 }), Type.Null()]),
  queue: Type.Array(RequestSchema, { maxItems: 32 }),
  release: Type.Union([ReleaseSchema, Type.Null()]),
  live: Type.Union([LiveSchema, Type.Null()]),
  previous: Type.Optional(PreviousSchema),
  pending: Type.Union([PendingSchema, Type.Null()]),
  /**
   * Attempts are counted from here in a rebuilt ledger: which deployed models' ids the one before has used, and how
   * those ended, is not known any more.
   */
  attemptsFrom: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_999 })),
  /** Set while an operator keeps the service as it is. */
  hold: Type.Optional(
    Type.Object({
      since: Time,
      reason: Type.String({ maxLength: 200 }),
      requestedBy: Type.Optional(RequesterSchema),
      /** Up to when the release in progress has been given its time on hold back. */
      countedUntil: Type.Optional(Time),
    }),
  ),
  /** When the last hold or resume that counted was asked for: messages come late, and more than once. */
  operatedAt: Type.Optional(Time),
  /** Set while a service is parked: nothing of it is deployed, and its live model is deployed again when it wakes. */
  parked: Type.Optional(ParkedSchema),
  /** What has woken it, until a model serves. */
  woken: Type.Optional(WakeSchema),
  /** Parks and wakes that are not published yet. */
  notices: Type.Optional(Type.Array(ParkingNoticeSchema, { maxItems: 16 })),
  /** When the last park or wake that counted was asked for. */
  parkedAt: Type.Optional(Time),
  /** What was last written of the endpoint's settings (endpointChangeId), and when. */
  configured: Type.Optional(Type.Object({ change: Type.String({ maxLength: 16 }), at: Time })),
  /** The change of a deployed model's replicas or logs that is in progress, or was refused. */
  scaling: Type.Optional(ScalingSchema),
  /** Nothing serves while a model is replaced. */
  outage: Type.Optional(OutageSchema),
  /** How long operations took the last time, in ms. */
  took: Type.Optional(
    Type.Object({
      upload: Type.Optional(Time),
      deploy: Type.Optional(Time),
      undeploy: Type.Optional(Time),
    }),
  ),
  /** Calls that Google refuses, one entry for each kind of call, while it lasts. */
  refusals: Type.Optional(Type.Array(RefusalSchema, { maxItems: 12 })),
  /** What a release left behind and cannot be cleaned up yet. */
  leftovers: Type.Optional(Type.Array(LeftoverSchema, { maxItems: LEFTOVERS_MAX })),
  /** Operations that nothing waits for any more. */
  abandoned: Type.Optional(Type.Array(AbandonedSchema, { maxItems: ABANDONED_MAX })),
  /** The private key that requests for a report of features are signed with, in hex (feature-report.ts). */
  reportSeed: Type.Optional(Type.String({ pattern: '^[0-9a-f]{64}$' })),
  /** When intake last published a tick that no tick has answered yet: one tick serves many requests. */
  waking: Type.Optional(Time),
  /** The artifacts that were accepted, newest last, each with its order (identity.ts). */
  artifacts: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: ARTIFACTS_MAX })),
  /** Kept for older builds, which will not read a ledger without it. */
  tidy: Type.Object({ failures: Type.Integer({ minimum: 0 }), notBefore: Time, versionsNotBefore: Time }),
  outcomes: Type.Array(OutcomeSchema, { maxItems: OUTCOMES_MAX }),
});

export type Request = Type.Static<typeof RequestSchema>;
export type Release = Type.Static<typeof ReleaseSchema>;
export type Live = Type.Static<typeof LiveSchema>;
export type Previous = Type.Static<typeof PreviousSchema>;
export type Pending = Type.Static<typeof PendingSchema>;
export type Ledger = Type.Static<typeof LedgerSchema>;
export type Order = Request['order'];
export type RefusalEntry = Type.Static<typeof RefusalSchema>;
export type Leftover = Type.Static<typeof LeftoverSchema>;
export type ParkingNotice = Type.Static<typeof ParkingNoticeSchema>;
export type Abandoned = Type.Static<typeof AbandonedSchema>;

/** No ledger of a well-behaved service comes near it; larger text is not parsed at all. */
export const LEDGER_BYTES_MAX = 786_432;

const ledgerText = Compile(LedgerSchema);

/**
 * Epochs begin with the seconds of the clock and rise by one with each tick: a rebuilt ledger is above the one it
 * replaces, whose last holder may still be at work.
 */
export function emptyLedger(service: string, now: Instant): Ledger {
  return {
    schema: 1,
    service,
    epoch: Math.floor(now / 1000),
    writeId: '',
    lease: null,
    endpoint: null,
    queue: [],
    release: null,
    live: null,
    pending: null,
    tidy: { failures: 0, notBefore: 0, versionsNotBefore: 0 },
    outcomes: [],
  };
}

/** Some number that no ledger before has come near, as far as can be had from four digits. */
export function freshAttempts(now: Instant): number {
  return Math.floor(now / 60_000) % 9_000;
}

/** The text of a ledger. Throws a CallError, and nothing is written, if `parseLedger` could not read it again. */
export function formatLedger(ledger: Ledger): string {
  const text = JSON.stringify(ledger);
  if (ledgerText.Check(ledger) && text.length <= LEDGER_BYTES_MAX) return text;
  const [problem] = ledgerText.Errors(ledger);
  const detail = problem === undefined ? `it has ${text.length} characters` : describe(problem);
  throw new CallError('ledgers.write', 'INVALID_ARGUMENT', `what was to be written is no ledger: ${detail}`);
}

/** What was parsed last. */
let last: { readonly text: string; readonly ledger: Ledger } | null = null;

/**
 * Throws a Problem LEDGER_UNREADABLE if the text is not this service's ledger. A tick that waits reads the same text
 * every few seconds: it is parsed once. No ledger is ever changed in place.
 */
export function parseLedger(text: string, service: string): Ledger {
  if (last !== null && last.text === text && last.ledger.service === service) return last.ledger;
  const ledger = parsed(text, service);
  last = { text, ledger };
  return ledger;
}

function parsed(text: string, service: string): Ledger {
  if (text.length > LEDGER_BYTES_MAX)
    throw unreadable(service, `expected at most ${LEDGER_BYTES_MAX} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw unreadable(service, 'expected JSON', { cause });
  }
  if (!ledgerText.Check(value)) {
    const [first] = ledgerText.Errors(value);
    throw unreadable(service, first === undefined ? 'wrong form' : describe(first));
  }
  if (value.service !== service) throw unreadable(service, 'it is the ledger of another service');
  return value;
}

function describe(error: TLocalizedValidationError): string {
  return `${error.instancePath}: ${error.message}`;
}

function unreadable(service: string, detail: string, options?: ErrorOptions): Problem {
  return new Problem('LEDGER_UNREADABLE', `service ${service}: ${detail}`, options);
}
