/** Asks for a release, as anybody may by a message on the requests topic. */
import type { Service } from '../../functions/config/config.ts';
import { uriOf } from '../../common/artifact/uri.ts';
import { buildRequest } from '../ledger-view/asked.ts';
import type { Theme } from '../terminal/screen.ts';
import type { Session } from '../session.ts';
import { nameOf } from '../terminal/words.ts';

/** The shape of `slipway release --json`, documented in docs/cli.md. */
export interface Asked {
  readonly service: string;
  readonly requestId: string;
  /** The id that the release will have. */
  readonly release: string;
  readonly name: string;
  readonly artifact: string;
  /** The requester accepts that the contract with the callers is broken. */
  readonly overrideContract: boolean;
}

export interface ReleaseOptions {
  /** Its folder or its marker; undefined: the newest one. */
  readonly artifact: string | undefined;
  /** A version of the registry, in place of an artifact. */
  readonly model?: string | undefined;
  readonly requestId: string;
  readonly overrideContract: boolean;
}

/** What would be published, and what it asks for. */
export interface Prepared<T> {
  readonly message: Readonly<Record<string, unknown>>;
  readonly asked: T;
}

/** Publishes what was prepared. Rejects with a CallError. */
export async function publishRequest({ world }: Session, service: Service, message: object): Promise<void> {
  await world.bus.publish('requests', message, { service: service.name });
}

/**
 * Names the artifact in the message although the newest one is the default: what is released is what was found
 * here, not what may have landed in between. Rejects with a Problem or a CallError.
 */
export async function prepareRelease(
  session: Session,
  service: Service,
  options: ReleaseOptions,
): Promise<Prepared<Asked>> {
  const { requestId, overrideContract } = options;
  const { request, named } = await buildRequest(session, service, options, session.world.clock.now());
  const message = {
    schema: 1,
    service: service.name,
    ...named,
    requestId,
    // Not false: functions that were deployed before it take no message that has it.
    ...(overrideContract && { overrideContract }),
  };
  const asked = {
    service: service.name,
    requestId,
    release: request.id,
    name: nameOf(service.artifacts, request),
    artifact: uriOf(request),
    overrideContract,
  };
  return { message, asked };
}

/** Rejects with a Problem or a CallError. */
export async function askForRelease(
  session: Session,
  service: Service,
  options: ReleaseOptions,
): Promise<Asked> {
  const { message, asked } = await prepareRelease(session, service, options);
  await publishRequest(session, service, message);
  return asked;
}

export function askedText(
  { service, requestId, release, name, artifact }: Asked,
  { paint }: Theme,
): string[] {
  return [
    `asked for ${paint('bold', name)} of ${paint('bold', service)} ${paint('dim', `(${artifact})`)}`,
    `release ${paint('cyan', release)}, request ${requestId}`,
  ];
}
