import { describe, expect, it } from 'vitest';
import {
  ABANDONED_MAX,
  formatLedger,
  LEFTOVERS_MAX,
  parseLedger,
  type Ledger,
  type Pending,
} from '../../../../functions/release/ledger/ledger.ts';
import {
  isLeftAlone,
  isStuck,
  leftoverOf,
  untoldLeftovers,
  withAbandoned,
  withAnnounced,
  withLeftover,
  withoutAbandoned,
  withoutLeftover,
  withUngiven,
} from '../../../../functions/release/steps/leftovers.ts';
import { ledgerWith, NOW, releasing } from '../../../support/samples.ts';

const MINUTE = 60_000;
const WORDS = 'INTERNAL: Internal error encountered.';

function failed(times: number, before: Ledger = ledgerWith(), subject = '77'): Ledger {
  let ledger = before;
  for (let n = 0; n < times; n += 1)
    ledger = withLeftover(ledger, 'undeploy', subject, WORDS, false, NOW + n, () => 0.5);
  return ledger;
}

function pendingOf(kind: Pending['kind'], change: Partial<Pending> = {}): Pending {
  return { kind, subject: '77', name: 'op', since: NOW, ...change };
}

describe('what is left behind', () => {
  it('is counted since the first failure, and left alone for longer each time', () => {
    const [once, twice] = [failed(1), failed(2)];
    expect(twice.leftovers).toMatchObject([
      { kind: 'undeploy', subject: '77', since: NOW, failures: 2, detail: WORDS },
    ]);
    const due = (ledger: Ledger) => leftoverOf(ledger, 'undeploy', '77')?.notBefore ?? 0;
    expect(due(twice)).toBeGreaterThan(due(once));
    expect(isLeftAlone(once, 'undeploy', '77', due(once) - 1)).toBe(true);
    expect(isLeftAlone(once, 'undeploy', '77', due(once))).toBe(false);
    expect(isLeftAlone(once, 'deleteVersion', '77', NOW)).toBe(false);
  });

  it.each([
    { why: 'for itself', isBusy: false, most: 21_600_000 },
    { why: 'by another operation', isBusy: true, most: 10_800_000 },
  ])('is tried again after some hours, refused $why', ({ isBusy, most }) => {
    let ledger = ledgerWith();
    for (let n = 0; n < 20; n += 1)
      ledger = withLeftover(ledger, 'undeploy', '77', WORDS, isBusy, NOW, () => 1 - Number.EPSILON);
    expect(leftoverOf(ledger, 'undeploy', '77')?.notBefore).toBe(NOW + most);
  });

  it('is gone once it is cleaned up, and leaves no trace', () => {
    expect(withoutLeftover(failed(3), 'undeploy', '77')).toEqual(ledgerWith());
    const ledger = failed(1);
    expect(withoutLeftover(ledger, 'undeploy', '78')).toBe(ledger);
    expect(withoutLeftover(failed(1, failed(1), '78'), 'undeploy', '77').leftovers).toMatchObject([
      { subject: '78' },
    ]);
  });

  it('fits the ledger, however much it is and whatever is said of it', () => {
    let ledger = ledgerWith();
    for (let n = 0; n < 99; n += 1)
      ledger = withLeftover(
        ledger,
        'undeploy',
        String(n),
        `\n"${'x'.repeat(9_000)}`,
        false,
        NOW,
        () => 1 / 3,
      );
    expect(ledger.leftovers).toHaveLength(LEFTOVERS_MAX);
    expect(parseLedger(formatLedger(ledger), 'churn')).toEqual(ledger);
  });

  it('waits its turn where the ledger holds no more of them, and pushes none out', () => {
    let ledger = ledgerWith();
    for (let n = 0; n < LEFTOVERS_MAX; n += 1) ledger = failed(3, ledger, `model-${n}`);
    expect(isLeftAlone(ledger, 'undeploy', 'one-more', NOW)).toBe(true);
    const freed = withoutLeftover(ledger, 'undeploy', 'model-3');
    expect(isLeftAlone(freed, 'undeploy', 'one-more', NOW)).toBe(false);
    expect(isLeftAlone(ledger, 'undeploy', 'model-0', NOW)).toBe(true);
  });

  it('is told once, when it is a model that has failed a few times', () => {
    expect(untoldLeftovers(failed(3))).toEqual([]);
    const [leftover] = untoldLeftovers(failed(4));
    expect(leftover).toMatchObject({ subject: '77' });
    if (leftover === undefined) return;
    const told = withAnnounced(failed(4), leftover);
    expect(untoldLeftovers(told)).toEqual([]);
    expect(untoldLeftovers(failed(5, told))).toEqual([]);
    expect(withAnnounced(ledgerWith(), leftover)).toEqual(ledgerWith());
  });

  it.each(['deleteVersion', 'moveAliases'] as const)('is no bill, and not told, where it is %s', (kind) => {
    let ledger = ledgerWith();
    for (let n = 0; n < 9; n += 1) ledger = withLeftover(ledger, kind, '8', WORDS, false, NOW, () => 0);
    expect(untoldLeftovers(ledger)).toEqual([]);
  });

  it('with traffic is made good at once, with the split that was there before', () => {
    const ledger = withUngiven(ledgerWith(), '77', [['42', 100]], WORDS, NOW);
    expect(ledger.leftovers).toEqual([
      {
        kind: 'giveBack',
        subject: '77',
        since: NOW,
        failures: 1,
        notBefore: NOW,
        detail: WORDS,
        splitBefore: [['42', 100]],
      },
    ]);
    expect(isLeftAlone(ledger, 'giveBack', '77', NOW)).toBe(false);
  });
});

