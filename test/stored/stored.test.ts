/**
 * Ledgers that earlier versions have written, in every state that a crash or an upgrade may meet (states.ts): each is
 * read, continued to rest and written back by the engine of today, which releases the next artifact then, and goes back
 * from it. Earlier versions read what later ones have written, as CHANGELOG.md says. record.ts has written the files,
 * with the engine of the commit that their names end with.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { Check, type XSchema } from 'typebox/schema';
import { assert, describe, expect, it } from 'vitest';
import { parseConfig } from '../../functions/config/config.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { formatLedger, parseLedger } from '../../functions/release/ledger/ledger.ts';
import type { MemoryWorld } from '../support/memory-world.ts';
import { quietLog } from '../support/quiet-log.ts';
import { finalized, ledgerOf, message, passTime, type TestApp } from '../support/test-app.ts';
import type { StoredState } from './form.ts';
import { restore } from './restore.ts';
import { SERVICE, yamlOf } from './driven-service.ts';
import { STATES } from './states.ts';

const HOUR = 3_600_000;
const FOLDER = new URL('./', import.meta.url);

interface Version {
  readonly name: string;
  /** By which it reads a ledger. */
  readonly schema: XSchema;
  readonly states: readonly StoredState[];
}

const VERSIONS: readonly Version[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.jsonl'))
  .toSorted()
  .map(read);

function read(name: string): Version {
  const [first = '', ...lines] = readFileSync(new URL(name, FOLDER), 'utf8').trimEnd().split('\n');
  return { name, schema: JSON.parse(first).schema, states: lines.map((line) => JSON.parse(line)) };
}

/** How the releases end that a state has begun. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  'waiting in the queue': ['Live'],
  uploading: ['Live'],
  'about to deploy': ['Live'],
  deploying: ['Live'],
  shifting: ['Live'],
  'at rest': [],
  'after two releases': [],
  'with a standby': [],
  'undeploying the model before': [],
  baking: ['Live'],
  'baking, with a newer artifact': ['Live', 'Superseded SUPERSEDED'],
  'rolling back': ['RolledBack ABORTED'],
  'rollback requested': ['RolledBack ROLLED_BACK', 'Live'],
  'rolled back': [],
  'on hold, with an artifact that waits': [],
  'trying again after a failed deployment': ['Live'],
  failed: [],
  'failed, with a model that cannot be undeployed': [],
  'refused by Vertex AI': ['Live'],
  'with an abandoned operation': ['Failed ABORTED'],
  parking: [],
  parked: [],
  waking: [],
  'with nothing serving, while it recreates': ['Live'],
};

describe.each(VERSIONS)('a ledger of $name', ({ states }) => {
  it.each(states)('$state', async (stored) => {
    const s = await continued(stored);
    const { world } = s;
    expect(results(world)).toEqual(ENDS[stored.state]);
    expectRest(world);

    if (ledgerOf(world, SERVICE).hold) await ask(s, { action: 'resume' });
    const { createdAt } = world.objects.put('models', `${SERVICE}/next/model.onnx`, 'the next model');
    await handleArtifact(finalized('models', `${SERVICE}/next/model.onnx`), s.app);
    await passTime(s, 4 * HOUR);
    expect(ledgerOf(world, SERVICE).live?.request.order.at).toBe(createdAt);
    const { previous } = ledgerOf(world, SERVICE);

    await ask(s, { action: 'rollback' });
    await passTime(s, 12 * HOUR);
    // Nothing was live before the first one, so that nobody can go back.
    const back = previous?.live.request.marker ?? `${SERVICE}/next/model.onnx`;
    expect(ledgerOf(world, SERVICE).live?.request.marker).toBe(back);
    expectRest(world);
  });
});

it('a version that is not the last reads what later ones write', () => {
  for (const [at, { schema }] of VERSIONS.entries())
    for (const later of VERSIONS.slice(at))
      for (const { state, ledger } of later.states)
        expect([later.name, state, Check(schema, ledger)]).toEqual([later.name, state, true]);
});

it('what a later version adds to a ledger stays in it', async () => {
  const latest = VERSIONS.at(-1)?.states.find(({ state }) => state === 'with a standby');
  assert(latest !== undefined);
  const ledger = Object(latest.ledger);
  const added = { ofTomorrow: { since: 1 } };
  const live = { ...ledger.live, ...added, request: { ...ledger.live.request, ...added } };
  const { world } = await continued({ ...latest, ledger: { ...ledger, ...added, live } });
  const { live: liveAfter, ...after } = ledgerOf(world, SERVICE);
  expect([after, liveAfter, liveAfter?.request]).toEqual(Array(3).fill(expect.objectContaining(added)));
});

/** At rest again, half a day later. */
async function continued(stored: StoredState): Promise<TestApp> {
  const config = parseConfig(yamlOf(STATES.find(({ name }) => name === stored.state)?.policy));
  const world = restore(stored);
  const { log, lines } = quietLog();
  const s = { app: { config, world, log }, config, world, lines };
  world.published.push({ topic: 'ticks', data: { service: SERVICE } });
  await passTime(s, 12 * HOUR);
  return s;
}

async function ask({ world, app }: TestApp, body: Readonly<Record<string, unknown>>): Promise<void> {
  const publishTime = new Date(world.clock.now()).toISOString();
  await handleRequest(message({ service: SERVICE, ...body }, { id: publishTime, publishTime }), app);
}

/** Of releases; notices are events too. */
function results({ published }: MemoryWorld): string[] {
  return published.flatMap(({ topic, data }) => {
    const { result, cause } = Object(data);
    return topic !== 'events' || result === undefined ? [] : [cause ? `${result} ${cause.code}` : result];
  });
}

/** One model is deployed, with all the traffic; of a parked service, none. */
function expectRest(world: MemoryWorld): void {
  const ledger = ledgerOf(world, SERVICE);
  const { release, pending, lease, queue, hold, live, parked, previous } = ledger;
  const waiting = hold === undefined ? 0 : 1;
  expect([release, pending, lease, queue.length]).toEqual([null, null, null, waiting]);
  const standby = previous?.retired === false ? [previous.live.deployedModel] : [];
  const ours = parked === undefined ? [live?.deployedModel] : [];
  const [endpoint] = world.vertex.endpoints.values();
  expect(new Set(endpoint?.deployedModels.map(({ id }) => id))).toEqual(new Set([...ours, ...standby]));
  expect([...(endpoint?.traffic ?? [])].filter(([, share]) => share > 0)).toEqual(
    ours.map((id) => [id, 100]),
  );
  expect(ledger.outcomes.filter(({ announced }) => !announced)).toEqual([]);
  expect(parseLedger(formatLedger(ledger), SERVICE)).toEqual(ledger);
}
