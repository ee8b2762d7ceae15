/**
 * A notification of a bucket. An object was finalized: if it is a service's marker, what landed is to be released; if it is
 * an input of a service's batch, its live model answers it. No object is both (config/batch-together.ts).
 */
import type { App } from '../app.ts';
import { handleEvent, findMarker, acceptRequest } from './intake.ts';
import { requestFor } from '../release/requests/request.ts';
import { batchIntake } from './lazy-batch.ts';
import { readObjectNews, readPush } from './push-message.ts';
import type { IntakeWorld } from '../world.ts';
import { isBatchInput } from '../config/batch-input.ts';
import { matches } from '../config/pattern.ts';

export function handleArtifact(push: Uint8Array, app: App<IntakeWorld>): Promise<void> {
  return handleEvent(app, async (log, delivery) => {
    const news = readObjectNews(readPush(push));
    if (news === null) {
      log.info('event ignored: not a finalized object');
      return;
    }
    const service = [...app.config.services.values()].find((s) =>
      matches(s.artifacts, news.bucket, news.name),
    );
    const answering = [...app.config.services.values()].filter(
      ({ batch }) => batch?.inputs && isBatchInput(batch.inputs, news.bucket, news.name),
    );
    if (answering.length > 0) {
      const { takeLanded } = await batchIntake();
      for (const each of answering) await takeLanded({ ...app, log }, each, news.name, delivery);
      return;
    }
    if (service === undefined) {
      log.info({ bucket: news.bucket }, 'object matches no service');
      return;
    }
    // The message is a hint: what counts is the object as it is now, whose generation may be newer.
    const marker = await findMarker({ ...app, log }, service, news, 'artifact', delivery);
    const request = requestFor(service, marker, 'artifact', app.world.clock.now());
    await acceptRequest({ ...app, log }, service, request, delivery, marker.createdAt);
  });
}
