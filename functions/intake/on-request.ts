/**
 * A message on the requests topic, from a person or a pipeline:
 *
 * - `{"service"}`: release the newest artifact of the service;
 * - `{"service","artifact":"gs://…"}`: release that one, also if it is an older one;
 * - `{"service","model":"projects/…/models/ID@3"}`: release that version of the Vertex AI registry;
 * - `{"pipelineJob":"projects/…/pipelineJobs/…"}`: release the model that the finished job has made;
 * - `{"service","action":"hold"}`, with a `reason`: leave the service as it is, until `"resume"`;
 * - `{"service","action":"rollback"}`: abort the current release, or else roll back to the one before the live one;
 * - `{"service","action":"abort"}`: abort the current release; `"promote"`: give it all the traffic now;
 * - `{"service","action":"park"}`: undeploy all models of the service; `"wake"`: deploy the live one again;
 * - `{"service","action":"batch","input":"gs://…"}`: have the live model answer it; `"cancelBatch"`: end that;
 * - `{"service","action":"rebuild"}`: rebuild an unreadable ledger from the state of Vertex AI.
 *
 * `requestedBy` claims who asks; it is written down, and nothing is decided by it.
 */
import type { Static } from 'typebox';
import { Compile } from 'typebox/compile';
import { parseModelName } from '../../common/artifact/model-name.ts';
import { LOG } from '../../common/log-messages.ts';
import type { App } from '../app.ts';
import type { Service } from '../config/config.ts';
import { Problem } from '../errors.ts';
import { handleEvent, findMarker, acceptRequest, unfit, publishTick } from './intake.ts';
import { requestFor } from '../release/requests/request.ts';
import {
  ActionMessageSchema,
  BatchMessageSchema,
  CancelBatchMessageSchema,
  PipelineMessageSchema,
  ReleaseMessageSchema,
} from './messages.ts';
import { batchIntake } from './lazy-batch.ts';
import { readJson, readPush, type Message } from './push-message.ts';
import { changeLedger, readLedger } from '../release/ledger/leased-ledger.ts';
import { operated, withHold, withoutHold } from '../release/steps/hold.ts';
import { withPark, withWake } from '../release/steps/park.ts';
import { firstWanted } from '../release/requests/identity.ts';
import type { Ledger } from '../release/ledger/ledger.ts';
import { hasWork } from '../release/ledger/queries.ts';
import { newestMarker } from '../release/requests/newest.ts';
import { withAbort, withPromotion, withRollback, type Asked } from '../release/requests/operator.ts';
import { markerOf, textOf, type Place } from '../config/pattern.ts';
import { describeErrors } from '../config/schema-problems.ts';
import type { RequestWorld, StoredObject } from '../world.ts';
import { unfitModel } from '../release/requests/foreign-model.ts';
import { requestOfMessage, requestOfModel } from '../release/requests/request.ts';

const COMMANDS = { rollback: withRollback, abort: withAbort, promote: withPromotion };

const actionMessage = Compile(ActionMessageSchema);
const releaseMessage = Compile(ReleaseMessageSchema);
const pipelineMessage = Compile(PipelineMessageSchema);
const batchMessage = Compile(BatchMessageSchema);
const cancelMessage = Compile(CancelBatchMessageSchema);

export function handleRequest(push: Uint8Array, app: App<RequestWorld>): Promise<void> {
  return handleEvent(app, async (log, delivery) => {
    const message = readPush(push);
    const body = readJson(message);
    const told = { ...app, log };
    refuseFuture(message, app.world.clock.now());
    if (pipelineMessage.Check(body)) return fromPipeline(told, body.pipelineJob, delivery);
    if (releaseMessage.Check(body)) return fromPerson(told, body, message, delivery);
    if (actionMessage.Check(body)) return fromOperator(told, body, message, delivery);
    if (batchMessage.Check(body)) {
      const { takeAsked } = await batchIntake();
      const id = body.requestId ?? message.id;
      const asked = { input: body.input, id, at: message.publishedAt };
      return takeAsked(told, serviceNamed(app, body.service), asked, delivery);
    }
    if (cancelMessage.Check(body)) {
      const { cancelAsked } = await batchIntake();
      const { batch = null, reason = '' } = body;
      const asked = { batch, reason, at: message.publishedAt };
      await cancelAsked(told, serviceNamed(app, body.service), asked, delivery);
      return log.info({ service: body.service, action: body.action }, LOG.actionAccepted);
    }
    const errors = Object.hasOwn(body, 'pipelineJob')
      ? pipelineMessage.Errors(body)
      : formOf(body).Errors(body);
    throw new Problem('MESSAGE_INVALID', describeErrors(errors, body).slice(0, 5).join('; '));
  });
}

