/**
 * A message on the ticks topic: `{"service"}` works on that service, after rebuilding its ledger if `rebuild` asks
 * for it; `{"sweep":true}` looks after all of them.
 */
import { Compile } from 'typebox/compile';
import { LOG } from '../../common/log-messages.ts';
import { Redeliver, type App } from '../app.ts';
import type { Service } from '../config/config.ts';
import type { Log } from '../log.ts';
import { Problem } from '../errors.ts';
import { handleEvent, publishTick } from './intake.ts';
import { batchTick } from './lazy-batch.ts';
import { SweepMessageSchema, TickMessageSchema } from './messages.ts';
import { readJson, readPush } from './push-message.ts';
import { readLedger } from '../release/ledger/leased-ledger.ts';
import { hasWork } from '../release/ledger/queries.ts';
import { rebuild } from '../release/ledger/rebuild.ts';
import { tick } from '../release/tick.ts';
import { describeErrors } from '../config/schema-problems.ts';

/**
 * A message is delivered a limited number of times, and every delivery that finds the service busy or does not live
 * to its end uses one up. A tick of this age is therefore replaced by a new one.
 */
const RENEWED_AFTER_MS = 3_600_000;

const tickMessage = Compile(TickMessageSchema);
const sweepMessage = Compile(SweepMessageSchema);

export function handleTick(push: Uint8Array, app: App): Promise<void> {
  return handleEvent(app, async (log, delivery) => {
    const message = readPush(push);
    const body = readJson(message);
    if (sweepMessage.Check(body)) return sweep(app);
    if (!tickMessage.Check(body)) {
      throw new Problem(
        'MESSAGE_INVALID',
        describeErrors(tickMessage.Errors(body), body).slice(0, 5).join('; '),
      );
    }
    const service = app.config.services.get(body.service);
    if (service === undefined)
      throw new Problem('SERVICE_UNKNOWN', 'the tick names a service that is not configured');
    if (body.rebuild) {
      await rebuild(service, app.world, delivery, log);
      // Asked for once, done once: what is delivered again must not rebuild the next ledger that breaks.
      return publishTick(app, service);
    }
    if (body.batch === true) return tickBatch(app, service, { delivery, log, isSweep: body.sweep === true });
    if (app.world.clock.now() - message.publishedAt >= RENEWED_AFTER_MS && (await isWaiting(app, service))) {
      await publishTick(app, service);
      log.info({ service: service.name }, 'tick renewed');
      return;
    }
    const { doorbell } = app;
    const ended = await tick(app.config, service, app.world, {
      id: delivery,
      log,
      ...(doorbell && { doorbell }),
    });
    if (ended.end !== 'again' && ended.end !== 'untaken') return;
    // No work hangs on it, and another sweep comes.
    if (ended.end === 'untaken' && body.sweep)
      return log.info({ service: service.name, why: ended.why }, 'sweep skipped');
    throw new Redeliver(ended.why, { service: service.name, delivery });
  });
}

async function tickBatch(
  { config, world, batch }: App,
  service: Service,
  { delivery, log, isSweep }: { delivery: string; log: Log; isSweep: boolean },
): Promise<void> {
  if (service.batch === null || batch === undefined) return;
  const { tickBatches } = await batchTick();
  const ended = await tickBatches(config, service, { ...world, batch }, { id: delivery, log, isSweep });
  // Another sweep comes, and goes on with what the ledger has.
  if (ended.end === 'idle' || ended.end === 'continued') return;
  if (isSweep) return log.info({ service: service.name, why: ended.why }, 'sweep skipped');
  throw new Redeliver(ended.why, { service: service.name, delivery });
}

/** Throws a Problem LEDGER_UNREADABLE: a service that is stopped is not to be kept awake. */
async function isWaiting({ world }: App, service: Service): Promise<boolean> {
  const ledger = await readLedger(world, service.name);
  return ledger !== null && hasWork(ledger);
}

/** One tick each: a service at rest costs its tick some reads and no write. */
async function sweep(app: App): Promise<void> {
  for (const { name } of app.config.services.values())
    await app.world.bus.publish('ticks', { service: name, sweep: true }, { service: name });
  for (const { name, batch } of app.config.services.values()) {
    if (batch === null) continue;
    await app.world.bus.publish('ticks', { service: name, batch: true, sweep: true }, { service: name });
  }
  app.log.info({ services: app.config.services.size }, LOG.sweep);
}
