/**
 * What both intake functions do with a request: write it into the ledger, publish a tick, and only then
 * acknowledge. A request that is known already gets its tick all the same: the first one may have been lost.
 */
import { LOG } from '../../common/log-messages.ts';
import { Redeliver, type App } from '../app.ts';
import type { Service } from '../config/config.ts';
import { CallError, Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import { accept, type Accepted } from '../release/requests/accept.ts';
import { changeLedger, readLedger } from '../release/ledger/leased-ledger.ts';
import { encodingOf } from '../release/checks/encoding.ts';
import { folderChecksum } from '../release/checks/folder-checksum.ts';
import { drawId } from '../release/ids.ts';
import type { Ledger, Request } from '../release/ledger/ledger.ts';
import { isFull, outcomeOf, withOutcome } from '../release/ledger/outcomes.ts';
import { hasWork } from '../release/ledger/queries.ts';
import { uriOf } from '../../common/artifact/uri.ts';
import { causeOf } from '../release/publish/outcome.ts';
import { completes, type Place } from '../config/pattern.ts';
import { withoutSecrets } from '../release/diagnosis/secrets.ts';
import type { Instant, IntakeWorld, StoredObject } from '../world.ts';
import { requestFor } from '../release/requests/request.ts';

/** How long a published tick is counted on, in ms: Pub/Sub delivers it until a tick has answered it. */
const TICK_COUNTED_ON = 600_000;

/** `landedAt`: when the artifact's marker was created. */
export async function acceptRequest(
  app: App<IntakeWorld>,
  service: Service,
  asked: Request,
  writer: string,
  landedAt: number,
): Promise<void> {
  const { world, log } = app;
  const checksum = asked.checksum ?? (await folderChecksum(world.artifacts, asked));
  const request: Request = checksum === null ? asked : { ...asked, checksum };
  const taken: { verdict: Accepted['verdict']; isCalled: boolean } = { verdict: 'known', isCalled: false };
  const ledger = await changeLedger(world, service.name, writer, (before) => {
    const now = world.clock.now();
    const accepted = accept(before, request, now, landedAt);
    taken.verdict = accepted.verdict;
    taken.isCalled = isCalled(before, now);
    if (accepted.ledger === before || taken.isCalled) return accepted.ledger;
    return { ...accepted.ledger, waking: now };
  });
  const { verdict } = taken;
  // One tick serves all requests that came in before it began. What was known already may have lost its tick.
  // What was released before as another generation asks for nothing.
  const isAsking = verdict !== 'full' && verdict !== 'same';
  if (isAsking && hasWork(ledger) && (verdict === 'known' || !taken.isCalled))
    await publishTick(app, service);
  if (verdict === 'full') throw new Problem('OUTCOMES_WAITING', `${request.id} comes later`);
  const { requestedBy } = request;
  const fields = { service: service.name, release: request.id, artifact: uriOf(request), verdict };
  log.info({ ...fields, ...(requestedBy && { requestedBy }) }, LOG.requestAccepted);
}

/** Whether a tick that was published serves what comes in now: with nothing to do it may have been answered already. */
function isCalled(ledger: Ledger, now: Instant): boolean {
  const { waking } = ledger;
  return waking !== undefined && hasWork(ledger) && Math.abs(now - waking) < TICK_COUNTED_ON;
}

/** Publishes a tick of the service. */
export async function publishTick({ world }: App<IntakeWorld>, service: Service): Promise<void> {
  await world.bus.publish('ticks', { service: service.name }, { service: service.name });
}

/**
 * How long the content of a marker may come after it, in ms: `touch`, gcsfuse and some uploaders finalize an empty
 * object first. What brings the content is an event of its own.
 */
const EMPTY_MS_MAX = 600_000;

/**
 * The marker as it is now. Throws a Problem if it cannot be released; what has landed and cannot be has an outcome, so
 * that its team hears of it. Throws Redeliver while its content may still be on its way.
 */
export async function findMarker(
  app: App<IntakeWorld>,
  service: Service,
  { bucket, name }: Place,
  askedBy: Request['askedBy'],
  writer: string,
): Promise<StoredObject> {
  const marker = await app.world.artifacts.head(bucket, name);
  if (marker === null) {
    // An earlier delivery of the same message may have found one, written its request and lost the tick.
    const ledger = await readLedger(app.world, service.name);
    if (ledger !== null && hasWork(ledger)) await publishTick(app, service);
    throw new Problem('ARTIFACT_NOT_FOUND', `gs://${bucket}/${name}`);
  }
  const problem = unfit(service, marker);
  if (problem === null) return marker;
  const now = app.world.clock.now();
  if (problem.code === 'ARTIFACT_EMPTY' && now - marker.createdAt < EMPTY_MS_MAX)
    throw new Redeliver('the marker is still empty', { artifact: problem.detail, delivery: writer });
  const request = requestFor(service, marker, askedBy, now);
  await refuse(app, service, request, problem, writer);
  throw problem;
}

/** Why the marker makes no artifact, or null. */
export function unfit(service: Service, marker: StoredObject): Problem | null {
  if (!completes(service.artifacts, marker))
    return new Problem('ARTIFACT_EMPTY', `gs://${marker.bucket}/${marker.name}`);
  const encoded = encodingOf(marker);
  return encoded === null ? null : new Problem('ARTIFACT_ENCODED', encoded);
}

/** Writes the outcome of a request that is refused at once, for the next tick to announce. */
export async function refuse(
  app: App<IntakeWorld>,
  service: Service,
  request: Request,
  problem: Problem,
  writer: string,
): Promise<void> {
  const cause = causeOf(problem.code, problem.detail);
  const ledger = await changeLedger(app.world, service.name, writer, (before) => {
    if (before.outcomes.some(({ release }) => release === request.id)) return before;
    if (isFull(before)) throw new Problem('OUTCOMES_WAITING', `${request.id} comes later`);
    const now = app.world.clock.now();
    return withOutcome(before, outcomeOf(request, now, { result: 'Refused', cause }));
  });
  if (hasWork(ledger)) await publishTick(app, service);
}

/**
 * Runs a handler. A problem that asking again cannot mend is one line in the log and an acknowledgement; what may
 * pass is delivered again.
 */
export async function handleEvent(
  app: App<IntakeWorld>,
  handle: (log: Log, delivery: string) => Promise<void>,
): Promise<void> {
  const delivery = drawId(app.world.random);
  try {
    await handle(app.log.child({ delivery }), delivery);
  } catch (error) {
    if (error instanceof Problem) {
      if (error.retry === 'again')
        throw new Redeliver(error.message, { code: error.code, delivery }, { cause: error });
      app.log.warn({ delivery, code: error.code, detail: error.detail }, LOG.eventRefused);
      return;
    }
    if (error instanceof CallError) {
      throw new Redeliver(
        `${error.method}: ${error.status}`,
        { delivery, detail: withoutSecrets(error.message) },
        { cause: error },
      );
    }
    throw error;
  }
}