/** The form that a message means to have, by its action. */
function formOf(body: object) {
  const action: unknown = Reflect.get(body, 'action');
  if (action === 'batch') return batchMessage;
  if (action === 'cancelBatch') return cancelMessage;
  return action === undefined ? releaseMessage : actionMessage;
}

/** Its order would keep everything else from being newer until then. Clocks may differ, but not by this much. */
function refuseFuture(message: Message, now: number): void {
  if (message.publishedAt > now + 3_600_000)
    throw new Problem('EVENT_UNREADABLE', 'expected a publishTime that is not in the future');
}

async function fromPerson(
  app: App<RequestWorld>,
  asked: Static<typeof ReleaseMessageSchema>,
  message: Message,
  delivery: string,
): Promise<void> {
  const service = serviceNamed(app, asked.service);
  if (asked.model !== undefined) return fromRegistry(app, service, asked, message, delivery);
  const marker =
    asked.artifact === undefined
      ? await newest(app, service)
      : await findMarker(app, service, named(service, asked.artifact), 'request', delivery);
  const requestId = asked.requestId ?? message.id;
  const { overrideContract, requestedBy } = asked;
  const request = requestOfMessage(
    service,
    marker,
    { requestId, publishedAt: message.publishedAt, overrideContract, requestedBy },
    app.world.clock.now(),
  );
  await acceptRequest(app, service, request, delivery, marker.createdAt);
}

/** Whether the version is there, and can serve, is looked at by the engine: this function may read no model. */
async function fromRegistry(
  app: App<RequestWorld>,
  service: Service,
  asked: Static<typeof ReleaseMessageSchema>,
  message: Message,
  delivery: string,
): Promise<void> {
  const { artifact, model: text = '', overrideContract, requestedBy } = asked;
  if (artifact !== undefined) throw new Problem('MESSAGE_INVALID', 'expected artifact or model, not both');
  const model = parseModelName(text);
  if (model === null) throw new Problem('MESSAGE_INVALID', 'model: expected the name of a version');
  const unfit = unfitModel(app.config, service, model);
  if (unfit !== null) throw unfit;
  const { publishedAt } = message;
  const requestId = asked.requestId ?? message.id;
  const now = app.world.clock.now();
  const request = requestOfModel(
    service,
    model,
    { requestId, publishedAt, overrideContract, requestedBy },
    now,
  );
  await acceptRequest(app, service, request, delivery, publishedAt);
}

async function fromOperator(
  app: App<RequestWorld>,
  asked: Static<typeof ActionMessageSchema>,
  message: Message,
  delivery: string,
): Promise<void> {
  const { world, log } = app;
  const at = message.publishedAt;
  const service = serviceNamed(app, asked.service);
  const { name } = service;
  const { requestedBy } = asked;
  if (asked.action === 'hold') {
    const hold = (ledger: Ledger) => withHold(ledger, asked.reason ?? '', at, requestedBy);
    const ledger = await changeLedger(world, name, delivery, (before) => operated(before, at, hold));
    if (hasWork(ledger)) await publishTick(app, service);
  } else if (asked.action === 'resume') {
    const resume = (ledger: Ledger) => withoutHold(ledger, at);
    await changeLedger(world, name, delivery, (before) => operated(before, at, resume));
    await publishTick(app, service);
    // Inputs may have waited for it.
    if (service.batch !== null)
      await world.bus.publish('ticks', { service: name, batch: true }, { service: name });
  } else if (asked.action === 'park' || asked.action === 'wake') {
    const { artifactsWait } = service.parking;
    const { reason = '' } = asked;
    const park = { at, reason, requestedBy, artifactsWait };
    const wake = { by: 'request', reason, requestedBy } as const;
    await changeLedger(world, name, delivery, (before) =>
      asked.action === 'park' ? withPark(before, park) : withWake(before, at, wake),
    );
    await publishTick(app, service);
  } else if (asked.action !== 'rebuild') {
    const { action, reason = '' } = asked;
    const id = asked.requestId ?? message.id;
    await command(app, service, action, { id, at, reason, requestedBy }, delivery);
  } else {
    // This function may not look at endpoints: the engine rebuilds.
    await world.bus.publish('ticks', { service: name, rebuild: true }, { service: name });
  }
  log.info({ service: name, action: asked.action, ...(requestedBy && { requestedBy }) }, LOG.actionAccepted);
}

