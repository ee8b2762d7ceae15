/** The parts of a ledger: requests, the release in progress, the live release, the one before it. */
import { Type } from 'typebox';
import { CauseSchema, RequesterSchema, VerdictSchema } from '../publish/outcome.ts';
import { KEPT_CONTRACT } from './kept-contract.ts';
import { EvidenceSchema, ReachedSchema } from './shown.ts';

export const VERDICTS_MAX = 24;

/** Deployments of one release: its deployed models are named by their number (ids.ts). */
export const ATTEMPTS_MAX = 9_999;

export const Id = Type.String({ maxLength: 20 });
export const Time = Type.Integer({ minimum: 0 });

/** What somebody wants live: an artifact's marker, and when it was wanted by a clock of Google's. */
export const RequestSchema = Type.Object({
  id: Id,
  /** Empty: a model of the registry, with its name as `marker` and its version as `generation` (uri.ts). */
  bucket: Type.String({ maxLength: 63 }),
  marker: Type.String({ maxLength: 1024 }),
  generation: Type.String({ pattern: '^[0-9]{1,19}$' }),
  /** Of the marker's content: a copy or a rewrite of the object has another generation and the same checksum. */
  checksum: Type.Optional(Type.String({ maxLength: 80 })),
  /** Whether the marker is a signal, where slipway.yaml says it; absent: its name tells. */
  signal: Type.Optional(Type.Boolean()),
  /**
   * The order of releases. `at` is set by Google: the object's creation, or the publishing of the message that
   * asked for this very artifact. Arrival never counts.
   */
  order: Type.Object({ at: Time, tie: Type.String({ maxLength: 40 }) }),
  askedBy: Type.Enum(['artifact', 'request', 'pipeline'] as const),
  /** The e-mail address that the message states of its sender, who may be another one. */
  requestedBy: Type.Optional(RequesterSchema),
  acceptedAt: Time,
  /** Deployments already tried, so that no deployed model's id is ever used twice. */
  attempts: Type.Integer({ minimum: 0 }),
  /** The version that holds this artifact already, once it has been uploaded. */
  version: Type.Union([Type.String({ maxLength: 20 }), Type.Null()]),
  /** The requester accepts that the contract with the callers is broken. */
  overrideContract: Type.Optional(Type.Boolean()),
  /** Goes back from that release: no steps, no gates, and the model that is still deployed is taken if it can be. */
  rollback: Type.Optional(
    Type.Object({
      from: Id,
      deployedModel: Type.String({ maxLength: 10 }),
      reason: Type.Optional(Type.String({ maxLength: 200 })),
    }),
  ),
});

const SplitSchema = Type.Array(
  Type.Tuple([Type.String({ maxLength: 20 }), Type.Integer({ minimum: 0, maximum: 100 })]),
  { maxItems: 50 },
);