describe('a clean-up in progress', () => {
  it.each<{ what: string; ledger: Ledger; pending: Pending; minutes: number; stuck: boolean }>([
    {
      what: 'for half an hour',
      ledger: ledgerWith(),
      pending: pendingOf('undeploy'),
      minutes: 30,
      stuck: false,
    },
    { what: 'for longer', ledger: ledgerWith(), pending: pendingOf('undeploy'), minutes: 31, stuck: true },
    {
      what: 'that has always been slow',
      ledger: ledgerWith({ took: { undeploy: 20 * MINUTE } }),
      pending: pendingOf('undeploy'),
      minutes: 59,
      stuck: false,
    },
    {
      what: 'that has always been slow, and is slower',
      ledger: ledgerWith({ took: { undeploy: 20 * MINUTE } }),
      pending: pendingOf('undeploy'),
      minutes: 61,
      stuck: true,
    },
    {
      what: 'that failed before',
      ledger: failed(1),
      pending: pendingOf('undeploy'),
      minutes: 11,
      stuck: true,
    },
    {
      what: 'of a version',
      ledger: ledgerWith(),
      pending: pendingOf('deleteVersion'),
      minutes: 31,
      stuck: true,
    },
    {
      what: 'that is a deployment',
      ledger: releasing(),
      pending: pendingOf('deploy'),
      minutes: 600,
      stuck: false,
    },
    {
      what: 'that is an upload',
      ledger: releasing(),
      pending: pendingOf('upload'),
      minutes: 600,
      stuck: false,
    },
  ])('$what, $minutes minutes: $stuck', ({ ledger, pending, minutes, stuck }) => {
    expect(isStuck({ ...ledger, pending }, pending, NOW + minutes * MINUTE)).toBe(stuck);
  });
});

describe('an operation that nothing waits for', () => {
  it('holds up the next deployment for half an hour from its beginning, or for three times what it took', () => {
    const pending = pendingOf('deploy');
    const at = NOW + 10 * MINUTE;
    expect(withAbandoned(ledgerWith({ pending }), false, at)).toMatchObject({
      pending: null,
      abandoned: [{ kind: 'deploy', subject: '77', name: 'op', since: NOW, until: NOW + 30 * MINUTE }],
    });
    const slow = ledgerWith({ pending, took: { deploy: 20 * MINUTE } });
    expect(withAbandoned(slow, false, at).abandoned).toMatchObject([{ until: NOW + 60 * MINUTE }]);
    expect(withAbandoned(slow, true, at).abandoned).toMatchObject([{ until: at }]);
  });

  it('of a deployment takes the id with it', () => {
    const next = withAbandoned(releasing({ pending: pendingOf('deploy') }, { deployed: true }), false, NOW);
    expect(next.release).toMatchObject({ attempt: 2, deployed: false, request: { attempts: 2 } });
    const uploaded = withAbandoned(releasing({ pending: pendingOf('upload') }), false, NOW);
    expect(uploaded.release).toEqual(releasing().release);
  });

  it('is nothing where there is none', () => {
    const ledger = releasing();
    expect(withAbandoned(ledger, true, NOW)).toBe(ledger);
  });

  it('is forgotten one by one, and the oldest of many at once', () => {
    let ledger = ledgerWith();
    for (let n = 0; n < 20; n += 1)
      ledger = withAbandoned(
        { ...ledger, pending: pendingOf('deploy', { since: NOW + n, subject: String(n) }) },
        false,
        NOW,
      );
    expect(ledger.abandoned).toHaveLength(ABANDONED_MAX);
    for (const ended of ledger.abandoned ?? []) ledger = withoutAbandoned(ledger, ended);
    expect(ledger).toEqual(ledgerWith());
  });
});
