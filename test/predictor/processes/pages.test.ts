import { describe, expect, test } from 'vitest';
import { Metrics } from '../../../predictor/metrics.ts';
import { countersOf, sumOf, valueOf } from '../../../predictor/processes/pages.ts';

function pageOf(requests: number, rows: readonly number[], queueRows = 0): string {
  const metrics = new Metrics();
  metrics.requests = requests;
  for (const each of rows) {
    metrics.onRun({ rows: each, queuedMs: 1, modelMs: 2 });
    metrics.onResponse(200);
  }
  return metrics.page('ready', queueRows);
}

describe('the page of all', () => {
  test('has the sums of counters, histograms and gauges', () => {
    const page = sumOf([pageOf(3, [1, 2], 5), pageOf(4, [2, 600], 6)]);
    const lines = page.split('\n');
    expect(lines).toContain('predictor_requests_total 7');
    expect(lines).toContain('predictor_responses_total{code="200"} 4');
    expect(lines).toContain('predictor_batch_rows_bucket{le="1"} 1');
    expect(lines).toContain('predictor_batch_rows_bucket{le="2"} 3');
    expect(lines).toContain('predictor_batch_rows_bucket{le="+Inf"} 4');
    expect(lines).toContain('predictor_batch_rows_sum 605');
    expect(lines).toContain('predictor_queue_rows 11');
    expect(lines).toContain('predictor_state{state="ready"} 1');
    expect(valueOf(page, 'predictor_instances_total')).toBe(605);
  });

  test('has each family once, with the series that only one of them has', () => {
    const failed = new Metrics();
    failed.onResponse(500);
    const page = sumOf([pageOf(1, [1]), failed.page('ready', 0)]);
    const types = page.split('\n').filter((line) => line.startsWith('# TYPE'));
    expect(new Set(types).size).toBe(types.length);
    const responses = page.split('\n').filter((line) => line.startsWith('predictor_responses_total'));
    expect(responses).toEqual([
      'predictor_responses_total{code="200"} 1',
      'predictor_responses_total{code="500"} 1',
    ]);
  });

  test('of one process is its own', () => {
    const page = pageOf(3, [1, 2]);
    expect(sumOf([page, ''])).toBe(page);
  });

  test('reads label values with spaces', () => {
    const page = '# HELP a b\n# TYPE a counter\na{view="x y"} 1\n';
    expect(sumOf([page, page])).toBe('# HELP a b\n# TYPE a counter\na{view="x y"} 2\n');
  });
});

test('what a process has counted outlives it, and what it was doing does not', () => {
  const page = countersOf(pageOf(3, [1], 5));
  expect(valueOf(page, 'predictor_requests_total')).toBe(3);
  expect(page).toContain('predictor_batch_rows_count 1');
  expect(page).not.toContain('predictor_queue_rows');
  expect(page).not.toContain('predictor_state');
  expect(page).not.toContain('process_resident_memory_bytes');
});