export const ReleaseSchema = Type.Object({
  request: RequestSchema,
  startedAt: Time,
  attempt: Type.Integer({ minimum: 1, maximum: ATTEMPTS_MAX }),
  verified: Type.Boolean(),
  /** Examinations of the artifact that have begun without an end, and the files of its manifest checked so far. */
  examinations: Type.Optional(Type.Integer({ minimum: 0 })),
  verifiedFiles: Type.Optional(Type.Integer({ minimum: 0 })),
  /** The folder that a model of the registry was made from, and when: what was written later is none of its files. */
  madeFrom: Type.Optional(
    Type.Object({
      bucket: Type.String({ maxLength: 222 }),
      prefix: Type.String({ maxLength: 1024 }),
      at: Time,
    }),
  ),
  /** Its upload has been seen to succeed: that its version shows would not prove it. */
  uploadEnded: Type.Optional(Type.Boolean()),
  /** The deployment has been seen to succeed: that its model shows on the endpoint would not prove it. */
  deployed: Type.Boolean(),
  aliased: Type.Boolean(),
  /** Definite failures so far, and when the next try may start. */
  failures: Type.Integer({ minimum: 0 }),
  /** When the first of them was. */
  failingSince: Type.Optional(Time),
  notBefore: Time,
  lastCause: Type.Union([CauseSchema, Type.Null()]),
  /** Index of the rollout's step it is at (absent: the first), and since when its traffic is in place. */
  step: Type.Optional(Type.Integer({ minimum: 0, maximum: 20 })),
  stepSince: Type.Optional(Time),
  /** Of every gate and step, the last one. */
  verdicts: Type.Optional(Type.Array(VerdictSchema, { maxItems: VERDICTS_MAX })),
  /** The numbers behind them, for people to look at. */
  evidence: Type.Optional(EvidenceSchema),
  /** When it reached which stage, for people to look at. */
  reached: Type.Optional(ReachedSchema),
  /** When a gate that could not tell is asked again. */
  judgeNotBefore: Type.Optional(Time),
  /** The split before its first traffic, where nothing of ours was live: what others had is theirs again. */
  splitBefore: Type.Optional(SplitSchema),
  /** It has had traffic. */
  served: Type.Optional(Type.Boolean()),
  /** Somebody asked for all the traffic at once: no more steps, bakes and gates. */
  promoted: Type.Optional(Type.Boolean()),
  promotedBy: Type.Optional(RequesterSchema),
  /** Going back, it has been without traffic when the endpoint was last written. */
  isBack: Type.Optional(Type.Boolean()),
  /** Why it gives its traffic back; from then on it never gets any. */
  goingBack: Type.Optional(CauseSchema),
  goingBackAt: Type.Optional(Time),
  /** The message that asked for it. */
  goingBackBy: Type.Optional(Type.String({ maxLength: 64 })),
  /** Who sent it, as it states. */
  goingBackRequestedBy: Type.Optional(RequesterSchema),
  ...KEPT_CONTRACT,
});

export const LiveSchema = Type.Object({
  request: RequestSchema,
  attempt: Type.Integer({ minimum: 1, maximum: ATTEMPTS_MAX }),
  deployedModel: Type.String({ maxLength: 10 }),
  since: Time,
  /** Undeploying it has been decided, for the service is parked: it is deployed again under another id. */
  retired: Type.Optional(Type.Boolean()),
  ...KEPT_CONTRACT,
});

/** The live release before this one: where a rollback goes. */
export const PreviousSchema = Type.Object({
  live: LiveSchema,
  /** It stays deployed until then. */
  until: Time,
  /** Undeploying it has been decided: it must never get traffic again under this deployed model's id. */
  retired: Type.Boolean(),
});

/** The one current operation. `name` is null from the intent until Vertex has answered the call. */
export const PendingSchema = Type.Object({
  kind: Type.Enum(['createEndpoint', 'upload', 'deploy', 'undeploy', 'deleteVersion'] as const),
  /** The deployed model, version or release it is about. */
  subject: Type.String({ maxLength: 128 }),
  name: Type.Union([Type.String({ maxLength: 300 }), Type.Null()]),
  since: Time,
  /** It has succeeded and its effect did not show: one more look, for a read may be old. */
  doubted: Type.Optional(Type.Boolean()),
});

/**
 * The change of scale in progress, or that was refused last. It is no `pending` operation: nothing waits for it, and an
 * older build can read the ledger.
 */
export const ScalingSchema = Type.Object({
  deployedModel: Type.String({ maxLength: 10 }),
  /** What it is to become (view/scale.ts). */
  to: Type.String({ maxLength: 120 }),
  /** Null from the intent until Vertex AI has answered the call. */
  name: Type.Union([Type.String({ maxLength: 300 }), Type.Null()]),
  since: Time,
  /** It has succeeded and its effect did not show: one more look, for a read may be old. */
  doubted: Type.Optional(Type.Boolean()),
  /** It was refused, or has failed. */
  ended: Type.Optional(Type.Boolean()),
});

/**
 * The last refusal of a call that Google refuses again and again, kept while it lasts. `asked` and `code` are free text
 * so that an older build can read a newer ledger.
 */
