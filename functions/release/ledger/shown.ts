/**
 * What a ledger remembers of a release for people to look at: the numbers behind its verdicts, and when it reached which
 * stage. Nothing is decided by them. Pure.
 */
import { Type } from 'typebox';

/** Points of each gate. */
export const POINTS_MAX = 30;

/** Null stands for what is no finite number. */
const Figure = Type.Union([Type.Number(), Type.Null()]);

export const EvidenceSchema = Type.Object({
  /** Of a golden row: its line, and its largest difference from what was expected, relative to the larger number and 1. */
  golden: Type.Optional(Type.Array(Type.Tuple([Type.Integer(), Figure]), { maxItems: POINTS_MAX })),
  /** The first number of an answer of the live model and of the candidate to the same row. */
  comparison: Type.Optional(Type.Array(Type.Tuple([Figure, Figure]), { maxItems: POINTS_MAX })),
  /** Of each look: when; the candidate's requests, share of errors and p95 in ms; the live model's share and p95. */
  metrics: Type.Optional(
    Type.Array(Type.Tuple([Type.Integer(), Type.Integer(), Figure, Figure, Figure, Figure]), {
      maxItems: POINTS_MAX,
    }),
  ),
});

export type Evidence = Type.Static<typeof EvidenceSchema>;
export type MetricsPoint = NonNullable<Evidence['metrics']>[number];

/** Stages that are remembered: those of one attempt, with twenty steps, have room. */
export const REACHED_MAX = 24;

/** `verified`, `uploaded`, `deployed`, or `step 1` and so on; text, so that an older build can read a newer ledger. */
export const ReachedSchema = Type.Array(
  Type.Tuple([Type.String({ maxLength: 12 }), Type.Integer({ minimum: 0 })]),
  { maxItems: REACHED_MAX },
);

/** What was asked again replaces what was known; looks at metrics follow each other. */
export function withEvidence(known: Evidence | undefined, found: Evidence): Evidence {
  const metrics = [...(known?.metrics ?? []), ...(found.metrics ?? [])].slice(-POINTS_MAX);
  return { ...known, ...found, ...(metrics.length > 0 && { metrics }) };
}
