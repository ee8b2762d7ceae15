/** Operations that nothing waits for any more: looked at now and then, and forgotten in the end. */
import { describe, expect, it } from 'vitest';
import { isExpected } from '../../../../functions/release/steps/abandon.ts';
import type { Observed } from '../../../../functions/release/decisions.ts';
import type { Abandoned, Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { plan } from '../../../../functions/release/plan.ts';
import type { Operation } from '../../../../functions/world.ts';
import {
  deployedOf,
  ENDPOINT,
  endpointWith,
  ledgerWith,
  liveOf,
  NOW,
  releasing,
  requestOf,
  serviceChurn,
  versionOf,
} from '../../../support/samples.ts';

const MINUTE = 60_000;
const service = serviceChurn();
const [before, candidate] = [deployedOf(0), deployedOf(1)];
const ALIASES = { aliases: ['live', 'default'] };

const alone = endpointWith([before], { [before.id]: 100 });

function operation(change: Partial<Operation> = {}): Operation {
  return { name: 'op', done: false, error: null, stage: null, tookMs: null, ...change };
}

const decide = (ledger: Ledger, seen: Observed, minutes: number) =>
  plan(service, ledger, seen, NOW + minutes * MINUTE);

describe('an operation that nothing waits for', () => {
  const entry: Abandoned = {
    kind: 'deploy',
    subject: deployedOf(5).id,
    name: 'op',
    since: NOW,
    until: NOW + 30 * MINUTE,
  };
  const next = releasing({ live: liveOf(0), abandoned: [entry] });
  const atRest = ledgerWith({ endpoint: ENDPOINT, live: liveOf(0), abandoned: [entry] });
  const seen: Observed = { endpoints: [alone], versions: [versionOf(1), versionOf(0, ALIASES)] };
  const looked = (change: Partial<Operation>): Observed => ({
    ...seen,
    abandoned: { of: entry, operation: operation(change) },
  });

  it.each<{ what: string; ledger: Ledger; seen: Observed; minutes: number; expected: object }>([
    {
      what: 'is looked at before the next deployment',
      ledger: next,
      seen,
      minutes: 10,
      expected: { do: 'look', at: 'abandoned' },
    },
    {
      what: 'is waited for then',
      ledger: next,
      seen: looked({}),
      minutes: 10,
      expected: { do: 'wait', ms: 30_000 },
    },
    { what: 'within reason', ledger: next, seen: looked({}), minutes: 31, expected: { do: 'deploy' } },
    {
      what: 'is forgotten with its end',
      ledger: next,
      seen: looked({ done: true }),
      minutes: 10,
      expected: { change: { type: 'abandonedOperationEnded' } },
    },
    {
      what: 'is forgotten where nobody knows it',
      ledger: next,
      seen: { ...seen, abandoned: { of: entry, operation: null } },
      minutes: 10,
      expected: { change: { type: 'abandonedOperationEnded' } },
    },
    {
      what: 'is forgotten where it has no name',
      ledger: { ...next, abandoned: [{ ...entry, name: null }] },
      seen,
      minutes: 10,
      expected: { change: { type: 'abandonedOperationEnded' } },
    },
    {
      what: 'is watched at rest',
      ledger: atRest,
      seen: looked({}),
      minutes: 80,
      expected: { do: 'wait', ms: 30_000 },
    },
    {
      what: 'is not watched for longer than an hour after that',
      ledger: atRest,
      seen: looked({}),
      minutes: 91,
      expected: { do: 'stop' },
    },
    {
      what: 'is shown for a day, and no longer',
      ledger: atRest,
      seen,
      minutes: 31 + 24 * 60,
      expected: { change: { type: 'abandonedOperationEnded' } },
    },
    {
      what: 'is looked at again where another one was',
      ledger: next,
      seen: { ...seen, abandoned: { of: { ...entry, since: NOW - 1 }, operation: operation() } },
      minutes: 10,
      expected: { do: 'look', at: 'abandoned' },
    },
  ])('$what', ({ ledger, seen: found, minutes, expected }) => {
    expect(decide(ledger, found, minutes)).toMatchObject(expected);
  });

  it('is no leftover while it may still deploy its model', () => {
    expect(isExpected(atRest, entry.subject, NOW + 89 * MINUTE)).toBe(true);
    expect(isExpected(atRest, entry.subject, NOW + 91 * MINUTE)).toBe(false);
    expect(isExpected(atRest, candidate.id, NOW)).toBe(false);
  });

  it('keeps its model from being undeployed while it may still deploy it', () => {
    const shown = endpointWith([before, deployedOf(5)], { [before.id]: 100 });
    const found = { ...looked({}), endpoints: [shown] };
    expect(decide(atRest, found, 10)).toMatchObject({ do: 'wait' });
    expect(decide(atRest, found, 91)).toMatchObject({ do: 'undeploy', id: deployedOf(5).id });
    const { abandoned: _, ...nobody } = atRest;
    expect(decide(nobody, found, 10)).toMatchObject({ do: 'undeploy', id: deployedOf(5).id });
  });

  it('that was an upload holds nothing up', () => {
    const uploading = { ...next, abandoned: [{ ...entry, kind: 'upload' } as const] };
    expect(decide(uploading, seen, 1)).toMatchObject({ do: 'deploy' });
  });
});

describe('an upload that its own release has given up', () => {
  const entry: Abandoned = { kind: 'upload', subject: requestOf(1).id, name: 'op', since: NOW, until: NOW };
  const again = releasing(
    { live: liveOf(0), abandoned: [entry] },
    { request: requestOf(1, { attempts: 1 }) },
  );
  const none: Observed = { endpoints: [alone], versions: [versionOf(0, ALIASES)] };

  it('is not repeated before its version had the time to show', () => {
    expect(decide(again, none, 1)).toMatchObject({ do: 'wait', ms: 10_000 });
    expect(decide(again, none, 3)).toMatchObject({ do: 'upload' });
  });

  it('is taken for what it made', () => {
    const seen = { ...none, versions: [versionOf(1), versionOf(0, ALIASES)] };
    expect(decide(again, seen, 1)).toMatchObject({ change: { type: 'uploaded' } });
  });

  it('of another release holds nothing up', () => {
    const other = { ...again, abandoned: [{ ...entry, subject: requestOf(2).id }] };
    expect(decide(other, none, 1)).toMatchObject({ do: 'upload' });
  });
});
