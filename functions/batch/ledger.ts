/**
 * The ledger of the batches of a service, an object of its own beside that of its releases, so that neither ever waits
 * for the other: `gs://STATE/ledgers/SERVICE.batch.json`. A run is not a phase but facts, each set when it was observed
 * or decided.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { CallError, Problem } from '../errors.ts';
import { batchLedgerName } from '../release/ledger/batch-runs.ts';
import type { LedgerForm } from '../release/ledger/form.ts';
import { CauseSchema } from '../release/publish/outcome.ts';
import { BatchOutcomeSchema } from './outcome.ts';

/** Batches that wait or run. What comes beyond is delivered again by Pub/Sub. */
export const RUNS_MAX = 100;
/** Batches that are remembered, so that a message that comes again starts no second job. */
export const KNOWN_MAX = 2_000;
/** Sorted pieces of results: 64 GiB, the most that is delivered in order (config/schema-batch.ts). */
export const PIECES_MAX = 20_000;

const Id = Type.String({ maxLength: 20 });
const Time = Type.Integer({ minimum: 0 });
const Count = Type.Integer({ minimum: 0 });
const Name = Type.String({ maxLength: 1_200 });

const ObjectSchema = Type.Object({
  bucket: Type.String({ maxLength: 222 }),
  name: Name,
  generation: Type.String({ pattern: '^[0-9]{1,19}$' }),
  size: Count,
});

export const RunSchema = Type.Object({
  id: Id,
  /** What is answered. `generation`, of an object. */
  input: Type.Object({
    uri: Type.String({ maxLength: 2_100 }),
    format: Type.Enum(['jsonl', 'csv', 'bigquery'] as const),
    generation: Type.Union([Type.String({ pattern: '^[0-9]{1,19}$' }), Type.Null()]),
  }),
  askedBy: Type.Enum(['object', 'request', 'schedule'] as const),
  acceptedAt: Time,
  /** The copy of the object, which nobody overwrites. */
  copy: Type.Optional(ObjectSchema),
  /** The live release when the first rows were read: the one that answers. */
  release: Type.Optional(
    Type.Object({
      id: Id,
      version: Type.String({ maxLength: 20 }),
      /** The name of its model, where it is one of the registry that Slipway did not upload. */
      model: Type.Optional(Type.String({ maxLength: 300 })),
    }),
  ),
  /** How far the rows have been read: bytes, rows, the largest row in bytes, the numbered parts written. */
  scan: Type.Optional(
    Type.Object({ offset: Count, rows: Count, largest: Count, parts: Count, isWhole: Type.Boolean() }),
  ),
  /** What the job reads. */
  staged: Type.Optional(ObjectSchema),
  /**
   * It is about to be created, or was. `doubtfulSince`: a call may have created it, to read `input`; `isBurning`: which is
   * about to be removed, or was.
   */
  job: Type.Optional(
    Type.Object({
      intendedAt: Time,
      doubtfulSince: Type.Optional(Time),
      input: Type.Optional(Name),
      isBurning: Type.Optional(Type.Boolean()),
      name: Type.Union([Type.String({ maxLength: 300 }), Type.Null()]),
      createdAt: Type.Optional(Time),
      cancelledAt: Type.Optional(Time),
    }),
  ),
  /** How the job ended. */
  end: Type.Optional(
    Type.Object({
      state: Type.String({ maxLength: 40 }),
      output: Type.Union([Type.String({ maxLength: 2_100 }), Type.Null()]),
      error: Type.Union([
        Type.Object({ status: Type.String({ maxLength: 40 }), message: Type.String({ maxLength: 1_200 }) }),
        Type.Null(),
      ]),
      successful: Type.Union([Count, Type.Null()]),
      failed: Type.Union([Count, Type.Null()]),
      replicaHours: Type.Union([Type.Number({ minimum: 0 }), Type.Null()]),
    }),
  ),
  /** How far the results have been counted, and, to be delivered in order, sorted into pieces. */
  count: Type.Optional(
    Type.Object({
      file: Count,
      offset: Count,
      succeeded: Count,
      failed: Count,
      pieces: Count,
      /** The number of the first row of each piece. */
      firsts: Type.Optional(Type.Array(Count, { maxItems: PIECES_MAX })),
      /** The longest line of them, in bytes. */
      largest: Type.Optional(Count),
      isWhole: Type.Boolean(),
      /** The words of the first row that failed. */
      firstError: Type.Optional(Type.String({ maxLength: 400 })),
    }),
  ),
  /**
   * How far the sorted pieces have been merged: rows delivered, bytes read of the input and of each piece, and the number
   * of the next row of each.
   */
  merge: Type.Optional(
    Type.Object({
      rows: Count,
      missing: Count,
      inputOffset: Count,
      offsets: Type.Array(Count, { maxItems: PIECES_MAX }),
      nexts: Type.Array(Count, { maxItems: PIECES_MAX }),
      parts: Count,
      isWhole: Type.Boolean(),
    }),
  ),
  /** It was decided that the batch ends so. */
  verdict: Type.Optional(
    Type.Object({
      result: Type.Enum(['Succeeded', 'Failed', 'Refused', 'Cancelled'] as const),
      cause: Type.Union([CauseSchema, Type.Null()]),
      at: Time,
    }),
  ),
  /** The object that makes the results answers by key; null: another batch's, or nobody's. */
  published: Type.Optional(Type.Union([Type.String({ maxLength: 2_100 }), Type.Null()])),
  /** `_SUCCESS.json` is there. */
  isMarked: Type.Optional(Type.Boolean()),
  /** Its copies are removed, or were given up. */
  isTidy: Type.Optional(Type.Boolean()),
  /** Calls that Google refuses, while it lasts; no other call for this batch is made before `notBefore`. */
  refusal: Type.Optional(
    Type.Object({
      since: Time,
      count: Count,
      notBefore: Time,
      code: Type.String({ maxLength: 64 }),
      detail: Type.String({ maxLength: 600 }),
    }),
  ),
});

