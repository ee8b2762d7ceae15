import { describe, expect, it } from 'vitest';
import {
  FEWEST,
  isPutOff,
  isRefusedUntilLater,
  lastingRefusal,
  longRefusal,
  nextTry,
  refusalOf,
  restBefore,
  WAITED_OUT,
  withoutRefusal,
  withoutRefusals,
  withRefusal,
} from '../../../../functions/release/refusals/lasting.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { outcomeOf } from '../../../../functions/release/ledger/outcomes.ts';
import type { Asked, Patience, Refusal } from '../../../../functions/release/refusals/refusal.ts';
import { ledgerWith, NOW, releasing, requestOf } from '../../../support/samples.ts';

const MINUTE = 60_000;

function refusal(patience: Patience = 'minutes', detail = 'PERMISSION_DENIED: no'): Refusal {
  return { code: 'GOOGLE_DENIED', detail, patience };
}

/** Refused so many times, evenly over that time. */
function refused(
  before: Ledger,
  asked: Asked,
  times: number,
  overMs: number,
  patience: Patience = 'minutes',
): Ledger {
  let ledger = before;
  for (let n = 0; n < times; n += 1) {
    const at = NOW + (times === 1 ? 0 : Math.round((overMs * n) / (times - 1)));
    ledger = withRefusal(ledger, asked, refusal(patience), at, () => 0.5);
  }
  return ledger;
}

describe('a refusal', () => {
  it('is counted, with the last words, since the first of its kind', () => {
    const ledger = withRefusal(
      refused(releasing(), 'upload', 3, 9_000),
      'upload',
      refusal('minutes', 'and again'),
      NOW + 20_000,
      () => 0,
    );
    expect(ledger.refusals).toMatchObject([
      { asked: 'upload', code: 'GOOGLE_DENIED', detail: 'and again', since: NOW, at: NOW + 20_000, count: 4 },
    ]);
  });

  it('of another kind has its own time', () => {
    const ledger = withRefusal(
      refused(releasing(), 'upload', 9, MINUTE),
      'upload',
      refusal('deadline'),
      NOW + 2 * MINUTE,
      () => 0,
    );
    expect(refusalOf(ledger, 'upload')).toMatchObject({
      since: NOW,
      count: 10,
      ofKind: { since: NOW + 2 * MINUTE, count: 1 },
    });
  });

  it('of one call says nothing of another', () => {
    const ledger = refused(refused(releasing(), 'upload', 2, 0), 'deploy', 1, 0);
    expect(ledger.refusals?.map(({ asked, count }) => [asked, count])).toEqual([
      ['upload', 2],
      ['deploy', 1],
    ]);
    expect(withoutRefusal(ledger, 'upload').refusals).toMatchObject([{ asked: 'deploy' }]);
  });

  it('is gone with the success of its call, and leaves no trace', () => {
    const ledger = refused(releasing(), 'upload', 2, 0);
    expect(withoutRefusal(ledger, 'upload')).toEqual(releasing());
    expect(withoutRefusal(ledger, 'deploy')).toBe(ledger);
  });

  it('ends with its release, but for that of the events topic', () => {
    const ledger = refused(refused(releasing(), 'upload', 2, 0), 'announce', 1, 0);
    expect(withoutRefusals(ledger).refusals).toMatchObject([{ asked: 'announce' }]);
    expect(withoutRefusals(refused(releasing(), 'upload', 2, 0))).toEqual(releasing());
  });

  it('has bounded words without control characters', () => {
    const ledger = withRefusal(
      releasing(),
      'upload',
      refusal('minutes', `\u0000${'x'.repeat(5_000)}`),
      NOW,
      () => 0,
    );
    expect(refusalOf(ledger, 'upload')?.detail).toMatch(/^ x{599}$/);
  });

  it('by a clock that went back is no older than it is', () => {
    const ledger = withRefusal(
      refused(releasing(), 'upload', 1, 0),
      'upload',
      refusal(),
      NOW - MINUTE,
      () => 0,
    );
    expect(refusalOf(ledger, 'upload')).toMatchObject({ since: NOW - MINUTE, count: 2 });
  });
});

