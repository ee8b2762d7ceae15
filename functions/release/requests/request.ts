/** The requests that the functions write into the ledger. `slipway plan` builds the same ones. */
import type { ModelName } from '../../../common/artifact/model-name.ts';
import type { Service } from '../../config/config.ts';
import { declaredSignal } from '../../config/pattern.ts';
import type { Instant, StoredObject } from '../../world.ts';
import { releaseId } from '../ids.ts';
import type { Request } from '../ledger/ledger.ts';
import { checksumOf } from './identity.ts';

/** The request that an artifact makes by landing: ordered by its creation, and the same however often it is told. */
export function requestFor(
  service: Service,
  marker: StoredObject,
  askedBy: Request['askedBy'],
  now: Instant,
): Request {
  const signal = declaredSignal(service.artifacts, marker);
  return {
    id: releaseId(service.name, marker.bucket, marker.name, marker.generation),
    bucket: marker.bucket,
    marker: marker.name,
    generation: marker.generation,
    ...checksumOf(marker, signal),
    ...(signal !== undefined && { signal }),
    order: { at: marker.createdAt, tie: marker.generation },
    askedBy,
    acceptedAt: now,
    attempts: 0,
    version: null,
  };
}

interface AskedFor {
  readonly requestId: string;
  readonly publishedAt: Instant;
  readonly overrideContract?: boolean | undefined;
  /** As the message states it. */
  readonly requestedBy?: string | undefined;
}

/** The request of a message: `requestId` tells it from others for the same artifact. */
export function requestOfMessage(
  service: Service,
  marker: StoredObject,
  asked: AskedFor,
  now: Instant,
): Request {
  const { requestId, publishedAt, overrideContract, requestedBy } = asked;
  return {
    ...requestFor(service, marker, 'request', now),
    id: releaseId(service.name, marker.bucket, marker.name, marker.generation, requestId),
    // Asked for now, it is newer than whatever landed before; what lands later is newer still.
    order: { at: Math.max(publishedAt, marker.createdAt), tie: requestId.slice(0, 40) },
    ...(overrideContract === true && { overrideContract: true }),
    ...(requestedBy !== undefined && { requestedBy }),
  };
}

/** The request of a message that names a version of the registry. */
export function requestOfModel(
  service: Service,
  { name, version }: ModelName,
  { requestId, publishedAt, overrideContract, requestedBy }: AskedFor,
  now: Instant,
): Request {
  return {
    id: releaseId(service.name, '', name, version, requestId),
    bucket: '',
    marker: name,
    generation: version,
    order: { at: publishedAt, tie: requestId.slice(0, 40) },
    askedBy: 'request',
    acceptedAt: now,
    attempts: 0,
    version: null,
    ...(overrideContract === true && { overrideContract: true }),
    ...(requestedBy !== undefined && { requestedBy }),
  };
}
