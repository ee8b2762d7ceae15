/** Uploads the model of a release as a new version. */
import type { TickContext } from '../context.ts';
import { drawSeed } from '../ids.ts';
import type { Release } from '../ledger/ledger.ts';
import { uploadRequest } from './requests.ts';
import { startOperation } from './start-operation.ts';

export async function upload(context: TickContext, release: Release): Promise<void> {
  const { service, world, held } = context;
  if (service.features !== null) {
    // The private key of reports is drawn once, and is written with the intent: before a server gets the public one.
    const seed = drawSeed(world.random);
    held.defer((ledger) => ({ ...ledger, reportSeed: ledger.reportSeed ?? seed }));
  }
  await startOperation(context, 'upload', release.request.id, () =>
    world.vertex.upload(uploadRequest(service, release, held.ledger)),
  );
}