describe('the next try', () => {
  it.each<{ what: string; ledger: Ledger; asked: Asked; times: number; least: number; most: number }>([
    {
      what: 'soon after the first',
      ledger: releasing(),
      asked: 'upload',
      times: 1,
      least: 1_000,
      most: 2_000,
    },
    {
      what: 'within a minute after many',
      ledger: releasing(),
      asked: 'upload',
      times: 30,
      least: 1_000,
      most: 60_000,
    },
    {
      what: 'within five minutes after very many',
      ledger: releasing(),
      asked: 'upload',
      times: 99,
      least: 1_000,
      most: 300_000,
    },
    {
      what: 'after hours where nothing waits for it',
      ledger: ledgerWith(),
      asked: 'fence',
      times: 40,
      least: 18_000_000,
      most: 21_600_000,
    },
    {
      what: 'before the next sweep for a look',
      ledger: ledgerWith(),
      asked: 'look endpoints',
      times: 40,
      least: 1_000,
      most: 300_000,
    },
    {
      what: 'after ten minutes for an announcement',
      ledger: ledgerWith(),
      asked: 'announce',
      times: 30,
      least: 600_000,
      most: 600_000,
    },
    {
      what: 'after half an hour for an old one',
      ledger: ledgerWith(),
      asked: 'announce',
      times: 70,
      least: 1_800_000,
      most: 1_800_000,
    },
  ])('is due $what', ({ ledger, asked, times, least, most }) => {
    for (const chance of [0, 0.5, 1 - Number.EPSILON]) {
      const last = withRefusal(refused(ledger, asked, times - 1, 0), asked, refusal(), NOW, () => chance);
      const pause = (refusalOf(last, asked)?.notBefore ?? 0) - NOW;
      expect(pause).toBeGreaterThanOrEqual(least);
      expect(pause).toBeLessThanOrEqual(most);
      expect(Number.isInteger(pause)).toBe(true);
      expect(isRefusedUntilLater(last, asked, NOW)).toBe(true);
      expect(isRefusedUntilLater(last, asked, NOW + pause)).toBe(false);
    }
  });

  it('is what a tick stays awake for, but not for what a sweep asks', () => {
    const few = refused(ledgerWith(), 'fence', 3, 0);
    expect(nextTry(few, NOW)).toBe(refusalOf(few, 'fence')?.notBefore);
    expect(nextTry(refused(ledgerWith(), 'fence', 16, 0), NOW)).toBeNull();
    expect(nextTry(ledgerWith(), NOW)).toBeNull();
    expect(nextTry(few, NOW + 10 * MINUTE)).toBeNull();
  });

  it('is what a tick stays awake for longer where the end of a release is to be told', () => {
    const ofAnEnd = refused(
      ledgerWith({ outcomes: [outcomeOf(requestOf(1), NOW, { result: 'Live', cause: null })] }),
      'announce',
      16,
      0,
    );
    expect(nextTry(ofAnEnd, NOW)).toBe(refusalOf(ofAnEnd, 'announce')?.notBefore);
    expect(nextTry(refused(ledgerWith(), 'announce', 16, 0), NOW)).toBeNull();
  });

  it('of an announcement is put off after some hours', () => {
    expect(isPutOff(refused(ledgerWith(), 'announce', 59, 0), 'announce')).toBe(false);
    expect(isPutOff(refused(ledgerWith(), 'announce', 60, 0), 'announce')).toBe(true);
  });
});