export const BatchLedgerSchema = Type.Object({
  schema: Type.Literal(1),
  service: Type.String({ maxLength: 40 }),
  epoch: Count,
  writeId: Type.String({ maxLength: 64 }),
  lease: Type.Union([
    Type.Object({
      by: Type.String({ maxLength: 64 }),
      until: Time,
      writes: Type.Optional(Count),
    }),
    Type.Null(),
  ]),
  waking: Type.Optional(Time),
  /** In the order in which they were accepted. */
  runs: Type.Array(RunSchema, { maxItems: RUNS_MAX }),
  /** Ids of all batches that were accepted, newest last. */
  known: Type.Array(Id, { maxItems: KNOWN_MAX }),
  /** How long the last jobs took that succeeded, newest first: their rows, and ms. */
  took: Type.Optional(Type.Array(Type.Object({ rows: Count, ms: Count }), { maxItems: 5 })),
  /** The last time of the schedule that was answered. */
  scheduledAt: Type.Optional(Time),
  /** How the last batches ended, newest first. */
  outcomes: Type.Array(BatchOutcomeSchema, { maxItems: 400 }),
});

export type Run = Type.Static<typeof RunSchema>;
export type BatchLedger = Type.Static<typeof BatchLedgerSchema>;

export const LEDGER_CHARS_MAX = 4 * 1024 * 1024;

const ledgerText = Compile(BatchLedgerSchema);

export const BATCHES: LedgerForm<BatchLedger> = {
  nameOf: batchLedgerName,
  empty: (service, now) => ({
    schema: 1,
    service,
    epoch: Math.floor(now / 1000),
    writeId: '',
    lease: null,
    runs: [],
    known: [],
    outcomes: [],
  }),
  parse: parseBatchLedger,
  format: formatBatchLedger,
  // Nothing of it is asked for that could not wait for the end of a tick.
  isTakeable: () => false,
};

function parseBatchLedger(text: string, service: string): BatchLedger {
  const fault = (detail: string, options?: ErrorOptions) =>
    new Problem('LEDGER_UNREADABLE', `batches of service ${service}: ${detail}`, options);
  if (text.length > LEDGER_CHARS_MAX) throw fault(`expected at most ${LEDGER_CHARS_MAX} characters`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fault('expected JSON', { cause });
  }
  if (!ledgerText.Check(value)) {
    const [first] = ledgerText.Errors(value);
    throw fault(first === undefined ? 'wrong form' : `${first.instancePath}: ${first.message}`);
  }
  if (value.service !== service) throw fault('it is the ledger of another service');
  return value;
}

function formatBatchLedger(ledger: BatchLedger): string {
  const text = JSON.stringify(ledger);
  if (ledgerText.Check(ledger) && text.length <= LEDGER_CHARS_MAX) return text;
  const [first] = ledgerText.Errors(ledger);
  const detail =
    first === undefined ? `it has ${text.length} characters` : `${first.instancePath}: ${first.message}`;
  throw new CallError('ledgers.write', 'INVALID_ARGUMENT', `what was to be written is no ledger: ${detail}`);
}
