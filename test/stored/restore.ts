/** The world that a stored ledger speaks of, as it was when the ledger was stored. */
import type { Status } from '../../functions/errors.ts';
import type { Endpoint, ModelVersion } from '../../functions/world.ts';
import { factsOf } from '../../functions/rehearsal/endpoint-facts.ts';
import { memoryWorld, type MemoryWorld } from '../support/memory-world.ts';
import type { EndpointForm, OperationForm, StoredState, VersionForm } from './form.ts';
import { SERVICE } from './driven-service.ts';

export function restore(stored: StoredState): MemoryWorld {
  const world = memoryWorld();
  const { clock, objects, vertex, ledgerTexts } = world;
  void clock.sleep(stored.at - clock.now());
  for (const { content, ...object } of stored.objects)
    objects.restore({ ...object, contentEncoding: null, checksum: object.checksum ?? null }, content);
  vertex.seed(stored.endpoints.map(endpointOf), stored.versions.map(versionOf).toReversed());
  for (const operation of stored.operations) resume(world, operation);
  const text = JSON.stringify(stored.ledger);
  ledgerTexts.set(SERVICE, { text, generation: '1', updatedAt: stored.at });
  return world;
}

/** An earlier version did not know some of the fields. */
function endpointOf({ labels, traffic, ...endpoint }: EndpointForm): Endpoint {
  const unknown = { dedicatedDns: null, isPrivate: false, facts: factsOf() };
  return { ...unknown, ...endpoint, labels: new Map(labels), traffic: new Map(traffic) };
}

function versionOf({ labels, ...version }: VersionForm): ModelVersion {
  return { ...version, labels: new Map(labels) };
}

function resume({ vertex }: MemoryWorld, { name, endsAt, error, deploys, makes }: OperationForm): void {
  const effect = () => {
    for (const endpoint of makes.endpoints) vertex.endpoints.set(endpoint.name, endpointOf(endpoint));
    vertex.versions.push(...makes.versions.map(versionOf));
    const [endpoint = ''] = vertex.endpoints.keys();
    for (const model of makes.deployed) vertex.addDeployed(endpoint, model);
    for (const id of makes.undeployed) vertex.removeDeployed(endpoint, id);
    for (const version of makes.deleted) vertex.removeVersion(vertex.versions[0]?.model ?? '', version);
  };
  const ended = error && { ...error, status: error.status as Status };
  vertex.operations.resume(name, endsAt ?? Infinity, effect, ended);
  const [endpoint = ''] = vertex.endpoints.keys();
  if (deploys !== null) vertex.deploymentsByOperation.set(name, { endpoint, id: deploys });
}