export const RefusalSchema = Type.Object({
  asked: Type.String({ maxLength: 20 }),
  code: Type.String({ maxLength: 64 }),
  /** Status and Google's own words. */
  detail: Type.String({ maxLength: 600 }),
  patience: Type.Enum(['none', 'minutes', 'provisioning', 'deadline'] as const),
  /** The first of them, whatever its status; the last one; and how many. */
  since: Time,
  at: Time,
  count: Type.Integer({ minimum: 1 }),
  /** The same of those of this patience, since the last one of another; absent: there was none of another. */
  ofKind: Type.Optional(Type.Object({ since: Time, count: Type.Integer({ minimum: 1 }) })),
  /** The same call is not made before. */
  notBefore: Time,
  /** The call was taken on, and its operation refused it: only what it makes shows that it has succeeded. */
  byOperation: Type.Optional(Type.Boolean()),
});

/** Nothing serves, or has not, because a rollout recreates. */
export const OutageSchema = Type.Object({
  /** The release that has caused it. */
  release: Id,
  /** Absent: something serves again, and the release goes on. */
  since: Type.Optional(Time),
  /** How long nothing served before, in ms: a candidate may serve until its gates fail. */
  ms: Time,
  /** What became of a call that undeploys the live model is unknown. */
  isUnsure: Type.Optional(Type.Boolean()),
});

/** What could not be undeployed, deleted or set, and when the next try is due. */
export const LeftoverSchema = Type.Object({
  kind: Type.Enum(['undeploy', 'deleteVersion', 'moveAliases', 'giveBack'] as const),
  /** The deployed model or the version. */
  subject: Type.String({ maxLength: 128 }),
  /** Of a model that should have given its traffic back: the split before it had any. */
  splitBefore: Type.Optional(SplitSchema),
  since: Time,
  failures: Type.Integer({ minimum: 1 }),
  notBefore: Time,
  detail: Type.String({ maxLength: 400 }),
  /** The team has been told of it on the events topic. */
  announced: Type.Optional(Type.Boolean()),
});

/** An operation that its release did not wait for. What it makes is retired when it shows. */
export const AbandonedSchema = Type.Object({
  kind: Type.Enum(['createEndpoint', 'upload', 'deploy', 'undeploy', 'deleteVersion'] as const),
  subject: Type.String({ maxLength: 128 }),
  name: Type.Union([Type.String({ maxLength: 300 }), Type.Null()]),
  since: Time,
  /** Until then the next deployment on the endpoint waits for its end. */
  until: Time,
});

/** What asked a parked service to wake: `request`, `schedule` or `release`; and what the message said, or which release. */
export const WakeSchema = Type.Object({
  by: Type.String({ maxLength: 20 }),
  reason: Type.String({ maxLength: 200 }),
  requestedBy: Type.Optional(RequesterSchema),
});

export const ParkedSchema = Type.Object({
  /** When it was asked for. */
  since: Time,
  reason: Type.String({ maxLength: 200 }),
  /** What asked for it, such as `schedule`; absent: a message. */
  by: Type.Optional(Type.String({ maxLength: 20 })),
  requestedBy: Type.Optional(RequesterSchema),
  /** What lands does not wake it, from `waitsSince` on where it was parked before. */
  artifactsWait: Type.Optional(Type.Boolean()),
  waitsSince: Type.Optional(Time),
  /** Nothing of it is deployed any more, and that was noted. */
  emptied: Type.Optional(Type.Boolean()),
  /** Its end was asked for, and by what. */
  waking: Type.Optional(Type.Boolean()),
  wake: Type.Optional(WakeSchema),
});

/** A park or a wake that has taken effect. */
export const ParkingNoticeSchema = Type.Object({
  notice: Type.Enum(['Parked', 'Woken'] as const),
  at: Time,
  by: Type.String({ maxLength: 20 }),
  reason: Type.String({ maxLength: 200 }),
  requestedBy: Type.Optional(RequesterSchema),
});
