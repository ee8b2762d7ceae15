/**
 * How releases end (Argo Rollouts' words), always with a cause that a person can act on:
 *
 * - Live: it has all the traffic.
 * - Failed: it could not be made live; what served before still serves.
 * - Refused: nothing was spent on it, because the artifact itself is wrong.
 * - Superseded: something newer is live or on its way in its place.
 * - RolledBack: it had traffic and gave it back.
 */
import { Type } from 'typebox';
import { PROBLEMS, type ProblemCode } from '../../problems.ts';
import { EvidenceSchema, ReachedSchema } from '../ledger/shown.ts';
import { withoutSecrets } from '../diagnosis/secrets.ts';
import { safeText } from '../../../common/safe-text.ts';

export const RESULTS = ['Live', 'Failed', 'Refused', 'Superseded', 'RolledBack'] as const;

export const CauseSchema = Type.Object({
  /** One of the codes of errors.ts; free text here so that an older build can read a newer ledger. */
  code: Type.String({ maxLength: 64 }),
  /** What happened and what to do next. */
  text: Type.String({ maxLength: 600 }),
  /** The particulars, in the words of the service that refused. */
  detail: Type.String({ maxLength: 1200 }),
});

export type Cause = Type.Static<typeof CauseSchema>;

export const GATES = ['contract', 'golden', 'features', 'comparison', 'metrics'] as const;

/** What a gate said of a candidate. `hold`: there was too little evidence. */
export const VerdictSchema = Type.Object({
  gate: Type.Enum(GATES),
  /** Which step of the rollout, from 0. */
  step: Type.Integer({ minimum: 0 }),
  verdict: Type.Enum(['pass', 'fail', 'hold'] as const),
  reason: Type.String({ maxLength: 400 }),
  at: Type.Integer(),
});

export type Verdict = Type.Static<typeof VerdictSchema>;

/** Characters of an e-mail address (RFC 5321, 4.5.3.1.3, without the angle brackets). */
export const REQUESTED_BY_MAX = 254;

/** As a message has stated it. */
export const RequesterSchema = Type.String({ maxLength: REQUESTED_BY_MAX });

export const OutcomeSchema = Type.Object({
  release: Type.String({ maxLength: 20 }),
  result: Type.Enum(RESULTS),
  cause: Type.Union([CauseSchema, Type.Null()]),
  artifact: Type.String({ maxLength: 2400 }),
  version: Type.Union([Type.String({ maxLength: 20 }), Type.Null()]),
  deployedModel: Type.Union([Type.String({ maxLength: 10 }), Type.Null()]),
  askedBy: Type.String({ maxLength: 40 }),
  /** Who asked for the release, for its promotion and for its end, as the messages have stated it. */
  requestedBy: Type.Optional(RequesterSchema),
  promotedBy: Type.Optional(RequesterSchema),
  endRequestedBy: Type.Optional(RequesterSchema),
  acceptedAt: Type.Integer(),
  /** Absent: it never began. */
  startedAt: Type.Optional(Type.Integer()),
  /** When it was decided that it ends, and by which message, where a person asked for it. */
  gaveUpAt: Type.Optional(Type.Integer()),
  endedBy: Type.Optional(Type.String({ maxLength: 64 })),
  endedAt: Type.Integer(),
  announced: Type.Boolean(),
  /** The last verdict of each gate. */
  verdicts: Type.Optional(Type.Array(VerdictSchema, { maxItems: GATES.length })),
  /** How long nothing served because of it, in ms; since when, where nothing does yet. */
  downtimeMs: Type.Optional(Type.Integer()),
  downSince: Type.Optional(Type.Integer()),
  /** For people to look at; not published. */
  evidence: Type.Optional(EvidenceSchema),
  reached: Type.Optional(ReachedSchema),
});

export type Outcome = Type.Static<typeof OutcomeSchema>;

export function causeOf(code: ProblemCode | 'SUPERSEDED', detail: string): Cause {
  const text = code === 'SUPERSEDED' ? 'Something newer takes its place.' : PROBLEMS[code].text;
  return { code, text, detail: withoutSecrets(withoutControls(detail)).slice(0, 1200) };
}

/** In lines as they are. Control characters take six in JSON, and say nothing. */
export function withoutControls(text: string): string {
  return safeText(text, ' ', '\n');
}
