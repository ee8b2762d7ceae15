/** What is found out about a release without changing anything: whether its artifact may be released, why it failed. */
import { isOfRegistry } from '../../../common/artifact/uri.ts';
import { CallError, isTransient, Problem } from '../../errors.ts';
import type { TickContext } from '../context.ts';
import { explainDeployment } from '../diagnosis/causes.ts';
import { checkContract, contractFor } from './check-contract.ts';
import { examineModel } from './registry-model.ts';
import type { Ledger, Release, Request } from '../ledger/ledger.ts';
import type { Action } from '../decisions.ts';
import type { Transition } from '../ledger/transition.ts';
import { withoutSecrets } from '../diagnosis/secrets.ts';
import { verify, type Verification } from './verify.ts';

/** Examinations that may end without a word, as when the artifact takes more memory than the function has. */
const EXAMINATIONS_MAX = 3;

/** How long the files of a manifest may come after the marker, in ms, and how often they are looked for. */
const INCOMPLETE_MAX = 1_800_000;
const INCOMPLETE_PAUSE = 15_000;

/** Before anything is spent: the artifact is what was accepted, and callers of the live model can go on with it. */
export async function examine(context: TickContext, request: Request): Promise<Transition> {
  const { held } = context;
  const release = held.ledger.release;
  const begun = release?.examinations ?? 0;
  if (begun >= EXAMINATIONS_MAX) return unreadable(release);
  try {
    // Written before the first byte is read: what ends the function must not be examined for ever.
    await held.save((ledger) => withExaminations(ledger, begun + 1));
    return await verdictOn(context, request, release);
  } catch (error) {
    // Google said why it ended, or did not begin: that is counted as a refusal.
    if (error instanceof CallError) held.defer((ledger) => withExaminations(ledger, begun));
    throw error;
  }
}

async function verdictOn(
  context: TickContext,
  request: Request,
  release: Release | null,
): Promise<Transition> {
  const { world } = context;
  if (isOfRegistry(request)) return examineModel(context, request);
  let found: Verification;
  try {
    found = await verify(world.artifacts, request, release?.verifiedFiles ?? 0, context.until);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    // What has been uploaded is Vertex AI's own copy, and outlives the artifact.
    if (request.version !== null)
      return { type: 'verified', signature: null, interface: contractFor(context, request), verdict: null };
    return { type: 'attemptFailed', code: error.code, detail: error.detail, again: false };
  }
  if (found.is === 'whole') return checkContract(context, request, found.verified);
  if (found.is === 'partial') return { type: 'partlyVerified', files: found.files, detail: found.slow };
  const waited = world.clock.now() - (release?.startedAt ?? 0);
  if (waited < INCOMPLETE_MAX)
    return {
      type: 'artifactIncomplete',
      detail: found.detail,
      againMs: Math.max(INCOMPLETE_PAUSE, Math.round(waited / 10)),
    };
  return { type: 'attemptFailed', code: 'ARTIFACT_INCOMPLETE', detail: found.detail, again: false };
}

function withExaminations(ledger: Ledger, examinations: number): Ledger {
  const { release } = ledger;
  return release === null ? ledger : { ...ledger, release: { ...release, examinations } };
}

function unreadable(release: Release | null): Transition {
  const { code, detail } = release?.lastCause ?? { code: '', detail: '' };
  if (code === 'ARTIFACT_SLOW') return { type: 'attemptFailed', code, detail, again: false };
  const times = `${EXAMINATIONS_MAX} examinations ended without a result`;
  return { type: 'attemptFailed', code: 'ARTIFACT_UNREADABLE', detail: times, again: false };
}

/** Why a deployment has failed, in the words of its container where Cloud Logging has them. */
export async function explain(
  { service, world, held, log }: TickContext,
  action: Extract<Action, { do: 'explain' }>,
): Promise<Transition> {
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
  const { containerLogging, port } = service.serving;
  const { code, patience, ...explained } = explainDeployment(action.error, lines, port);
  const detail = containerLogging
    ? explained.detail
    : `${explained.detail} serving.containerLogging is false.`;
  const failed = { type: 'attemptFailed', code, detail, again: patience !== 'none' } as const;
  // What passes by itself is tried a few times; what waits for a person only as long as that is worth.
  return isTransient(action.error.status) ? failed : { ...failed, patience };
}
