/**
 * The messages of batches on the events topic, and their log lines. One message for every batch, however it ends, and one
 * for each whose answering release was rolled back afterwards. docs/messages.md derives from these schemas.
 */
import { Type } from 'typebox';
import { LOG } from '../../common/log-messages.ts';
import type { BatchContext } from './context.ts';
import { BatchOutcomeSchema, type BatchOutcome } from './outcome.ts';

const { announced: _announced, isStale: _isStale, ...told } = BatchOutcomeSchema.properties;

const common = {
  schema: Type.Literal(1, { description: 'The version of the message.' }),
  project: Type.String({ description: 'The project of slipway.yaml.' }),
  service: Type.String({ description: 'The service that answered.' }),
};

export const BatchMessageSchema = Type.Object(
  {
    ...common,
    ...told,
    seconds: Type.Number({ description: 'From `acceptedAt` to `endedAt`, with one decimal.' }),
  },
  { additionalProperties: false },
);

export const StaleMessageSchema = Type.Object(
  {
    ...common,
    notice: Type.Literal('BatchStale', { description: 'What is reported.' }),
    batch: told.batch,
    input: told.input,
    output: told.output,
    release: Type.String({ description: 'The release that answered, and was rolled back since.' }),
    version: told.version,
    endedAt: told.endedAt,
  },
  { additionalProperties: false },
);

export type BatchMessage = Type.Static<typeof BatchMessageSchema>;
export type StaleMessage = Type.Static<typeof StaleMessageSchema>;

export async function announce(context: BatchContext, outcomes: readonly BatchOutcome[]): Promise<void> {
  const { config, service, world, held, log } = context;
  // What has been published must not be undone by a crash.
  await held.flush();
  for (const { batch } of outcomes) {
    // Not as it was in memory: a request to cancel may have come first.
    const outcome = held.ledger.outcomes.find((one) => one.batch === batch && !one.announced);
    if (outcome === undefined) continue;
    const { announced: _told, isStale: _stale, ...fields } = outcome;
    const seconds = Math.round((outcome.endedAt - outcome.acceptedAt) / 100) / 10;
    const message: BatchMessage = {
      schema: 1,
      project: config.project,
      service: service.name,
      ...fields,
      seconds,
    };
    const attributes = { service: service.name, result: outcome.result, batch: outcome.batch };
    await world.bus.publish('events', message, attributes);
    const isBad = outcome.result === 'Failed' || outcome.result === 'Refused';
    log[isBad ? 'error' : 'info']({ ...fields, seconds }, LOG.batchEnded);
    held.defer((ledger) => ({
      ...ledger,
      outcomes: ledger.outcomes.map((o) => (o.batch === outcome.batch ? { ...o, announced: true } : o)),
    }));
  }
}

export async function announceStale(
  { config, service, world, held, log }: BatchContext,
  outcomes: readonly BatchOutcome[],
): Promise<void> {
  for (const { batch, input, output, release, version, endedAt } of outcomes) {
    const notice = {
      notice: 'BatchStale',
      batch,
      input,
      output,
      release: release ?? '',
      version,
      endedAt,
    } as const;
    const message: StaleMessage = { schema: 1, project: config.project, service: service.name, ...notice };
    await world.bus.publish('events', message, { service: service.name, notice: notice.notice, batch });
    log.warn(notice, LOG.batchStale);
    held.defer((ledger) => ({
      ...ledger,
      outcomes: ledger.outcomes.map((o) => (o.batch === batch ? { ...o, isStale: true } : o)),
    }));
  }
}
