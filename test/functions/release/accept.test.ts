import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accept, supersede } from '../../../functions/release/accept.ts';
import { LEDGER_MAX_BYTES, parseLedger, type Ledger } from '../../../functions/release/ledger.ts';
import { ledgerWith, NOW, releaseOf, requestOf } from './samples.ts';

const live = (n: number) => ({ request: requestOf(n), attempt: 1, deployedModel: '1', since: NOW });

function acceptAll(ledger: Ledger, numbers: readonly number[]): Ledger {
  return numbers.reduce((before, n) => accept(before, requestOf(n), NOW).ledger, ledger);
}

describe('accept', () => {
  it('lets a request wait', () => {
    const { ledger, verdict } = accept(ledgerWith(), requestOf(1), NOW);
    expect(verdict).toBe('accepted');
    expect(ledger.queue).toEqual([requestOf(1)]);
  });

  it.each([
    ['waits already', ledgerWith({ queue: [requestOf(1)] })],
    ['is under way', ledgerWith({ release: releaseOf(1) })],
    ['is live', ledgerWith({ live: live(1) })],
    ['has come to its end', supersede(ledgerWith(), requestOf(1), NOW)],
  ])('leaves the ledger as it is when the request %s', (_, before) => {
    const { ledger, verdict } = accept(before, requestOf(1), NOW);
    expect(verdict).toBe('known');
    expect(ledger).toBe(before);
  });

  it('accounts for one that was wanted before what is live, and never lets it wait', () => {
    const { ledger, verdict } = accept(ledgerWith({ live: live(5) }), requestOf(3), NOW);
    expect(verdict).toBe('older');
    expect(ledger.queue).toEqual([]);
    expect(ledger.outcomes).toMatchObject([
      {
        release: requestOf(3).id,
        result: 'Superseded',
        cause: { detail: `superseded by ${requestOf(5).id}` },
      },
    ]);
  });

  it('lets one wait that is older than the release under way: that may fail', () => {
    const { verdict } = accept(ledgerWith({ release: releaseOf(5) }), requestOf(3), NOW);
    expect(verdict).toBe('accepted');
  });

  it('lets the oldest give way when too many wait, and says so', () => {
    const ledger = acceptAll(ledgerWith(), [5, 3, ...Array.from({ length: 15 }, (_, i) => 10 + i)]);
    expect(ledger.queue).toHaveLength(16);
    expect(ledger.queue.map((r) => r.id)).not.toContain(requestOf(3).id);
    expect(ledger.outcomes).toMatchObject([{ release: requestOf(3).id, result: 'Superseded' }]);
  });

  it('comes to the same in whatever order requests arrive, and however often', () => {
    const numbers = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 });
    fc.assert(
      fc.property(numbers, fc.integer({ min: -1, max: 20 }), (arrivals, alive) => {
        const start = ledgerWith(alive < 0 ? {} : { live: live(alive) });
        const expected = [...new Set(arrivals)]
          .filter((n) => n > alive)
          .toSorted((a, b) => b - a)
          .slice(0, 16);
        const waiting = acceptAll(start, arrivals).queue.map((r) => r.order.at);
        expect(waiting.toSorted((a, b) => b - a)).toEqual(expected.map((n) => requestOf(n).order.at));
      }),
    );
  });

  it('stays within the bounds of a ledger under a flood of the longest names', () => {
    let ledger = ledgerWith();
    for (let n = 0; n < 500; n += 1) {
      const marker = `churn/${String(n).padStart(4, '0')}${'"'.repeat(1_000)}/model.onnx`;
      ({ ledger } = accept(ledger, requestOf(n, { marker }), NOW));
    }
    const text = JSON.stringify(ledger);
    expect(text.length).toBeLessThan(LEDGER_MAX_BYTES);
    expect(parseLedger(text, 'churn').queue).toHaveLength(16);
  });
});
