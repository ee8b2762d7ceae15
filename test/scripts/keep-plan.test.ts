import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startEmulator, type Emulator } from '../../emulator/server.ts';
import { keepPlan } from '../../scripts/keep-plan.ts';

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  folder = mkdtempSync(join(tmpdir(), 'slipway-plan-'));
  writeFileSync(join(folder, 'plan.txt'), 'Plan: 3 to add');
  const made = await fetch(`${emulator.url}/storage/v1/b?project=p`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'my-terraform' }),
  });
  if (!made.ok) throw new Error(await made.text());
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await emulator.close();
});

test('a plan is kept under its name', async () => {
  const env = { STORAGE_EMULATOR_HOST: emulator.url };
  await keepPlan(join(folder, 'plan.txt'), 'gs://my-terraform/plans/b1/plan.txt', env);
  const kept = await fetch(`${emulator.url}/storage/v1/b/my-terraform/o/plans%2Fb1%2Fplan.txt?alt=media`);
  expect(await kept.text()).toBe('Plan: 3 to add');
});

test('what is no object of Cloud Storage is refused', async () => {
  await expect(keepPlan('plan.txt', 'state/plan.txt')).rejects.toThrow('expected gs://BUCKET/NAME');
});
