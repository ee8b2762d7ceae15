import { describe, expect, it } from 'vitest';
import { judgeMetrics } from '../../../../functions/release/gates/metrics.ts';
import type { Served } from '../../../../functions/world.ts';

const POLICY = { errorRate: 0.01, p95Ratio: 1.5, minSample: 50 };

function served(requests: number, errors = 0, p95Ms: number | null = 100): Served {
  return { requests, errors, p95Ms };
}

describe('judgeMetrics', () => {
  it.each<[string, Served | undefined, Served | null | undefined, string, string]>([
    ['is as good', served(50), served(50), 'pass', '50 requests: 0 % failed, p95 100 ms'],
    ['has no latency', served(50, 0, null), served(50), 'pass', '50 requests: 0 % failed, p95 unknown'],
    ['is alone', served(60, 0, 12.6), null, 'pass', '60 requests: 0 % failed, p95 13 ms'],
    [
      'has the live model without latency',
      served(50),
      served(50, 0, null),
      'pass',
      '50 requests: 0 % failed, p95 100 ms',
    ],
    [
      'fails a little more often',
      served(1000, 20),
      served(1000, 10),
      'pass',
      '1000 requests: 2 % failed, p95 100 ms',
    ],
    [
      'is at the limit of slowness',
      served(50, 0, 150),
      served(50),
      'pass',
      '50 requests: 0 % failed, p95 150 ms',
    ],
    [
      'fails more often',
      served(1000, 21),
      served(1000, 10),
      'fail',
      "2.1 % of the candidate's requests failed, 1 % of the live model's (at most 1 % more)",
    ],
    [
      'is alone and fails',
      served(100, 2),
      null,
      'fail',
      "2 % of the candidate's requests failed, 0 % of the live model's (at most 1 % more)",
    ],
    [
      'is slow',
      served(50, 0, 151),
      served(50),
      'fail',
      'p95 of the candidate is 151 ms, of the live model 100 ms (at most 1.5 times)',
    ],
    ['has served nothing', undefined, served(50), 'hold', 'the candidate has served 0 of 50 requests'],
    [
      'has served too little',
      served(49, 49),
      served(50),
      'hold',
      'the candidate has served 49 of 50 requests',
    ],
    [
      'has a live model that served too little',
      served(50),
      served(49),
      'hold',
      'the live model has served 49 of 50 requests',
    ],
    [
      'has a live model without figures',
      served(50),
      undefined,
      'hold',
      'the live model has served 0 of 50 requests',
    ],
  ])('%s', (_, candidate, live, verdict, reason) => {
    expect(judgeMetrics(candidate, live, POLICY)).toEqual({ verdict, reason });
  });
});
