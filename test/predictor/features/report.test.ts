/** What the engine is told of the features of some keys, and nobody else. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readReport, reportKey, reportParameters } from '../../../common/artifact/feature-report.ts';
import { post } from '../requests.ts';
import { serveHere, type Here } from '../serve-here.ts';
import { artifact, databaseFolder, environment, settingsFor, writeCustomers } from './served.ts';

const SEED = 'ab'.repeat(32);
const OLD = '2020-01-01T00:00:00Z';
const file = databaseFolder();
let here: Here;
beforeAll(async () => {
  const now = new Date().toISOString();
  writeCustomers(file.path, [
    { customer_id: 'c-1', orders: 7, seen: 2, updated_at: now },
    { customer_id: 'old', orders: 8, seen: 3, updated_at: OLD },
    { customer_id: 'unseen', orders: 9, seen: null, updated_at: now },
  ]);
  const env = environment(settingsFor(file.uri));
  here = await serveHere(artifact(), { ...env, SLIPWAY_REPORT_KEY: reportKey(SEED) });
});
afterAll(async () => {
  await here.close();
  file.remove();
});

const INSTANCES = ['c-1', 'old', 'unseen', 'nobody'].map((customer_id) => ({ customer_id, amount: 1 }));

async function ask(parameters: object): Promise<{ status: number; predictions: unknown[] }> {
  const response = await here.app.inject(post({ instances: INSTANCES, parameters }));
  return { status: response.statusCode, predictions: response.json().predictions };
}

describe('a report', () => {
  it('has, for whom the ledger vouches, each value with its age and where it is from', async () => {
    const { status, predictions } = await ask(reportParameters(SEED, INSTANCES, Date.now()));
    expect(status).toBe(200);
    const report = readReport(predictions[0]);
    expect(report?.features).toEqual(['customer.orders', 'customer.seen']);
    expect(report?.rows.map(({ values, from }) => ({ values, from }))).toEqual([
      { values: [7, 2], from: 'ss' },
      { values: [8, 3], from: 'so' },
      { values: [9, -1], from: 'sd' },
      { values: [null, -1], from: 'nd' },
    ]);
    const [fresh, old] = report?.rows.map(({ agesMs }) => agesMs[0] ?? 0) ?? [];
    expect(fresh).toBeLessThan(60_000);
    expect(old).toBeGreaterThan(Date.now() - Date.parse(OLD) - 60_000);
  });

  it.each([
    ['signed by another', reportParameters('cd'.repeat(32), INSTANCES, Date.now())],
    ['of other instances', reportParameters(SEED, INSTANCES.slice(1), Date.now())],
    ['signed an hour ago', reportParameters(SEED, INSTANCES, Date.now() - 3_600_000)],
    ['not signed', { slipway: { report: 'features' } }],
  ])('%s is refused like any parameter that nobody knows', async (_, parameters) => {
    const response = await here.app.inject(post({ instances: INSTANCES.slice(0, 3), parameters }));
    expect(response.statusCode).toBe(400);
    expect(response.json().error.message).toContain('outputs');
  });
});
