/** When nothing waits for an operation any more, and what is done about it then: all of it as `plan` decides. */
import { describe, expect, it } from 'vitest';
import type { Observed } from '../../../../functions/release/decisions.ts';
import type { Ledger, Pending, Previous, RefusalEntry } from '../../../../functions/release/ledger/ledger.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
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
} from '../../../support/samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const service = serviceChurn();
const [before, candidate] = [deployedOf(0), deployedOf(1)];

const alone = endpointWith([before], { [before.id]: 100 });
const shown = endpointWith([before, candidate], { [before.id]: 100 });
const passed = endpointWith([before, candidate], { [before.id]: 100 }, '2');
const served = endpointWith([before, candidate], { [before.id]: 90, [candidate.id]: 10 });

function pendingOf(kind: Pending['kind'], change: Partial<Pending> = {}): Pending {
  return { kind, subject: candidate.id, name: 'op', since: NOW, ...change };
}

function refusalOf(asked: string, change: Partial<RefusalEntry> = {}): RefusalEntry {
  const times = { since: NOW, at: NOW + HOUR, count: 20, notBefore: NOW };
  return {
    asked,
    code: 'GOOGLE_DENIED',
    detail: 'PERMISSION_DENIED: no',
    patience: 'minutes',
    ...times,
    ...change,
  };
}

function operation(change: Partial<Operation> = {}): Operation {
  return { name: 'op', done: false, error: null, stage: null, tookMs: null, ...change };
}

const decide = (ledger: Ledger, seen: Observed, minutes: number) =>
  plan(service, ledger, seen, NOW + minutes * MINUTE);

const deploying = releasing({ live: liveOf(0), pending: pendingOf('deploy') });
const aborted = releasing(
  { live: liveOf(0), pending: pendingOf('deploy') },
  { goingBack: causeOf('ABORTED', 'incident') },
);
const previous: Previous = { live: liveOf(-1), until: NOW + HOUR, retired: false };
const rollback = requestOf(3, { rollback: { from: liveOf(0).request.id, deployedModel: deployedOf(-1).id } });
const DEADLINE = service.rollout.deadlineMs / MINUTE;

