/** What is found out about a release without changing anything: whether its artifact may be released, why it failed. */
import { CallError, Problem } from '../errors.ts';
import type { Hands } from './act.ts';
import { explainDeployment } from './causes.ts';
import { compareContract, readSignature } from './contract.ts';
import type { Request } from './ledger.ts';
import type { Action, Note } from './plan.ts';
import { withoutSecrets } from './secrets.ts';
import { verify, type Verified } from './verify.ts';

/** Before anything is spent: the artifact is what was accepted, and callers of the live model can go on with it. */
export async function examine(hands: Hands, request: Request): Promise<Note> {
  let verified: Verified;
  try {
    verified = await verify(hands.world.artifacts, request);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // What has been uploaded is Vertex AI's own copy, and outlives the artifact.
    if (request.version !== null) return { note: 'verified', signature: null, verdict: null };
    return { note: 'attemptFailed', code: error.code, detail: error.detail, again: false };
  }
  return checkContract(hands, request, verified);
}

async function checkContract(hands: Hands, request: Request, verified: Verified): Promise<Note> {
  const { service, world, held, log } = hands;
  const { gates, strategy } = service.rollout;
  if (!gates.contract) return { note: 'verified', signature: null, verdict: null };
  const signature = await readSignature(world.artifacts, verified);
  const { live } = held.ledger;
  // Whoever goes back goes back to what callers had before.
  if (live === null || request.rollback !== undefined) return { note: 'verified', signature, verdict: null };

  const { verdict, reason } = compareContract(live.signature ?? null, signature, strategy === 'canary');
  log.info({ release: request.id, gate: 'contract', verdict, reason }, 'gate judged');
  const isOverridden = verdict === 'fail' && request.overrideContract === true;
  if (verdict === 'fail' && !isOverridden)
    return { note: 'attemptFailed', code: 'CONTRACT_BROKEN', detail: reason, again: false };
  const told = isOverridden ? `Overridden by whoever asked. ${reason}` : reason;
  const at = world.clock.now();
  const passed = { gate: 'contract', step: 0, verdict: 'pass', reason: told.slice(0, 400), at } as const;
  return { note: 'verified', signature, verdict: passed };
}

/** Why a deployment has failed, in the words of its container where Cloud Logging has them. */
export async function explain(
  { world, held, log }: Hands,
  action: Extract<Action, { do: 'explain' }>,
): Promise<Note> {
  let lines: readonly string[] | null = null;
  try {
    lines = await world.logs.tail(held.ledger.endpoint ?? '', action.subject, action.since);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    log.warn(
      { method: error.method, status: error.status, detail: withoutSecrets(error.message) },
      'no log of the container',
    );
  }
  const { code, detail, patience } = explainDeployment(action.error, lines);
  return { note: 'attemptFailed', code, detail, again: patience !== 'none' };
}
