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
  PendingSchema,
  PreviousSchema,
  RefusalSchema,
  ReleaseSchema,
  RequestSchema,
  Time,
} from './parts.ts';
import { isPutOff } from '../refusals/lasting.ts';
import { GATES, OutcomeSchema, type Outcome } from '../publish/outcome.ts';

/** Outcomes remembered, newest first; those not yet announced are kept beyond it, up to a bound. */
const OUTCOMES_KEPT = 20;
const OUTCOMES_MOST = 64;
const UNTOLD_MOST = 32;
/** For a rollback: a person waits for it, even while other outcomes cannot be published. */
const UNTOLD_MOST_FOR_ROLLBACKS = 40;

export const LEFTOVERS_MOST = 24;
export const ABANDONED_MOST = 8;
/** Artifacts whose order is remembered: at twenty a day, those of the last fifty days. */
export const ARTIFACTS_MOST = 1_000;

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
   * Attempts are counted from here in a ledger made anew: which deployed models' ids the one before has used, and how
   * those ended, is not known any more.
   */
  attemptsFrom: Type.Optional(Type.Integer({ minimum: 0, maximum: 8_999 })),
  /** Set while an operator keeps the service as it is. */
  hold: Type.Optional(Type.Object({ since: Time, reason: Type.String({ maxLength: 200 }) })),
  /** When the last hold or resume that counted was asked for: messages come late, and more than once. */
  operatedAt: Type.Optional(Time),
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
  leftovers: Type.Optional(Type.Array(LeftoverSchema, { maxItems: LEFTOVERS_MOST })),
  /** Operations that nothing waits for any more. */
  abandoned: Type.Optional(Type.Array(AbandonedSchema, { maxItems: ABANDONED_MOST })),
  /** When intake last published a tick that no tick has answered yet: one tick serves many requests. */
  waking: Type.Optional(Time),
  /** The artifacts that were accepted, newest last, each with its order (identity.ts). */
  artifacts: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: ARTIFACTS_MOST })),
  /** Kept for older builds, which will not read a ledger without it. */
  tidy: Type.Object({ failures: Type.Integer({ minimum: 0 }), notBefore: Time, versionsNotBefore: Time }),
  outcomes: Type.Array(OutcomeSchema, { maxItems: OUTCOMES_MOST }),
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
export type Abandoned = Type.Static<typeof AbandonedSchema>;

/** No ledger of a well-behaved service comes near it; larger text is not parsed at all. */
export const LEDGER_MAX_BYTES = 786_432;

const ledgerText = Compile(LedgerSchema);

/**
 * Epochs begin with the seconds of the clock and rise by one with each tick: a ledger made anew is above the one it
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
  if (ledgerText.Check(ledger) && text.length <= LEDGER_MAX_BYTES) return text;
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
  if (text.length > LEDGER_MAX_BYTES)
    throw unreadable(service, `expected at most ${LEDGER_MAX_BYTES} characters`);
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

/** Negative if `a` was wanted earlier than `b`, 0 if they are one and the same. */
export function compareOrder(a: Order, b: Order): number {
  if (a.at !== b.at) return a.at - b.at;
  // Generations are int64 written in decimal: the longer one is the larger one.
  if (a.tie.length !== b.tie.length) return a.tie.length - b.tie.length;
  if (a.tie === b.tie) return 0;
  return a.tie < b.tie ? -1 : 1;
}

/** The request of the queue that was wanted last, or null. */
export function newest(queue: readonly Request[]): Request | null {
  let best: Request | null = null;
  for (const request of queue) {
    if (best === null || compareOrder(request.order, best.order) > 0) best = request;
  }
  return best;
}

/** What waits and was wanted later than the request, or null. */
export function overtakenBy(ledger: Ledger, request: Request): Request | null {
  // What waits for the end of a hold overtakes nothing that somebody has asked for meanwhile.
  if (ledger.hold !== undefined) return null;
  const next = newest(ledger.queue);
  return next !== null && compareOrder(next.order, request.order) > 0 ? next : null;
}

/** Whether it brings back what is live already. */
export function isRepair({ live }: Ledger, request: Request): boolean {
  return live?.request.id === request.id;
}

/**
 * True while something accepted has not come to its end, and nobody holds it up. What a topic goes on refusing is left to
 * the sweep.
 */
export function hasWork(ledger: Ledger): boolean {
  if (ledger.pending !== null) return true;
  if (ledger.outcomes.some((outcome) => !outcome.announced) && !isPutOff(ledger, 'announce')) return true;
  if (ledger.hold !== undefined) return isCommanded(ledger);
  return ledger.queue.length > 0 || ledger.release !== null;
}

/** Whether there is something that a person has asked for, which a hold does not keep up. */
export function isCommanded(ledger: Ledger): boolean {
  const { release } = ledger;
  if (release === null) return ledger.queue.some(({ rollback }) => rollback !== undefined);
  return (
    release.goingBack !== undefined || release.promoted === true || release.request.rollback !== undefined
  );
}

export function uriOf(request: Request): string {
  return `gs://${request.bucket}/${request.marker}#${request.generation}`;
}

/**
 * The ledger with one more outcome, and without the oldest ones that were announced. One that was not is never left
 * out: intake takes nothing in while there are many of them (`isFull`).
 */
export function withOutcome(ledger: Ledger, outcome: Outcome): Ledger {
  const outcomes = [outcome, ...ledger.outcomes];
  return { ...ledger, outcomes: outcomes.filter((o, i) => i < OUTCOMES_KEPT || !o.announced) };
}

/** Whether so many outcomes wait to be announced that there is no room for more but those of the queue. */
export function isFull(ledger: Ledger, isRollback = false): boolean {
  const most = isRollback ? UNTOLD_MOST_FOR_ROLLBACKS : UNTOLD_MOST;
  return ledger.outcomes.filter((outcome) => !outcome.announced).length >= most;
}

export function outcomeOf(
  request: Request,
  now: Instant,
  end: Pick<Outcome, 'result' | 'cause'> & { deployedModel?: string; release?: Release },
): Outcome {
  const { startedAt, goingBackAt, goingBackBy, verdicts: all } = end.release ?? {};
  const verdicts = GATES.flatMap((gate) => all?.findLast((v) => v.gate === gate) ?? []);
  return {
    release: request.id,
    result: end.result,
    cause: end.cause,
    artifact: uriOf(request),
    version: request.version,
    deployedModel: end.deployedModel ?? null,
    askedBy: request.askedBy,
    acceptedAt: request.acceptedAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(goingBackAt !== undefined && { gaveUpAt: goingBackAt }),
    ...(goingBackBy !== undefined && { endedBy: goingBackBy }),
    endedAt: now,
    announced: false,
    ...(verdicts.length > 0 && { verdicts }),
  };
}
