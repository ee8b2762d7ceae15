import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { accept, supersede } from '../../../../functions/release/requests/accept.ts';
import { remembered, withFailedArtifact } from '../../../../functions/release/requests/identity.ts';
import {
  LEDGER_BYTES_MAX,
  parseLedger,
  type Ledger,
  type Request,
} from '../../../../functions/release/ledger/ledger.ts';
import { isFull } from '../../../../functions/release/ledger/outcomes.ts';
import { ledgerWith, NOW, releaseOf, requestOf } from '../../../support/samples.ts';

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
    ['is in progress', ledgerWith({ release: releaseOf(1) })],
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

  it('lets one wait that is older than the release in progress: that may fail', () => {
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
    expect(text.length).toBeLessThan(LEDGER_BYTES_MAX);
    expect(parseLedger(text, 'churn').queue).toHaveLength(16);
  });
});

describe('an artifact that lands again', () => {
  const known = { checksum: 'crc32c:AAAA/5' };
  const again = (n: number, change: Partial<Request> = {}) =>
    requestOf(n, {
      id: 'r-again',
      generation: '99',
      order: { at: NOW + 9_999_000, tie: '99' },
      ...known,
      ...change,
    });
  const released = accept(ledgerWith(), requestOf(1, known), NOW).ledger;
  const failed = withFailedArtifact({ ...released, queue: [] }, requestOf(1, known));

  it.each<{ what: string; ledger: Ledger; request: Request; verdict: string }>([
    { what: 'while it waits', ledger: released, request: again(1), verdict: 'known' },
    {
      what: 'after it was released',
      ledger: { ...released, queue: [] },
      request: again(1),
      verdict: 'same',
    },
    {
      what: 'while it is live, and remembered by nobody',
      ledger: ledgerWith({ live: { ...live(1), request: requestOf(1, known) } }),
      request: again(1),
      verdict: 'same',
    },
    { what: 'after its release failed', ledger: failed, request: again(1), verdict: 'accepted' },
    {
      what: 'with other content',
      ledger: { ...released, queue: [] },
      request: again(1, { checksum: 'crc32c:BBBB/5' }),
      verdict: 'accepted',
    },
    {
      what: 'under another name',
      ledger: { ...released, queue: [] },
      request: again(2),
      verdict: 'accepted',
    },
    {
      what: 'without a checksum',
      ledger: { ...released, queue: [] },
      request: requestOf(1, { id: 'r-again', generation: '99' }),
      verdict: 'accepted',
    },
    {
      what: 'asked for by a person',
      ledger: { ...released, queue: [] },
      request: again(1, { askedBy: 'request' }),
      verdict: 'accepted',
    },
    {
      what: 'told by a pipeline',
      ledger: { ...released, queue: [] },
      request: again(1, { askedBy: 'pipeline' }),
      verdict: 'same',
    },
  ])('$what: $verdict', ({ ledger, request, verdict }) => {
    const found = accept(ledger, request, NOW);
    expect(found.verdict).toBe(verdict);
    expect(found.ledger === ledger).toBe(verdict !== 'accepted');
  });

  it('keeps its order, so that what is newer stays live', () => {
    const ledger = { ...failed, live: live(5) };
    expect(accept(ledger, again(1), NOW)).toMatchObject({ verdict: 'older', ledger: { queue: [] } });
    expect(accept(failed, again(1), NOW).ledger.queue).toMatchObject([
      { order: { at: requestOf(1).order.at } },
    ]);
  });

  it('has the order of the message where a person asks for it, and is remembered by when it landed', () => {
    const asked = again(1, { askedBy: 'request' });
    const { ledger } = accept(ledgerWith(), asked, NOW, NOW + 7);
    expect(ledger.queue).toEqual([asked]);
    expect(remembered(ledger, asked)).toEqual({ at: NOW + 7, hasFailed: false });
  });
});

describe('while so much waits to be announced', () => {
  const full = Array.from({ length: 32 }, (_, n) => n).reduce(
    (ledger, n) => supersede(ledger, requestOf(n), NOW),
    ledgerWith(),
  );

  it('nothing is taken in, and nothing is lost', () => {
    expect(isFull(full)).toBe(true);
    expect(accept(full, requestOf(99), NOW)).toEqual({ ledger: full, verdict: 'full' });
  });

  it('what is known is known all the same', () => {
    expect(accept(full, requestOf(3), NOW).verdict).toBe('known');
  });

  it('there is room again once one is told', () => {
    const [first, ...rest] = full.outcomes;
    const told = { ...full, outcomes: [...rest, ...(first ? [{ ...first, announced: true }] : [])] };
    expect(isFull(told)).toBe(false);
    expect(accept(told, requestOf(99), NOW).verdict).toBe('accepted');
  });
});
