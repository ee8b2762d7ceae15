/**
 * Releases an artifact to a service and waits until it is live: the last step of a deployment.
 *
 *   node scripts/smoke.ts SERVICE FOLDER [--name NAME] [--minutes 60]
 *
 * FOLDER holds the artifact, NAME is what it is called in the service's bucket (default: smoke and the time). It lands
 * as with `slipway land`, and its outcome comes from the topic of events, so that no right to read ledgers is needed:
 * only those of a trainer on the bucket, and to make a subscription. The configuration is slipway.yaml, or the file
 * that SLIPWAY_CONFIG names. Exits with 0 if the release went live.
 */
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { PubSub, type Subscription } from '@google-cloud/pubsub';
import { Type, type Static } from 'typebox';
import { Value } from 'typebox/value';
import { land, prepare } from '../cli/commands/land/land.ts';
import { silent } from '../cli/commands/land/text.ts';
import { storageUploads } from '../cli/commands/land/uploads.ts';
import { loadConfig, type Environment } from '../functions/config/config.ts';
import { googleWorld } from '../functions/google/world.ts';
import { folderOf } from '../common/artifact/uri.ts';

const Outcome = Type.Object({
  artifact: Type.String(),
  result: Type.String(),
  seconds: Type.Number(),
  cause: Type.Union([Type.Null(), Type.Object({ text: Type.String(), detail: Type.String() })]),
});

export interface SmokeOptions {
  readonly service: string;
  readonly folder: string;
  readonly name: string;
  readonly timeoutMs: number;
  readonly env?: Environment;
}

/** Resolves with how the release ended. Rejects if it has not within `timeoutMs`. */
export async function smoke(options: SmokeOptions): Promise<Static<typeof Outcome>> {
  const { env = process.env } = options;
  const config = loadConfig(env);
  const service = config.services.get(options.service);
  if (service === undefined) {
    throw new Error(`expected one of ${[...config.services.keys()].join(', ')}, got ${options.service}`);
  }
  const landing = await prepare(service, options.folder, { as: options.name }, Date.now());

  const pubsub = new PubSub({ projectId: config.project });
  // Before the artifact lands, so that its outcome cannot be missed.
  const [subscription] = await pubsub
    .topic(config.topics.events)
    .createSubscription(`slipway-smoke-${randomUUID()}`, { expirationPolicy: { ttl: { seconds: 86_400 } } });
  try {
    const folder = `${folderOf(service.artifacts.bucket, landing.marker)}/`;
    const ended = outcomeOf(subscription, folder, options.timeoutMs);
    await land({ world: googleWorld(config, env), uploads: storageUploads(config, env) }, landing, silent);
    return await ended;
  } finally {
    await subscription.close();
    await subscription.delete();
    await pubsub.close();
  }
}

function outcomeOf(
  subscription: Subscription,
  folder: string,
  timeoutMs: number,
): Promise<Static<typeof Outcome>> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`expected an outcome of ${folder} within ${timeoutMs / 60_000} minutes`)),
      timeoutMs,
    );
    subscription.on('error', reject);
    subscription.on('message', (message) => {
      message.ack();
      const outcome: unknown = JSON.parse(message.data.toString('utf8'));
      if (!Value.Check(Outcome, outcome) || !outcome.artifact.startsWith(folder)) return;
      clearTimeout(timer);
      resolve(outcome);
    });
  });
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { name: { type: 'string' }, minutes: { type: 'string', default: '60' } },
  });
  const [service, folder] = positionals;
  if (service === undefined || folder === undefined) {
    throw new Error('usage: node scripts/smoke.ts SERVICE FOLDER [--name NAME] [--minutes 60]');
  }
  const name = values.name ?? `smoke-${Date.now()}`;
  const outcome = await smoke({ service, folder, name, timeoutMs: Number(values.minutes) * 60_000 });
  const why = outcome.cause === null ? '' : `: ${outcome.cause.text} ${outcome.cause.detail}`;
  console.log(`${service}: ${outcome.result} after ${outcome.seconds} s${why}`);
  process.exitCode = outcome.result === 'Live' ? 0 : 1;
}
