/** Asks for a batch, as anybody may by a message on the requests topic. */
import { parseBatchInput } from '../../../functions/config/batch-input.ts';
import type { Service } from '../../../functions/config/config.ts';
import { Problem } from '../../../functions/errors.ts';
import { batchId } from '../../../functions/release/ids.ts';
import type { Session } from '../../session.ts';
import type { Theme } from '../../terminal/screen.ts';

/** The shape of `slipway batch --json`, documented in docs/cli.md. */
export interface AskedBatch {
  readonly service: string;
  readonly requestId: string;
  /** The id that the batch will have. */
  readonly batch: string;
  readonly input: string;
}

/** Rejects with a Problem or a CallError. */
export async function askForBatch(
  { world }: Session,
  service: Service,
  uri: string,
  requestId: string,
): Promise<AskedBatch> {
  if (service.batch === null) throw new Problem('BATCH_OFF', `service ${service.name}`);
  const input = parseBatchInput(uri);
  if (typeof input === 'string') throw new Problem('BATCH_INPUT_ELSEWHERE', input);
  let generation = '';
  if (input.format !== 'bigquery') {
    const object = await world.artifacts.head(input.bucket, input.name);
    if (object === null) throw new Problem('BATCH_INPUT_NOT_FOUND', uri);
    ({ generation } = object);
  }
  const message = { schema: 1, service: service.name, action: 'batch', input: uri, requestId };
  await world.bus.publish('requests', message, { service: service.name });
  const batch = batchId(service.name, uri, generation, requestId);
  return { service: service.name, requestId, batch, input: generation === '' ? uri : `${uri}#${generation}` };
}

export function askedBatchText({ service, requestId, batch, input }: AskedBatch, { paint }: Theme): string[] {
  return [
    `asked ${paint('bold', service)} to answer ${input}`,
    `batch ${paint('cyan', batch)}, request ${requestId}`,
  ];
}
