/**
 * What a call that Google refused means: the code and the words that people read, and how long the same refusal is
 * worth asking again. Pure.
 */
import type { ProblemCode, Status } from '../errors.ts';

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
 * - `none`: it is refused for good, such as a malformed name;
 * - `minutes`: somebody has to change something, such as a permission, a quota or a folder that is not there, and
 *   grants take minutes to arrive;
 * - `provisioning`: Google is making a service agent, which takes some minutes more;
 * - `deadline`: it passes by itself, such as an outage, a stockout or a rate limit.
 */
export type Patience = 'none' | 'minutes' | 'provisioning' | 'deadline';

export interface Refusal {
  readonly code: ProblemCode;
  /** Status and Google's own words, without secrets, at most 1,200 characters. */
  readonly detail: string;
  readonly patience: Patience;
}

const CODES: Record<Asked, ProblemCode> = {
  look: 'DEADLINE_EXCEEDED',
  verify: 'ARTIFACT_NOT_FOUND',
  createEndpoint: 'ENDPOINT_FAILED',
  upload: 'UPLOAD_FAILED',
  deploy: 'DEPLOY_FAILED',
  shift: 'SHIFT_FAILED',
  undeploy: 'DEPLOY_FAILED',
  deleteVersion: 'UPLOAD_FAILED',
  aliases: 'UPLOAD_FAILED',
};

/** Classifies a refused call. The message may say anything, at any length. Never throws. */
export function explainRefusal(
  asked: Asked,
  error: { readonly status: Status; readonly message: string },
): Refusal {
  const detail = `${error.status}: ${error.message}`.slice(0, 1_200);
  const patience = error.status === 'INVALID_ARGUMENT' ? 'none' : (PATIENCE[error.status] ?? 'deadline');
  return { code: CODES[asked], detail, patience };
}

const PATIENCE: Partial<Record<Status, Patience>> = {
  PERMISSION_DENIED: 'minutes',
  UNAUTHENTICATED: 'minutes',
  FAILED_PRECONDITION: 'minutes',
  NOT_FOUND: 'minutes',
};