describe('an operation is waited for', () => {
  it.each<{ what: string; ledger: Ledger; seen: Observed; minutes: number; expected: object }>([
    {
      what: 'until the deadline',
      ledger: deploying,
      seen: {},
      minutes: DEADLINE,
      expected: { do: 'look', at: 'operation' },
    },
    {
      what: 'no longer, once it has been looked at',
      ledger: deploying,
      seen: {},
      minutes: DEADLINE + 1,
      expected: { do: 'look', at: 'operation' },
    },
    {
      what: 'to its end, where that is just what is seen',
      ledger: deploying,
      seen: { endpoints: [shown], operation: operation({ done: true }) },
      minutes: DEADLINE + 1,
      expected: { change: { type: 'deployed' } },
    },
    {
      what: 'no longer at its end, where nobody can tell what it has brought about',
      ledger: { ...deploying, refusals: [refusalOf('look versions', { count: 1 })] },
      seen: { endpoints: [alone], operation: operation({ done: true }) },
      minutes: DEADLINE + 1,
      expected: { change: { type: 'operationAbandoned' } },
    },
    {
      what: 'no longer, once the endpoint has been looked at, too',
      ledger: deploying,
      seen: { operation: operation() },
      minutes: DEADLINE + 1,
      expected: { do: 'look', at: 'endpoints' },
    },
    {
      what: 'no longer',
      ledger: deploying,
      seen: { endpoints: [alone], operation: operation() },
      minutes: DEADLINE + 1,
      expected: { change: { type: 'operationAbandoned', isHopeless: true } },
    },
    {
      what: 'no longer, behind the fence',
      ledger: deploying,
      seen: { endpoints: [passed], operation: operation() },
      minutes: DEADLINE + 1,
      expected: { do: 'fence' },
    },
    {
      what: 'no longer, with its model there',
      ledger: deploying,
      seen: { endpoints: [shown], operation: operation() },
      minutes: DEADLINE + 1,
      expected: { change: { type: 'operationAbandoned' } },
    },
    {
      what: 'not where its model has traffic',
      ledger: deploying,
      seen: { endpoints: [served], operation: operation() },
      minutes: DEADLINE + 1,
      expected: { change: { type: 'deployed' } },
    },
    {
      what: 'on hold, however long it takes',
      ledger: { ...deploying, hold: { since: NOW, reason: '' } },
      seen: {},
      minutes: DEADLINE + 99,
      expected: { do: 'look', at: 'operation' },
    },
    {
      what: 'not where somebody has ended its release',
      ledger: aborted,
      seen: { endpoints: [alone] },
      minutes: 1,
      expected: { change: { type: 'operationAbandoned', isHopeless: false } },
    },
    {
      what: 'not where it is an upload, without a look',
      ledger: { ...aborted, pending: pendingOf('upload') },
      seen: {},
      minutes: 1,
      expected: { change: { type: 'operationAbandoned' } },
    },
    {
      what: 'not where the standby is wanted',
      ledger: { ...deploying, previous, queue: [rollback] },
      seen: { endpoints: [alone] },
      minutes: 1,
      expected: { change: { type: 'operationAbandoned', isHopeless: false } },
    },
    {
      what: 'where the standby has been retired',
      ledger: { ...deploying, previous: { ...previous, retired: true }, queue: [rollback] },
      seen: {},
      minutes: 1,
      expected: { do: 'look', at: 'operation' },
    },
    {
      what: 'also where something newer waits',
      ledger: { ...deploying, queue: [requestOf(5)] },
      seen: {},
      minutes: 1,
      expected: { do: 'look', at: 'operation' },
    },
    {
      what: 'not where the copy of a model can not be looked at for long',
      ledger: { ...deploying, pending: pendingOf('upload'), refusals: [refusalOf('look model')] },
      seen: {},
      minutes: 61,
      expected: { do: 'look', at: 'operation' },
    },
    {
      what: 'not where the copy of a model can not be looked at for long, after a last look',
      ledger: { ...deploying, pending: pendingOf('upload'), refusals: [refusalOf('look model')] },
      seen: { operation: operation() },
      minutes: 61,
      expected: { change: { type: 'operationAbandoned', isHopeless: true } },
    },
    {
      what: 'not where it can not be looked at for long',
      ledger: { ...deploying, refusals: [refusalOf('look operation')] },
      seen: { endpoints: [alone] },
      minutes: 61,
      expected: { change: { type: 'operationAbandoned', isHopeless: true } },
    },
    {
      what: 'not where nothing can be looked at',
      ledger: { ...deploying, refusals: [refusalOf('look operation'), refusalOf('look endpoints')] },
      seen: {},
      minutes: 61,
      expected: { change: { type: 'operationAbandoned' } },
    },
    {
      what: 'not where it is a clean-up of half an hour',
      ledger: ledgerWith({ endpoint: ENDPOINT, live: liveOf(0), pending: pendingOf('undeploy') }),
      seen: { operation: operation() },
      minutes: 31,
      expected: { change: { type: 'operationAbandoned', isHopeless: true } },
    },
    {
      what: 'not where it is a clean-up and the standby is wanted',
      ledger: ledgerWith({
        endpoint: ENDPOINT,
        live: liveOf(0),
        previous,
        queue: [rollback],
        pending: pendingOf('undeploy'),
      }),
      seen: {},
      minutes: 1,
      expected: { change: { type: 'operationAbandoned', isHopeless: false } },
    },
  ])('$what', ({ ledger, seen, minutes, expected }) => {
    expect(decide(ledger, seen, minutes)).toMatchObject(expected);
  });

  it('and what was waited for is told, with the stage it had reached', () => {
    const seen = { endpoints: [alone], operation: operation({ stage: 'STARTING_MODEL_SERVER' }) };
    expect(decide(aborted, seen, 7)).toMatchObject({
      change: { detail: 'deploy has not ended after 7 minutes (STARTING_MODEL_SERVER)' },
    });
    expect(decide({ ...aborted, pending: pendingOf('deploy', { name: null }) }, seen, 7)).toMatchObject({
      change: { detail: expect.stringContaining('Vertex AI has not said what became of the call deploy') },
    });
  });

  it('and with what it was refused for before, where its reply was lost', () => {
    const lost = pendingOf('upload', { name: null });
    const ledger = { ...aborted, pending: lost, refusals: [refusalOf('upload', { count: 2 })] };
    expect(decide(ledger, {}, 7)).toMatchObject({
      change: { type: 'operationAbandoned', detail: expect.stringContaining('PERMISSION_DENIED: no') },
    });
  });
});
