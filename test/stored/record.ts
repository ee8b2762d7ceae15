/**
 * Prints the schema by which this version reads a ledger, and one line of JSON for each state that its engine leaves one
 * in: `node test/stored/record.ts > test/stored/VERSION.jsonl`, before a version is released. The test beside it has
 * every later engine continue them.
 */
import { LedgerSchema } from '../../functions/release/ledger/ledger.ts';
import type { Endpoint, ModelVersion } from '../../functions/world.ts';
import type { MemoryWorld } from '../support/memory-world.ts';
import type { EndpointForm, OperationForm, StoredState, VersionForm } from './form.ts';
import { DrivenService } from './driven-service.ts';
import { STATES, type State } from './states.ts';

const PARENT = 'projects/test-project/locations/us-central1';
/** Longer than any operation in memory takes. */
const LONGEST_MS = 1_200_000;
const NOTHING = { endpoints: [], versions: [], deployed: [], undeployed: [], deleted: [] };

console.log(JSON.stringify({ schema: LedgerSchema }));
for (const state of STATES) {
  // What an earlier version does not know, it has no ledgers of.
  const stored = await record(state).catch((error: unknown) => (console.error(error), null));
  if (stored === null) console.error(`not reached: ${state.name}`);
  else console.log(JSON.stringify(stored));
}

async function record(state: State): Promise<StoredState | null> {
  const service = new DrivenService(state);
  const played = state.play(service).then(
    () => 'played' as const,
    (error: unknown) => (console.error(state.name, error), 'failed' as const),
  );
  const end = await Promise.race([service.reached.then(() => 'reached' as const), played]);
  const ledger = service.ledger();
  if (end === 'failed' || ledger === null) return null;
  if (end === 'played' && (state.when !== 'rest' || !state.is(ledger))) return null;
  const { world } = service;
  const at = world.clock.now();
  const objects = world.objects
    .all()
    .map((object) => ({ ...object, content: world.objects.find(object.bucket, object.name)?.content ?? '' }));
  const before = copy(world);
  return { state: state.name, at, ledger, objects, ...before, operations: await operations(world) };
}

function copy({ vertex }: MemoryWorld): { endpoints: EndpointForm[]; versions: VersionForm[] } {
  return {
    endpoints: [...vertex.endpoints.values()].map(endpointForm),
    versions: vertex.versions.map(versionForm),
  };
}

function endpointForm(endpoint: Endpoint): EndpointForm {
  return { ...endpoint, labels: [...endpoint.labels], traffic: [...endpoint.traffic] };
}

function versionForm(version: ModelVersion): VersionForm {
  return { ...version, labels: [...version.labels] };
}

/** All of them, each with what it will make: seen by letting the time pass. */
async function operations(world: MemoryWorld): Promise<OperationForm[]> {
  const { vertex, clock } = world;
  const at = clock.now();
  const found: OperationForm[] = [];
  const open = new Set<string>();
  for (let number = 1; ; number += 1) {
    const operation = await vertex.getOperation(`${PARENT}/operations/${number}`);
    if (operation === null) break;
    const { name, done, error } = operation;
    if (done) found.push({ name, endsAt: at, error, deploys: await deployedBy(world, name), makes: NOTHING });
    else open.add(name);
  }
  while (open.size > 0 && clock.now() < at + LONGEST_MS) {
    const before = structuredClone(copy(world));
    await clock.sleep(1_000);
    for (const name of open) {
      const operation = await vertex.getOperation(name);
      if (operation?.done !== true) continue;
      open.delete(name);
      const deploys = await deployedBy(world, name);
      const makes = difference(before, copy(world));
      found.push({ name, endsAt: clock.now(), error: operation.error, deploys, makes });
    }
  }
  const hanging = [...open].map((name) => ({
    name,
    endsAt: null,
    error: null,
    deploys: null,
    makes: NOTHING,
  }));
  return [...found, ...hanging];
}

/** The deployed model that the operation deploys; null: it deploys none, or failed. */
async function deployedBy({ vertex }: MemoryWorld, name: string): Promise<string | null> {
  for (const endpoint of vertex.endpoints.keys())
    for (const deployment of await vertex.listDeployments(endpoint))
      if (deployment.name === name) return deployment.deployedModel;
  return null;
}

function difference(before: ReturnType<typeof copy>, after: ReturnType<typeof copy>): OperationForm['makes'] {
  const models = ({ endpoints }: typeof before) => endpoints.flatMap((e) => e.deployedModels);
  const isNew =
    <T>(known: readonly T[], idOf: (of: T) => string) =>
    (one: T) =>
      !known.some((other) => idOf(other) === idOf(one));
  return {
    endpoints: after.endpoints.filter(isNew(before.endpoints, ({ name }) => name)),
    versions: after.versions.filter(isNew(before.versions, ({ version }) => version)),
    deployed: models(after).filter(isNew(models(before), ({ id }) => id)),
    undeployed: models(before)
      .filter(isNew(models(after), ({ id }) => id))
      .map(({ id }) => id),
    deleted: before.versions
      .filter(isNew(after.versions, ({ version }) => version))
      .map(({ version }) => version),
  };
}