async function command(
  app: App<RequestWorld>,
  service: Service,
  action: keyof typeof COMMANDS,
  asked: Asked,
  delivery: string,
): Promise<void> {
  try {
    await changeLedger(app.world, service.name, delivery, (before) => {
      const now = app.world.clock.now();
      const after = COMMANDS[action](before, asked, now);
      return after === before ? before : { ...after, waking: now };
    });
  } catch (error) {
    // An earlier delivery of the same message may have written what this one finds, and lost its tick. What is delivered
    // again for hours wakes nobody each time.
    if (error instanceof Problem && error.retry !== 'again') await publishTick(app, service);
    throw error;
  }
  await publishTick(app, service);
}

function serviceNamed(app: App<RequestWorld>, name: string): Service {
  const service = app.config.services.get(name);
  if (service !== undefined) return service;
  throw new Problem('SERVICE_UNKNOWN', `expected one of ${[...app.config.services.keys()].join(', ')}`);
}

function named(service: Service, artifact: string): Place {
  const marker = markerOf(service.artifacts, artifact);
  if (marker === null) throw new Problem('ARTIFACT_ELSEWHERE', `expected ${textOf(service.artifacts)}`);
  return marker;
}

async function newest(app: App<RequestWorld>, service: Service): Promise<StoredObject> {
  const { name, artifacts } = service;
  const ledger = await readLedger(app.world, name);
  const marker = await newestMarker(app.world.artifacts, artifacts, firstWanted(ledger));
  if (marker !== null) {
    const problem = unfit(service, marker);
    if (problem !== null) throw problem;
    return marker;
  }
  // An earlier delivery of the same message may have found one, written its request and lost the tick.
  if (ledger !== null && hasWork(ledger)) await publishTick(app, service);
  throw new Problem('ARTIFACT_NOT_FOUND', `nothing matches ${textOf(artifacts)}`);
}

/** States in which a job will produce nothing more (pipeline_state.proto). */
const ENDED_BADLY = new Set([
  'PIPELINE_STATE_FAILED',
  'PIPELINE_STATE_CANCELLED',
  'PIPELINE_STATE_CANCELLING',
]);

async function fromPipeline(app: App<RequestWorld>, name: string, delivery: string): Promise<void> {
  const { project, region, services } = app.config;
  const regions = [...new Set([region, ...[...services.values()].map((service) => service.region)])];
  const [, jobProject = '', , jobRegion = ''] = name.split('/');
  // A job may be named by its project's number, which the configuration does not tell.
  if ((jobProject !== project && !/^[0-9]+$/.test(jobProject)) || !regions.includes(jobRegion)) {
    throw new Problem(
      'PIPELINE_NOT_FOUND',
      `expected a job of projects/${project}/locations/${regions.join(' or ')}`,
    );
  }
  const job = await app.world.vertex.getPipelineJob(name);
  if (job === null) throw new Problem('PIPELINE_NOT_FOUND', name);
  if (ENDED_BADLY.has(job.state)) throw new Problem('PIPELINE_FAILED', `${name} is ${job.state}`);

  const found = new Map<string, { service: Service; marker: Place }>();
  for (const { uri } of job.outputs) {
    for (const service of app.config.services.values()) {
      const marker = markerOf(service.artifacts, uri);
      if (marker !== null) found.set(`${service.name} ${marker.name}`, { service, marker });
    }
  }
  const [model, ...others] = found.values();
  if (model === undefined) {
    // The announcing task is itself part of the job, so the job may well be running still.
    const code = job.state === 'PIPELINE_STATE_SUCCEEDED' ? 'PIPELINE_WITHOUT_MODEL' : 'PIPELINE_RUNNING';
    throw new Problem(code, `${name} is ${job.state}`);
  }
  if (others.length > 0) throw new Problem('PIPELINE_AMBIGUOUS', [...found.keys()].join(', '));

  const marker = await findMarker(app, model.service, model.marker, 'pipeline', delivery);
  await acceptRequest(
    app,
    model.service,
    requestFor(model.service, marker, 'pipeline', app.world.clock.now()),
    delivery,
    marker.createdAt,
  );
}
