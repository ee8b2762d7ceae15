/** Requests for a report of features: signed by the engine, checked by the predictor. */
import { describe, expect, it } from 'vitest';
import {
  isReportRequest,
  readReport,
  REPORT_PARAMETER,
  reportKey,
  reportParameters,
} from '../../../common/artifact/feature-report.ts';
import { property } from '../../../common/artifact/values.ts';

const SEED = '11'.repeat(32);
const NOW = 1_795_000_000_000;
const INSTANCES = [{ customer_id: 'c-1', amount: 1 }];
const KEY = reportKey(SEED);

function asked(instances: readonly unknown[] = INSTANCES, seed = SEED, at = NOW): unknown {
  return property(reportParameters(seed, instances, at), REPORT_PARAMETER);
}

describe('a request for a report', () => {
  it('passes as it was signed, also with its fields in another order', () => {
    expect(isReportRequest(asked(), INSTANCES, KEY, NOW)).toBe(true);
    expect(isReportRequest(asked(), [{ amount: 1, customer_id: 'c-1' }], KEY, NOW + 60_000)).toBe(true);
  });

  it.each<[string, unknown, readonly unknown[], number]>([
    ['of other instances', asked(), [{ customer_id: 'c-2', amount: 1 }], NOW],
    ['signed by another key', asked(INSTANCES, '22'.repeat(32)), INSTANCES, NOW],
    ['that is old', asked(), INSTANCES, NOW + 300_001],
    ['of the future', asked(), INSTANCES, NOW - 300_001],
    ['with another time', { ...Object(asked()), at: NOW + 1 }, INSTANCES, NOW],
    ['for something else', { ...Object(asked()), report: 'env' }, INSTANCES, NOW],
    ['without a signature', { report: 'features', at: NOW }, INSTANCES, NOW],
    ['that is nothing', null, INSTANCES, NOW],
  ])('does not pass %s', (_, value, instances, now) => {
    expect(isReportRequest(value, instances, KEY, now)).toBe(false);
  });
});

describe('a report', () => {
  const REPORT = {
    features: ['customer.orders', 'customer.country'],
    rows: [{ values: [3, null], agesMs: [1000, null], from: 'sn' }],
  };

  it('is read as it is', () => {
    expect(readReport(REPORT)).toEqual(REPORT);
  });

  it.each([
    [{ ...REPORT, rows: [{ ...REPORT.rows[0], values: [3] }] }],
    [{ ...REPORT, rows: [{ ...REPORT.rows[0], from: 'xx' }] }],
    [{ ...REPORT, rows: [{ ...REPORT.rows[0], agesMs: ['1', null] }] }],
    [{ features: [1, 2], rows: [] }],
    [[0.5]],
    [null],
  ])('is none of another form: %j', (value) => {
    expect(readReport(value)).toBeNull();
  });
});
