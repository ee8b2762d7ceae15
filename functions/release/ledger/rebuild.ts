/**
 * Replaces a ledger that cannot be read, from what Vertex AI knows: which of our deployed models has the traffic,
 * and from its version's label and description which release and artifact it is. Only on request: an unreadable
 * ledger is never taken for an empty one. Requests that waited in it, and its outcomes, are lost.
 */
import type { Service } from '../../config/config.ts';
import { Problem } from '../../errors.ts';
import type { Log } from '../../log.ts';
import type { DeployedModel, Endpoint, ModelVersion, World } from '../../world.ts';
import { LABELS, modelId, modelName, ownerOf } from '../ids.ts';
import { emptyLedger, formatLedger, freshAttempts, parseLedger, type Ledger, type Live } from './ledger.ts';
import { parseModelName } from '../../../common/artifact/model-name.ts';
import { parseUri } from '../../../common/artifact/uri.ts';

/** Returns whether a ledger was made. Throws a Problem ENDPOINT_AMBIGUOUS or a CallError; then nothing is written. */
export async function rebuild(service: Service, world: World, id: string, log: Log): Promise<boolean> {
  const found = await world.ledgers.read(service.name);
  if (found !== null && isReadable(found.text, service.name)) {
    log.info({ service: service.name }, 'ledger is readable and was not rebuilt');
    return false;
  }
  const [endpoint, another] = await world.vertex.findEndpoints(service.parent, service.endpoint);
  if (another !== undefined) throw new Problem('ENDPOINT_AMBIGUOUS', `${endpoint?.name} and ${another.name}`);
  const versions = await world.vertex.listVersions(modelName(service));
  const ledger = fromWorld(service, endpoint, versions, world.clock.now());
  await world.ledgers.write(
    service.name,
    formatLedger({ ...ledger, writeId: `${id}.rebuilt` }),
    found?.generation ?? '0',
  );
  log.warn(
    { service: service.name, live: ledger.live?.deployedModel, release: ledger.live?.request.id },
    'ledger rebuilt',
  );
  return true;
}

function isReadable(text: string, service: string): boolean {
  try {
    parseLedger(text, service);
    return true;
  } catch {
    return false;
  }
}

function fromWorld(
  service: Service,
  endpoint: Endpoint | undefined,
  versions: readonly ModelVersion[],
  now: number,
): Ledger {
  const empty = { ...emptyLedger(service.name, now), attemptsFrom: freshAttempts(now) };
  if (endpoint === undefined) return empty;
  const label = Number(endpoint.labels.get(LABELS.epoch) ?? 0);
  return {
    ...empty,
    epoch: Math.max(empty.epoch, Number.isSafeInteger(label) ? label : 0),
    endpoint: endpoint.name,
    live: liveOf(service.name, endpoint, versions, now),
  };
}

/** Ours with the most traffic, if its version says which artifact it was made from. */
function liveOf(
  service: string,
  endpoint: Endpoint,
  versions: readonly ModelVersion[],
  now: number,
): Live | null {
  const serving = endpoint.deployedModels
    .map((model) => ({
      model,
      owner: ownerOf(model.id, model.displayName),
      percent: endpoint.traffic.get(model.id) ?? 0,
    }))
    .filter(({ owner, percent }) => owner !== null && percent > 0)
    .toSorted((a, b) => b.percent - a.percent)[0];
  if (serving === undefined || serving.owner === null) return null;
  const { model, owner } = serving;
  const isForeign = !model.model.endsWith(`/models/${modelId(service)}`);
  if (isForeign) return liveOfRegistry(model, owner, now);
  const version = versions.find((v) => v.version === model.version);
  const artifact = parseUri(version?.description ?? '');
  if (version === undefined || artifact === null) return null;
  return {
    request: {
      id: owner.release,
      ...artifact,
      // When it was wanted is lost. Its upload came later than that, so nothing older can pass for newer.
      order: { at: version.createdAt, tie: artifact.generation },
      askedBy: 'request',
      acceptedAt: version.createdAt,
      attempts: owner.attempt,
      version: version.version,
    },
    attempt: owner.attempt,
    deployedModel: model.id,
    since: now,
  };
}

/** A model of the registry that others uploaded. The time of its request is lost: now, so that no older request replaces it. */
function liveOfRegistry(
  { id, model, version }: DeployedModel,
  owner: { readonly release: string; readonly attempt: number },
  now: number,
): Live | null {
  const name = parseModelName(`${model}@${version}`);
  if (name === null) return null;
  return {
    request: {
      id: owner.release,
      bucket: '',
      marker: name.name,
      generation: name.version,
      order: { at: now, tie: '' },
      askedBy: 'request',
      acceptedAt: now,
      attempts: owner.attempt,
      version: name.version,
    },
    attempt: owner.attempt,
    deployedModel: id,
    since: now,
  };
}
