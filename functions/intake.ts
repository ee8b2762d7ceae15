/**
 * What both intake functions do with a request: write it into the ledger, publish a tick, and only then
 * acknowledge. A request that is known already gets its tick all the same: the first one may have been lost.
 */
import { Redeliver, type App } from './app.ts';
import type { Service } from './config.ts';
import { CallError, Problem } from './errors.ts';
import type { Log } from './log.ts';
import { accept } from './release/accept.ts';
import { changeLedger, readLedger } from './release/held-ledger.ts';
import { refuseEncoded } from './release/encoding.ts';
import { drawId, releaseId } from './release/ids.ts';
import { hasWork, uriOf, type Request } from './release/ledger.ts';
import { completes } from './release/pattern.ts';
import type { StoredObject } from './world.ts';

/** The request that an artifact makes by landing: ordered by its creation, and the same however often it is told. */
export function requestFor(
  service: Service,
  marker: StoredObject,
  askedBy: Request['askedBy'],
  now: number,
): Request {
  return {
    id: releaseId(service.name, marker.bucket, marker.name, marker.generation),
    bucket: marker.bucket,
    marker: marker.name,
    generation: marker.generation,
    order: { at: marker.createdAt, tie: marker.generation },
    askedBy,
    acceptedAt: now,
    attempts: 0,
    version: null,
  };
}

export async function takeIn(app: App, service: Service, request: Request, writer: string): Promise<void> {
  const { world, log } = app;
  let verdict = 'known';
  const ledger = await changeLedger(world, service.name, writer, (before) => {
    const accepted = accept(before, request, world.clock.now());
    ({ verdict } = accepted);
    return accepted.ledger;
  });
  if (hasWork(ledger)) await wake(app, service);
  log.info(
    { service: service.name, release: request.id, artifact: uriOf(request), verdict },
    'request taken in',
  );
}

/** Publishes a tick of the service. */
export async function wake({ world }: App, service: Service): Promise<void> {
  await world.bus.publish('ticks', { service: service.name }, { service: service.name });
}

/** The marker as it is now. Throws a Problem if it cannot be released. */
export async function findMarker(app: App, service: Service, name: string): Promise<StoredObject> {
  const { bucket } = service.artifacts;
  const marker = await app.world.artifacts.head(bucket, name);
  if (marker !== null && completes(service.artifacts, marker)) {
    refuseEncoded(marker);
    return marker;
  }
  // An earlier delivery of the same message may have found one, written its request and lost the tick.
  const ledger = await readLedger(app.world, service.name);
  if (ledger !== null && hasWork(ledger)) await wake(app, service);
  throw new Problem(marker === null ? 'ARTIFACT_NOT_FOUND' : 'ARTIFACT_EMPTY', `gs://${bucket}/${name}`);
}

/**
 * Runs a handler. A problem that asking again cannot mend is one line in the log and an acknowledgement; what may
 * pass is delivered again.
 */
export async function answer(app: App, handle: (log: Log, delivery: string) => Promise<void>): Promise<void> {
  const delivery = drawId(app.world.random);
  try {
    await handle(app.log.child({ delivery }), delivery);
  } catch (error) {
    if (error instanceof Problem) {
      if (error.retry === 'again')
        throw new Redeliver(error.message, { code: error.code, delivery }, { cause: error });
      app.log.warn({ delivery, code: error.code, detail: error.detail }, 'event refused');
      return;
    }
    if (error instanceof CallError) {
      throw new Redeliver(
        `${error.method}: ${error.status}`,
        { delivery, detail: error.message },
        { cause: error },
      );
    }
    throw error;
  }
}
