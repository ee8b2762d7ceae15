/**
 * Does what `plan` decided: at most one call that changes Vertex AI. The intent is in the ledger before the call,
 * so that whoever comes after a crash knows what to look for.
 */
import { LOG } from '../../common/log-messages.ts';
import type { Service } from '../config/config.ts';
import { CallError, isTransient, isUncertain } from '../errors.ts';
import type { Endpoint, UploadRequest } from '../world.ts';
import { announce } from './publish/announce.ts';
import { examine, explain } from './checks/examine.ts';
import { judge } from './gates/judge.ts';
import { deployedModelId, deployedModelName, endpointId, LABELS, modelId } from './ids.ts';
import type { Ledger, Pending, Release } from './ledger/ledger.ts';
import { uriOf } from './ledger/queries.ts';
import { applyNote } from './ledger/notes.ts';
import { refusalOf } from './refusals/lasting.ts';
import { folderOf } from '../config/pattern.ts';
import { explainRefusal, isBusy } from './refusals/refusals.ts';
import type { Action, Note } from './decisions.ts';
import { SERVER_PORT } from './diagnosis/server-signs.ts';
import { tell } from './publish/tell.ts';
import { ALIASES } from './steps/tidy.ts';
import type { TickContext } from './context.ts';

type Deed = Exclude<Action, { do: 'look' | 'wait' | 'stop' }>;

/** Rejects with a CallError if the call failed in a way that only another look can settle. */
export async function act(context: TickContext, action: Deed): Promise<void> {
  const { service, world, held } = context;
  held.assertHeld();
  switch (action.do) {
    case 'note':
      return note(context, action.change);
    case 'announce':
      return announce(context, action);
    case 'verify':
      return note(context, await examine(context, action.request));
    case 'createEndpoint':
      return begin(context, 'createEndpoint', service.endpoint, () =>
        world.vertex.createEndpoint(
          endpointId(service.endpoint),
          service.endpoint,
          new Map([[LABELS.service, service.name]]),
        ),
      );
    case 'upload':
      return begin(context, 'upload', action.release.request.id, () =>
        world.vertex.upload(uploadRequest(service, action.release)),
      );
    case 'deploy':
      return deploy(context, action);
    case 'shift':
      return shift(context, action);
    case 'judge': {
      const trial = { ...action, candidate: action.candidate.id };
      return note(context, { note: 'judged', ...(await judge(service, held.ledger, world, trial)) });
    }
    case 'explain':
      return note(context, await explain(context, action));
    case 'fence':
      return updateEndpoint(context, action.endpoint);
    case 'moveAliases':
      return moveAliases(context, action);
    case 'undeploy':
      // With the intent: once the call may be under way no rollback may count on the model any more.
      held.defer((ledger) => withoutStandby(ledger, action.id));
      return begin(context, 'undeploy', action.id, () =>
        world.vertex.undeploy(action.endpoint.name, action.id),
      );
    case 'deleteVersion':
      return begin(context, 'deleteVersion', action.version.version, () =>
        world.vertex.deleteVersion(action.version.model, action.version.version),
      );
    default:
      return action satisfies never;
  }
}

/** Writes the intent, starts the operation, and keeps its name; a definite refusal takes the intent back. */
async function begin(
  context: TickContext,
  kind: Pending['kind'],
  subject: string,
  call: () => Promise<string>,
): Promise<void> {
  const { world, held, log } = context;
  const since = world.clock.now();
  await held.save((ledger) => ({ ...ledger, pending: { kind, subject, name: null, since } }));
  held.assertHeld();
  log.info({ operation: kind, subject, release: held.ledger.release?.request.id }, LOG.operationStarted);
  try {
    const name = await call();
    held.defer((ledger) =>
      ledger.pending === null ? ledger : { ...ledger, pending: { ...ledger.pending, name } },
    );
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    refused(context, kind, error);
  }
}

/**
 * What a refused call means for the intent. Of uncertain ones, and those that met their own earlier effect, it is kept:
 * the world is looked at before anything is repeated. Rethrows what is counted as a refusal; a clean-up that is refused
 * is left behind instead, so that nothing waits for it.
 */
function refused(context: TickContext, kind: Pending['kind'], error: CallError): void {
  const subject = context.held.ledger.pending?.subject ?? '';
  // It was not sent at all: the pace of this process let it wait too long.
  const isUnsent = error.retryAfterMs !== null;
  if ((kind === 'undeploy' || kind === 'deleteVersion') && !isUnsent) {
    // Also where it is said to be gone: it was seen a moment ago, and may go on showing for a while.
    const { detail, patience } = explainRefusal(kind, error);
    deferNote(context, { note: 'tidyFailed', kind, subject, detail, isBusy: isBusy(error.status, patience) });
    context.log.warn({ operation: kind, subject, detail }, 'clean-up failed');
    return;
  }
  const mayHaveBegun = isUncertain(error.status) || error.status === 'ALREADY_EXISTS';
  if (isUnsent || !mayHaveBegun) deferNote(context, { note: 'settled' });
  throw error;
}

/** An end, a failed attempt and a step have to outlive this tick; the rest can be seen again. */
const LASTING: ReadonlySet<Note['note']> = new Set([
  'parked',
  'attemptFailed',
  'tidyFailed',
  'abandoned',
  'stuck',
  'incomplete',
  'partlyVerified',
  'splitSeen',
  'stepReached',
  'nextStep',
  'judged',
  'goingBack',
  'served',
  'gaveBack',
  'live',
  'repair',
  'needless',
]);

