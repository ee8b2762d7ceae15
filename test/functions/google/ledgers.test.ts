/** Ledgers in Cloud Storage, with the official client against the emulator. */
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { storedLedgers } from '../../../functions/google/ledgers.ts';
import type { Ledgers } from '../../../functions/world.ts';

let emulator: Emulator;
let ledgers: Ledgers;

beforeAll(async () => {
  emulator = await startEmulator();
  emulator.store.createBucket('state');
  const storage = new Storage({
    projectId: 'p',
    apiEndpoint: emulator.url,
    retryOptions: { autoRetry: false },
  });
  ledgers = storedLedgers(storage, 'state');
});

afterAll(() => emulator.close());

it('reads what was written, with its generation', async () => {
  expect(await ledgers.read('churn')).toBeNull();
  const generation = await ledgers.write('churn', '{"n":1}', '0');
  expect(await ledgers.read('churn')).toMatchObject({ text: '{"n":1}', generation });
});

it('refuses a write over another generation than the one that was read', async () => {
  await expect(ledgers.write('churn', '{"n":2}', '0')).rejects.toMatchObject({
    status: 'FAILED_PRECONDITION',
  });
});

it('never takes a ledger that is being written for none', async () => {
  let writing = true;
  const writer = (async () => {
    while (writing) {
      emulator.store.putObject('state', 'ledgers/busy.json', Buffer.from(`{"at":${performance.now()}}`));
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
  })();
  const reads = [];
  for (let n = 0; n < 100; n += 1) reads.push(await ledgers.read('busy').catch((error: unknown) => error));
  writing = false;
  await writer;
  expect(reads.filter((read) => read === null)).toEqual([]);
});
