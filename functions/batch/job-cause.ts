/** Why a job failed, in the codes of deployments where Google's words are theirs. */
import { STATUSES, type Status } from '../errors.ts';
import type { ProblemCode } from '../problems.ts';
import { causeOfWords } from '../release/diagnosis/causes.ts';
import { withoutSecrets } from '../release/diagnosis/secrets.ts';
import type { Run } from './ledger.ts';

export function causeOfJob(end: NonNullable<Run['end']>): { code: ProblemCode; detail: string } {
  const status: Status = STATUSES.find((name) => name === end.error?.status) ?? 'UNKNOWN';
  const message = end.error?.message ?? `the job is ${end.state} and gives no reason`;
  const detail = withoutSecrets(`${status}: ${message}`).slice(0, 1_200);
  if (end.state === 'CANCELLED') return { code: 'BATCH_CANCELLED', detail: `on Vertex AI; ${detail}` };
  return { code: causeOfWords(status, message)?.code ?? 'BATCH_JOB_FAILED', detail };
}