async function note(context: TickContext, change: Note): Promise<void> {
  const { world, held, log } = context;
  const before = held.ledger;
  deferNote(context, change);
  tell(log, { service: context.service, before, after: held.ledger, change, now: world.clock.now() });
  if (LASTING.has(change.note)) await held.flush();
}

function deferNote(context: TickContext, change: Note): void {
  const { world, held } = context;
  const now = world.clock.now();
  // Drawn once: the change may be made again on what others have written.
  const chance = world.random();
  held.defer((ledger) => applyNote(ledger, change, now, () => chance));
}

function uploadRequest(service: Service, release: Release): UploadRequest {
  const { request } = release;
  return {
    modelId: modelId(service.name),
    displayName: service.name,
    description: uriOf(request),
    labels: new Map([
      [LABELS.release, request.id],
      [LABELS.service, service.name],
    ]),
    artifactUri: folderOf(request.bucket, request.marker),
    image: service.image,
    predictRoute: service.serving.predictRoute,
    healthRoute: service.serving.healthRoute,
    port: SERVER_PORT,
    env: service.serving.env,
  };
}

async function deploy(context: TickContext, action: Extract<Action, { do: 'deploy' }>): Promise<void> {
  const { service, world } = context;
  const { request, attempt } = action.release;
  const { serving } = service;
  const id = deployedModelId(request.id, attempt);
  const folder = request.marker.split('/').slice(0, -1).join('/');
  await begin(context, 'deploy', id, () =>
    world.vertex.deploy({
      endpoint: action.endpoint.name,
      id,
      model: action.version.model,
      version: action.version.version,
      displayName: deployedModelName(folder, request.id, attempt),
      machineType: serving.machineType,
      minReplicas: serving.minReplicas,
      maxReplicas: serving.maxReplicas,
      accelerator: serving.accelerator,
      serviceAccount: serving.serviceAccount,
    }),
  );
}

async function shift(context: TickContext, action: Extract<Action, { do: 'shift' }>): Promise<void> {
  const { held, log } = context;
  const { endpoint, traffic } = action;
  // Whoever comes after a crash must not give it traffic again.
  if (held.ledger.release?.goingBack !== undefined) await held.flush();
  await updateEndpoint(context, endpoint, traffic);
  log.info(
    {
      release: held.ledger.release?.request.id,
      from: Object.fromEntries(endpoint.traffic),
      to: Object.fromEntries(traffic),
    },
    LOG.trafficShifted,
  );
}

/**
 * Writes our epoch, and the traffic with it. One whose reply is lost may land much later, also after what its traffic
 * was for has been given up: the epoch is raised, so that nothing is destroyed before another update has come first.
 */
async function updateEndpoint(
  { world, held }: TickContext,
  endpoint: Endpoint,
  traffic?: ReadonlyMap<string, number>,
): Promise<void> {
  await held.settleEpoch();
  const labels = new Map([...endpoint.labels, [LABELS.epoch, String(held.ledger.epoch)]]);
  try {
    await world.vertex.updateEndpoint(endpoint, { ...(traffic && { traffic }), labels });
  } catch (error) {
    if (error instanceof CallError && isUncertain(error.status)) held.raiseEpoch();
    throw error;
  }
  if (held.ledger.release?.goingBack !== undefined) held.defer(withoutTraffic);
}

/** What goes back has none once the endpoint has been written: by the shift that takes it away, or after a look. */
function withoutTraffic(ledger: Ledger): Ledger {
  const { release } = ledger;
  return release?.goingBack === undefined ? ledger : { ...ledger, release: { ...release, isBack: true } };
}

const MOST_ALIAS_TRIES = 5;

/** Aliases are for people: where they are refused for good all goes on without, and the sweep tries again. */
async function moveAliases(
  context: TickContext,
  action: Extract<Action, { do: 'moveAliases' }>,
): Promise<void> {
  const { world, held, log } = context;
  try {
    await world.vertex.moveAliases(action.model, action.version, ALIASES);
  } catch (error) {
    // A few times it is worth another try; then the release goes on without.
    if (!(error instanceof CallError) || error.retryAfterMs !== null) throw error;
    const tries = refusalOf(held.ledger, 'aliases')?.count ?? 0;
    if (isTransient(error.status) && tries < MOST_ALIAS_TRIES) throw error;
    const { detail } = explainRefusal('aliases', error);
    log.warn({ version: action.version, detail }, 'alias change refused');
    deferNote(context, {
      note: 'tidyFailed',
      kind: 'moveAliases',
      subject: action.version,
      detail,
      isBusy: false,
    });
    return held.defer(withAliases);
  }
  deferNote(context, { note: 'cleaned', kind: 'moveAliases', subject: action.version });
  held.defer(withAliases);
}

function withoutStandby(ledger: Ledger, id: string): Ledger {
  const { previous } = ledger;
  if (previous?.live.deployedModel !== id) return ledger;
  return { ...ledger, previous: { ...previous, retired: true } };
}

function withAliases(ledger: Ledger): Ledger {
  return ledger.release === null ? ledger : { ...ledger, release: { ...ledger.release, aliased: true } };
}
