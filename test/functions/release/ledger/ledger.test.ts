import { describe, expect, it } from 'vitest';
import { Problem } from '../../../../functions/errors.ts';
import { emptyLedger, LEDGER_BYTES_MAX, parseLedger } from '../../../../functions/release/ledger/ledger.ts';
import { outcomeOf, withOutcome } from '../../../../functions/release/ledger/outcomes.ts';
import { compareOrder, hasWork, newest } from '../../../../functions/release/ledger/queries.ts';
import { ledgerWith, NOW, releaseOf, requestOf } from '../../../support/samples.ts';

const LIVE = { result: 'Live', cause: null } as const;

describe('parseLedger', () => {
  const full = ledgerWith({
    queue: [requestOf(2)],
    release: releaseOf(1),
    live: { request: requestOf(0), attempt: 1, deployedModel: '1234567890', since: NOW },
    pending: { kind: 'deploy', subject: '1234567890', name: 'projects/p/operations/1', since: NOW },
    lease: { by: 'a', until: NOW },
    outcomes: [outcomeOf(requestOf(0), NOW, LIVE)],
  });

  it('reads what was written', () => {
    expect(parseLedger(JSON.stringify(full), 'churn')).toEqual(full);
    const empty = emptyLedger('churn', NOW);
    expect(parseLedger(JSON.stringify(empty), 'churn')).toEqual(empty);
  });

  it.each<[string, string]>([
    ['an empty object of the bucket', ''],
    ['cut', JSON.stringify(full).slice(0, -10)],
    ['JSON null', 'null'],
    ['an array', '[]'],
    ['an empty object', '{}'],
    ['of another service', JSON.stringify({ ...full, service: 'fraud' })],
    ['of an older schema', JSON.stringify({ ...full, schema: 0 })],
    ['of a newer schema', JSON.stringify({ ...full, schema: 2 })],
    ['with an epoch below zero', JSON.stringify({ ...full, epoch: -1 })],
    ['with an epoch that is text', JSON.stringify({ ...full, epoch: '3' })],
    [
      'with an epoch that is too large to be a number',
      JSON.stringify(full).replace('"epoch":3', '"epoch":1e400'),
    ],
    [
      'with an operation of a kind that is not known',
      JSON.stringify({ ...full, pending: { ...full.pending, kind: 'explode' } }),
    ],
    [
      'with a generation that is a number',
      JSON.stringify({ ...full, queue: [{ ...requestOf(1), generation: 1001 }] }),
    ],
    [
      'with 33 requests that wait',
      JSON.stringify({ ...full, queue: Array.from({ length: 33 }, (_, i) => requestOf(i)) }),
    ],
    ['without a field', JSON.stringify({ ...full, tidy: undefined })],
    ['with only a prototype', `{"__proto__":${JSON.stringify(full)}}`],
    ['too large', JSON.stringify({ ...full, padding: 'x'.repeat(LEDGER_BYTES_MAX) })],
    ['deep', '['.repeat(100_000)],
  ])('stops at one that is %s', (_, text) => {
    expect(() => parseLedger(text, 'churn')).toThrow(
      expect.objectContaining({ name: 'Problem', code: 'LEDGER_UNREADABLE' }),
    );
  });

  it('keeps the cause, and tells nothing of the content', () => {
    const error = (() => {
      try {
        return parseLedger('{"secret', 'churn');
      } catch (caught) {
        return caught;
      }
    })();
    expect(error).toBeInstanceOf(Problem);
    expect(error).toMatchObject({ cause: expect.any(SyntaxError), detail: 'service churn: expected JSON' });
  });

  it('lets no key named __proto__ change what it reads', () => {
    const text = JSON.stringify(full).replace('{', '{"__proto__":{"epoch":99,"polluted":true},');
    const ledger = parseLedger(text, 'churn');
    expect(ledger.epoch).toBe(3);
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });
});

describe('compareOrder', () => {
  it.each([
    ['the time counts first', { at: 1, tie: '9' }, { at: 2, tie: '1' }],
    ['then the generation, as a number', { at: 1, tie: '9' }, { at: 1, tie: '10' }],
    [
      'and beyond what a double holds',
      { at: 1, tie: '9007199254740992' },
      { at: 1, tie: '9007199254740993' },
    ],
  ])('%s', (_, earlier, later) => {
    expect(compareOrder(earlier, later)).toBeLessThan(0);
    expect(compareOrder(later, earlier)).toBeGreaterThan(0);
    expect(compareOrder(later, { ...later })).toBe(0);
  });

  it('makes the newest the one wanted last, whenever it came', () => {
    expect(newest([requestOf(2), requestOf(3), requestOf(1)])?.id).toBe(requestOf(3).id);
    expect(newest([])).toBeNull();
  });
});

describe('hasWork', () => {
  const told = { ...outcomeOf(requestOf(1), NOW, LIVE), announced: true };
  const pending = { kind: 'upload', subject: 's', name: null, since: NOW } as const;
  const live = { request: requestOf(1), attempt: 1, deployedModel: '1', since: NOW };

  it.each([
    ['an empty ledger', ledgerWith(), false],
    ['something live, and told', ledgerWith({ live, outcomes: [told] }), false],
    ['a request that waits', ledgerWith({ queue: [requestOf(1)] }), true],
    ['a release', ledgerWith({ release: releaseOf(1) }), true],
    ['an operation', ledgerWith({ pending }), true],
    ['an outcome not told', ledgerWith({ outcomes: [{ ...told, announced: false }] }), true],
  ])('%s: %s', (_, ledger, expected) => {
    expect(hasWork(ledger)).toBe(expected);
  });
});

describe('withOutcome', () => {
  it('keeps the newest twenty that were told, and those not told beyond', () => {
    let ledger = ledgerWith({ outcomes: [outcomeOf(requestOf(0), NOW, LIVE)] });
    for (let n = 1; n <= 40; n += 1) {
      ledger = withOutcome(ledger, { ...outcomeOf(requestOf(n), NOW, LIVE), announced: true });
    }
    expect(ledger.outcomes).toHaveLength(21);
    expect(ledger.outcomes[0]?.release).toBe(requestOf(40).id);
    expect(ledger.outcomes.at(-1)?.release).toBe(requestOf(0).id);
  });

  it('never drops one that was not told', () => {
    let ledger = ledgerWith();
    for (let n = 0; n < 60; n += 1) {
      const isTold = n % 3 === 0;
      ledger = withOutcome(ledger, { ...outcomeOf(requestOf(n), NOW, LIVE), announced: isTold });
    }
    const untold = ledger.outcomes.filter(({ announced }) => !announced).map(({ release }) => release);
    const expected = Array.from({ length: 60 }, (_, n) => n).filter((n) => n % 3 !== 0);
    expect(untold.toReversed()).toEqual(expected.map((n) => requestOf(n).id));
  });
});
