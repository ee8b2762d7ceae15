/** Values that go straight into the numbers of a run, and those that have no place there. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { post } from '../requests.ts';
import { serveHere, type Here } from '../serve-here.ts';
import { artifact, databaseFolder, environment, settingsFor, writeCustomers } from './served.ts';

const file = databaseFolder();
let here: Here;
beforeAll(async () => {
  writeCustomers(file.path, [
    { customer_id: 'c-1', orders: 7, seen: 2 },
    { customer_id: 'unseen', orders: 9, seen: null },
  ]);
  const columns = [
    { from: 'customer.seen', type: 'number', default: null },
    { from: 'request.amounts', type: 'number', list: 2 },
  ];
  const files = artifact({
    'features.json': JSON.stringify({ schema: 1, inputs: [{ name: 'x', columns }] }),
    'golden.jsonl': JSON.stringify({
      instance: { customer_id: 'c-1', amounts: [3, 4] },
      features: { 'customer.seen': 2 },
      prediction: [2, 3, 4],
    }),
  });
  here = await serveHere(files, environment(settingsFor(file.uri)));
});
afterAll(async () => {
  await here.close();
  file.remove();
});

async function ask(...instances: object[]) {
  const response = await here.app.inject(post({ instances }));
  return response.json<{ predictions?: unknown; error?: { message: string } }>();
}

it('a default of null is a missing number, and a list takes its places', async () => {
  const two = [
    { customer_id: 'unseen', amounts: [1, 2.5] },
    { customer_id: 'c-1', amounts: [3, 4] },
  ];
  expect((await ask(...two)).predictions).toEqual([
    ['NaN', 1, 2.5],
    [2, 3, 4],
  ]);
});

it('refuses what float32 does not have, by its place, and answers the next request as if it had not come', async () => {
  const { error } = await ask(
    { customer_id: 'c-1', amounts: [1, 2] },
    { customer_id: 'c-1', amounts: [3, 1e300] },
  );
  expect(error?.message).toMatch(/^instances\[1\]\.x\[2\]: expected /);
  expect((await ask({ customer_id: 'c-1', amounts: [5, 6] })).predictions).toEqual([[2, 5, 6]]);
});
