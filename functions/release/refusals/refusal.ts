/** The words of refusals: which call was refused, and for how long it is worth repeating. */
import type { ProblemCode } from '../../problems.ts';

/** What Vertex AI is looked at for. */
export type LookedAt = 'endpoints' | 'versions' | 'model' | 'deployments' | 'operation' | 'scaling';

/** What was asked of Google when it refused. */
export type Asked =
  /** A read of Vertex AI, by what it looks at. */
  | `look ${LookedAt | 'abandoned'}`
  | 'verify'
  | 'createEndpoint'
  | 'upload'
  | 'deploy'
  /** A change of the traffic; and one of the labels alone. */
  | 'shift'
  | 'fence'
  /** Settings of the endpoint that callers notice in their own requests alone. */
  | 'configure'
  | 'judge'
  | 'undeploy'
  | 'deleteVersion'
  | 'aliases'
  | 'mutate'
  | 'announce';

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
