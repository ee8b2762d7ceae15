import { describe, expect, test } from 'vitest';
import { Health } from '../../predictor/health.ts';
import { createLogger, traceFields } from '../../predictor/log.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';

describe('traceFields', () => {
  test.each([
    {
      name: 'traceparent',
      headers: { traceparent: `00-${TRACE}-b7ad6b7169203331-00` },
      span: 'b7ad6b7169203331',
      sampled: false,
    },
    {
      name: 'X-Cloud-Trace-Context, whose span is decimal',
      headers: { 'x-cloud-trace-context': `${TRACE}/255;o=1` },
      span: '00000000000000ff',
      sampled: true,
    },
  ])('reads $name', ({ headers, span, sampled }) => {
    expect(traceFields(headers, '42')).toEqual({
      'logging.googleapis.com/trace': `projects/42/traces/${TRACE}`,
      'logging.googleapis.com/spanId': span,
      'logging.googleapis.com/trace_sampled': sampled,
    });
  });

  test.each([
    { headers: {} },
    { headers: { traceparent: 'projects/other/traces/1' } },
    { headers: { traceparent: `00-${TRACE.toUpperCase()}-b7ad6b7169203331-01` } },
    { headers: { 'x-cloud-trace-context': `${TRACE}\n{"severity":"ERROR"}` } },
  ])('leaves out what is no trace: $headers', ({ headers }) => {
    expect(traceFields(headers, '42')).toEqual({});
  });
});

test('a line has the fields of Cloud Logging', () => {
  const lines: string[] = [];
  createLogger('info', { write: (line) => lines.push(line) }).warn({ rows: 3 }, 'shed');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { severity: 'WARNING', time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/), rows: 3, message: 'shed' },
  ]);
});

describe('health', () => {
  test('goes from starting to ready to draining', () => {
    const health = new Health();
    for (const state of ['loading', 'checking', 'ready', 'draining'] as const) health.enter(state);
    expect(health.state).toBe('draining');
  });

  test.each([
    { steps: [] as const, to: 'ready' },
    { steps: ['loading'] as const, to: 'ready' },
    { steps: ['loading', 'checking', 'ready'] as const, to: 'loading' },
    { steps: ['draining'] as const, to: 'ready' },
    { steps: ['failed'] as const, to: 'ready' },
  ] as const)('cannot go from $steps to $to', ({ steps, to }) => {
    const health = new Health();
    for (const step of steps) health.enter(step);
    const before = health.state;
    expect(() => health.enter(to)).toThrow(`expected a state that follows ${before}, got ${to}`);
    expect(health.state).toBe(before);
  });
});

test('a line is short, whatever a model or a caller brings', () => {
  const lines: string[] = [];
  const log = createLogger('info', { write: (line) => lines.push(line) });
  const long = 'x'.repeat(1_000_000);
  const cause = Object.assign(new Error(long), { rows: Array(10_000).fill(long) });
  log.error({ err: new Error('failed', { cause }), remark: long, causes: Array(10_000).fill(long) }, 'm');
  log.error({ err: cause, deep: JSON.parse('[1,'.repeat(1000) + '1' + ']'.repeat(1000)) }, 'm');
  for (const line of lines) expect(line.length).toBeLessThan(200_000);
  const { err, remark } = JSON.parse(lines[0] ?? '');
  expect(err.message).toMatch(/^failed: x+… \d+ more characters$/);
  expect(remark).toMatch(/^x{4000}… 996000 more characters$/);
});
