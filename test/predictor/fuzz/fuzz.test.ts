/** A short fuzz of every kind of model, on both threads; `npm run fuzz:predictor` is the long one. */
import { expect, test } from 'vitest';
import { runCampaign } from './campaign.ts';
import { KINDS } from './kinds.ts';
import { startHere } from './target.ts';

const REQUESTS = 30;

test(
  'whatever callers do, every request gets its answer, on both threads',
  { timeout: 240_000 },
  async () => {
    const totals = await runCampaign({
      seed: 20_261_127,
      callers: 6,
      requestsPerRound: REQUESTS,
      start: startHere,
      // The callers run in the server's own thread here, on a machine that may be busy.
      replyMs: 20_000,
      healthMs: 20_000,
      goesOn: (_, rounds) => rounds < KINDS.length * 2,
    });
    expect(totals.flatMap(({ violations }) => violations)).toEqual([]);
    const idle = totals.filter(
      ({ requests, statuses }) => requests < REQUESTS || (statuses['200'] ?? 0) < REQUESTS / 3,
    );
    expect(idle).toEqual([]);
  },
);
