/** A soak of seconds: the harness disturbs real processes, all invariants hold, and one that is broken is noticed. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { SHORT_PACE } from './crew.ts';
import type { Facts } from './facts.ts';
import { figuresOf } from './figures.ts';
import { violationsOf } from './invariants.ts';
import { STATE } from './services.ts';
import { Soak } from './soak.ts';
import { topicOf } from './world.ts';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 60_000 });

let soak: Soak;
let facts: Facts;

afterAll(() => soak.close());

beforeAll(async () => {
  const budgets = { standby: '4s', bake: '1s', sweepSeconds: 6 };
  const load = { services: 2, perSecond: 20 };
  soak = await Soak.start({ seed: 7, forMs: 12_000, pace: SHORT_PACE, budgets, ...load });
});

it('keeps all invariants while it is disturbed', async () => {
  facts = await soak.run(new AbortController().signal);
  expect(violationsOf(facts).map(({ invariant, text }) => `${invariant}: ${text}`)).toEqual([]);
});

it('has disturbed: processes were killed, calls struck, messages delivered again, releases ended', () => {
  const { disturbances, messages, ends, predictions } = figuresOf(soak, facts, []);
  const kinds = new Set(facts.disturbances.map(({ kind }) => kind));
  expect([...kinds]).toEqual(expect.arrayContaining(['kill', 'fault', 'command', 'rewrite']));
  expect(disturbances['kill of a predictor']).toBeGreaterThan(0);
  expect(facts.outages.length).toBe(disturbances['kill of a predictor']);
  expect((messages['twice'] ?? 0) + (messages['late'] ?? 0) + (messages['again'] ?? 0)).toBeGreaterThan(0);
  expect(ends['Live']).toBeGreaterThanOrEqual(4);
  expect(predictions).toBeGreaterThan(200);
});

it('notices an outcome that contradicts another one, and a ledger that is broken', async () => {
  const { stack, events } = soak.world;
  const [first] = facts.told;
  const [service = ''] = soak.world.services;
  const contradiction = { ...first, result: 'Failed', cause: null, endedAt: Date.now() };
  const before = events.told.length;
  stack.emulator.broker.publish(topicOf(stack, 'events'), [
    { data: Buffer.from(JSON.stringify(contradiction)) },
  ]);
  await vi.waitFor(() => expect(events.told.length).toBeGreaterThan(before), { timeout: 10_000 });
  stack.emulator.store.putObject(STATE, `ledgers/${service}.json`, Buffer.from('{"schema":1}'));
  const broken = new Set(violationsOf(soak.facts()).map(({ invariant }) => invariant));
  expect([...broken]).toEqual(
    expect.arrayContaining(['no outcome is contradicted', 'every ledger can be read, and is small']),
  );
});

it('leaves no process behind', async () => {
  expect(await soak.close()).toEqual([]);
});