describe('a refusal that lasts', () => {
  it.each<{ patience: Patience; times: number; overMs: number; lasts: boolean }>([
    { patience: 'none', times: 1, overMs: 0, lasts: true },
    { patience: 'minutes', times: FEWEST, overMs: WAITED_OUT.minutes, lasts: true },
    { patience: 'minutes', times: FEWEST - 1, overMs: WAITED_OUT.minutes, lasts: false },
    { patience: 'minutes', times: FEWEST, overMs: WAITED_OUT.minutes - 1, lasts: false },
    { patience: 'provisioning', times: FEWEST, overMs: WAITED_OUT.minutes, lasts: false },
    { patience: 'provisioning', times: FEWEST, overMs: WAITED_OUT.provisioning, lasts: true },
    { patience: 'deadline', times: 500, overMs: 86_400_000, lasts: false },
  ])('$patience, $times times over $overMs ms: $lasts', ({ patience, times, overMs, lasts }) => {
    const ledger = refused(releasing(), 'upload', times, overMs, patience);
    const expected = lasts ? { code: 'GOOGLE_DENIED', detail: 'PERMISSION_DENIED: no' } : null;
    expect(lastingRefusal(ledger, 'deploy', 'upload')).toEqual(expected);
    expect(lastingRefusal(ledger, 'deploy')).toBeNull();
  });

  it('is none while an operation that nobody waits for may be its reason', () => {
    const abandoned = (until: number) => [
      { kind: 'deploy', subject: '1', name: 'op', since: NOW, until } as const,
    ];
    const ledger = refused(releasing({ abandoned: abandoned(NOW + 11 * MINUTE) }), 'deploy', 9, 10 * MINUTE);
    expect(lastingRefusal(ledger, 'deploy')).toBeNull();
    expect(lastingRefusal({ ...ledger, abandoned: abandoned(NOW) }, 'deploy')).not.toBeNull();
  });

  it('is one of a read, whatever operations are at work', () => {
    const abandoned = [
      { kind: 'deploy', subject: '1', name: 'op', since: NOW, until: NOW + 11 * MINUTE } as const,
    ];
    const ledger = refused(releasing({ abandoned: [...abandoned] }), 'look operation', 9, 10 * MINUTE);
    expect(lastingRefusal(ledger, 'look operation')).not.toBeNull();
  });

  it('of an unknown code is none of ours', () => {
    const ledger = refused(releasing(), 'upload', 1, 0, 'none');
    const strange = {
      ...ledger,
      refusals: ledger.refusals?.map((entry) => ({ ...entry, code: 'OF_A_LATER_BUILD' })) ?? [],
    };
    expect(lastingRefusal(strange, 'upload')?.code).toBe('DEADLINE_EXCEEDED');
  });

  it('has one time for the two names of a call, where they are of one kind', () => {
    const shifted = refused(releasing(), 'shift', 20, 11 * MINUTE);
    const fenced = (patience: Patience, at: number) =>
      withRefusal(shifted, 'fence', refusal(patience), NOW + at * MINUTE, () => 0);
    expect(lastingRefusal(shifted, 'fence')).toBeNull();
    expect(lastingRefusal(fenced('minutes', 12), 'fence')).not.toBeNull();
    expect(lastingRefusal(fenced('deadline', 12), 'fence')).toBeNull();
    expect(lastingRefusal(fenced('minutes', 60), 'fence')).toBeNull();
    expect(longRefusal(fenced('deadline', 12), 'fence')).not.toBeNull();
    expect(longRefusal(fenced('deadline', 60), 'fence')).toBeNull();
  });

  it('is long after ten minutes, whatever its kind', () => {
    expect(longRefusal(refused(releasing(), 'shift', 9, 10 * MINUTE, 'deadline'), 'shift')?.count).toBe(9);
    expect(longRefusal(refused(releasing(), 'shift', 9, 9 * MINUTE, 'deadline'), 'shift')).toBeNull();
    expect(longRefusal(refused(releasing(), 'shift', 5, 10 * MINUTE, 'deadline'), 'shift')).toBeNull();
  });
});

describe('restBefore', () => {
  it('grows from seconds to six hours, with a jitter of a tenth', () => {
    const rests = Array.from({ length: 12 }, (_, n) => restBefore(n + 1, () => 0));
    expect(rests.every((ms, n) => n === 0 || ms >= (rests[n - 1] ?? 0))).toBe(true);
    expect(rests[0]).toBe(9_000);
    expect(rests.at(-1)).toBe(0.9 * 21_600_000);
    expect(restBefore(1, () => 1 - Number.EPSILON)).toBe(10_000);
    expect(restBefore(999, () => 1 - Number.EPSILON)).toBe(21_600_000);
  });
});
