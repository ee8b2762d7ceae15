/**
 * What a call that Google refused means: the code and the words that people read, and how long the same refusal is
 * worth asking again. The same words mean the same as in an operation that failed. Pure.
 */
import type { ProblemCode, Status } from '../errors.ts';
import { causeOfWords, clip } from './causes.ts';
import { meaningOf, withoutPrefix, type Meaning } from './google-words.ts';
import { plainText } from './log-lines.ts';
import { withoutSecrets } from './secrets.ts';

/** What was asked of Google when it refused. */
export type Asked =
  | 'look'
  | 'verify'
  | 'createEndpoint'
  | 'upload'
  | 'deploy'
  | 'shift'
  | 'undeploy'
  | 'deleteVersion'
  | 'aliases';

/**
 * How long the same call is repeated before the release ends:
 *
 * - `none`: it is refused for good, such as a malformed name: unchanged, it is refused again;
 * - `minutes`: a person has to change something, such as a permission, a quota or a folder that is not there, and
 *   grants take minutes to arrive;
 * - `provisioning`: Google is making a service agent, which takes some minutes more;
 * - `deadline`: it passes by itself, such as an outage, a stockout, a rate limit or another operation.
 */
export type Patience = 'none' | 'minutes' | 'provisioning' | 'deadline';

export interface Refusal {
  readonly code: ProblemCode;
  /** Status and Google's own words, without secrets, at most 1,200 characters. */
  readonly detail: string;
  readonly patience: Patience;
}

const DETAIL_MOST = 1_200;

/** Classifies a refused call. The message may say anything, at any length. Never throws. */
export function explainRefusal(
  asked: Asked,
  error: { readonly status: Status; readonly message: string },
): Refusal {
  const { status } = error;
  const message = withoutPrefix(plainText(error.message.slice(0, 8_000)));
  const meaning = meaningOf(status, message);
  const detail = clip(`${status}: ${withoutSecrets(message)}`, DETAIL_MOST);
  return {
    code: codeOf(asked, meaning, status, message),
    detail,
    patience: patienceOf(meaning, status, message),
  };
}

const CODES: Record<Asked, ProblemCode> = {
  look: 'GOOGLE_UNAVAILABLE',
  verify: 'GOOGLE_UNAVAILABLE',
  createEndpoint: 'ENDPOINT_FAILED',
  upload: 'UPLOAD_FAILED',
  deploy: 'DEPLOY_REFUSED',
  shift: 'SHIFT_FAILED',
  undeploy: 'UNDEPLOY_FAILED',
  deleteVersion: 'VERSION_KEPT',
  aliases: 'ALIASES_FAILED',
};

function codeOf(asked: Asked, meaning: Meaning, status: Status, message: string): ProblemCode {
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

function patienceOf(meaning: Meaning, status: Status, message: string): Patience {
  const isMalformed = FOR_GOOD.has(status) && !/not found|not exist|unknown/i.test(message);
  if (isMalformed && ['image', 'artifact', 'concurrent'].includes(meaning)) return 'none';
  const known = BY_MEANING[meaning];
  if (known !== undefined) return known;
  if (FOR_GOOD.has(status)) return 'none';
  // Something has to be there, or to be otherwise, first.
  return status === 'FAILED_PRECONDITION' || status === 'NOT_FOUND' ? 'minutes' : 'deadline';
}
