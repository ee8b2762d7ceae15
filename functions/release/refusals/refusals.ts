/**
 * What a call that Google refused means: the code and the words that people read, and how long the same refusal is
 * worth asking again. The same words mean the same as in an operation that failed. Pure.
 */
import type { Status } from '../../errors.ts';
import type { ProblemCode } from '../../problems.ts';
import { causeOfWords, clip } from '../diagnosis/causes.ts';
import { meaningOf, withoutPrefix, type Meaning } from '../diagnosis/google-words.ts';
import { plainText } from '../diagnosis/log-lines.ts';
import { withoutSecrets } from '../diagnosis/secrets.ts';
import type { Asked, Patience, Refusal } from './refusal.ts';

const DETAIL_MAX = 1_200;

/** Classifies a refused call. The message may say anything, at any length. Never throws. */
export function explainRefusal(
  asked: Asked,
  error: { readonly status: Status; readonly message: string },
): Refusal {
  const { status } = error;
  const message = withoutPrefix(plainText(error.message.slice(0, 8_000)));
  const meaning = meaningOf(status, message);
  const detail = clip(`${status}: ${withoutSecrets(message)}`, DETAIL_MAX);
  return {
    code: codeOf(asked, meaning, status, message),
    detail,
    patience: patienceOf(meaning, status, message),
  };
}

/** What counts for the code: all looks are alike. */
type Kind = 'look' | Exclude<Asked, `look ${string}`>;

const CODES: Record<Kind, ProblemCode> = {
  look: 'GOOGLE_UNAVAILABLE',
  verify: 'GOOGLE_UNAVAILABLE',
  createEndpoint: 'ENDPOINT_FAILED',
  upload: 'UPLOAD_FAILED',
  deploy: 'DEPLOY_REFUSED',
  shift: 'SHIFT_FAILED',
  fence: 'SHIFT_FAILED',
  configure: 'ENDPOINT_SETTINGS',
  undeploy: 'UNDEPLOY_FAILED',
  deleteVersion: 'VERSION_KEPT',
  aliases: 'ALIASES_FAILED',
  judge: 'GATE_UNSURE',
  mutate: 'SCALE_FAILED',
  announce: 'EVENTS_REFUSED',
};

function codeOf(call: Asked, meaning: Meaning, status: Status, message: string): ProblemCode {
  const asked = kindOf(call);
  switch (asked) {
    case 'look':
    case 'verify':
      if (meaning === 'permission') return 'GOOGLE_DENIED';
      if (asked === 'verify' && status === 'NOT_FOUND') return 'ARTIFACT_NOT_FOUND';
      return meaning === 'rate' || status === 'RESOURCE_EXHAUSTED' ? 'RATE_LIMITED' : CODES[asked];
    case 'deploy':
      // No reply is no refusal.
      if (meaning === 'internal' || UNANSWERED.has(status))
        return causeOfWords(status, message)?.code ?? 'DEPLOY_INTERNAL';
      return causeOfWords(status, message)?.code ?? CODES[asked];
    case 'createEndpoint':
    case 'upload':
      return meaning === 'rate' ? 'RATE_LIMITED' : CODES[asked];
    default:
      return CODES[asked];
  }
}

function kindOf(asked: Asked): Kind {
  switch (asked) {
    case 'look endpoints':
    case 'look versions':
    case 'look model':
    case 'look deployments':
    case 'look operation':
    case 'look abandoned':
    case 'look scaling':
      return 'look';
    default:
      return asked;
  }
}

const UNANSWERED: ReadonlySet<Status> = new Set(['DEADLINE_EXCEEDED', 'CANCELLED']);

const BY_MEANING: Partial<Record<Meaning, Patience>> = {
  rate: 'deadline',
  capacity: 'deadline',
  concurrent: 'deadline',
  provisioning: 'provisioning',
  quota: 'minutes',
  permission: 'minutes',
  image: 'minutes',
  artifact: 'minutes',
};

/** Malformed, or not what this API does: no grant and no time mends it. */
const FOR_GOOD: ReadonlySet<Status> = new Set(['INVALID_ARGUMENT', 'OUT_OF_RANGE', 'UNIMPLEMENTED']);

const BEING_MADE =
  /\bmodel\b.{0,120}\b(?:not (?:yet )?ready|still being (?:created|uploaded)|is being (?:created|uploaded))\b/i;

function patienceOf(meaning: Meaning, status: Status, message: string): Patience {
  const isMalformed = FOR_GOOD.has(status) && !/not found|not exist|unknown/i.test(message);
  if (isMalformed && ['image', 'artifact', 'concurrent'].includes(meaning)) return 'none';
  const known = BY_MEANING[meaning];
  if (known !== undefined) return known;
  if (FOR_GOOD.has(status)) return 'none';
  // An upload whose reply was lost goes on.
  if (status === 'FAILED_PRECONDITION' && BEING_MADE.test(message)) return 'deadline';
  // Something has to be there, or to be otherwise, first.
  return status === 'FAILED_PRECONDITION' || status === 'NOT_FOUND' ? 'minutes' : 'deadline';
}

/** Whether another operation is what the call is refused for: no error of Google's, and it passes by itself. */
export function isBusy(status: Status, patience: Patience): boolean {
  return patience === 'deadline' && (status === 'FAILED_PRECONDITION' || status === 'ABORTED');
}
