/**
 * A call whose operation ends in ALREADY_EXISTS: Vertex AI took it on, which is no success, and the one before it is
 * still at work. What both make is what shows that they have succeeded.
 */
import { describe, expect, it } from 'vitest';
import type { TickContext } from '../../../../functions/release/context.ts';
import { succeeded } from '../../../../functions/release/refusals/count-refusals.ts';
import type { Action } from '../../../../functions/release/decisions.ts';
import type { Transition } from '../../../../functions/release/ledger/transition.ts';
import type { Ledger, Pending } from '../../../../functions/release/ledger/ledger.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { refusalOf } from '../../../../functions/release/refusals/lasting.ts';
import {
  deployedOf,
  ENDPOINT,
  NOW,
  releaseOf,
  releasing,
  requestOf,
  serviceChurn,
} from '../../../support/samples.ts';

const MINUTE = 60_000;

const REFUSAL = {
  code: 'ENDPOINT_FAILED',
  detail: 'ALREADY_EXISTS: it already exists',
  patience: 'deadline',
} as const;

function apply(ledger: Ledger, change: Transition, now = NOW): Ledger {
  return applyTransition(ledger, change, now, () => 1);
}

function pendingOf(kind: Pending['kind']): Pending {
  return { kind, subject: deployedOf(1).id, name: 'op', since: NOW };
}

/** Asked for so many times, and refused by its operation each time. */
function askedFor(kind: 'createEndpoint' | 'upload' | 'deploy', times: number): Ledger {
  let ledger = releasing({ endpoint: null }, { request: requestOf(1, { attempts: 1 }) });
  for (let n = 0; n < times; n += 1)
    ledger = apply(
      { ...ledger, pending: pendingOf(kind) },
      { type: 'replyLost', refusal: { asked: kind, ...REFUSAL } },
      NOW + n * MINUTE,
    );
  return ledger;
}

/** The ledger once the call was taken on. */
function takenOn(ledger: Ledger, action: Action): Ledger {
  let after = ledger;
  const held = {
    get ledger() {
      return after;
    },
    defer: (change: (before: Ledger) => Ledger) => {
      after = change(after);
    },
  };
  // What `succeeded` needs of them.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  succeeded({ held } as unknown as TickContext, action);
  return after;
}

describe('a call that its operation refuses because it was made before', () => {
  it('is counted over all calls that were taken on, and waits longer each time', () => {
    const once = takenOn({ ...askedFor('createEndpoint', 1), pending: null }, { do: 'createEndpoint' });
    expect(refusalOf(once, 'createEndpoint')).toMatchObject({ count: 1 });
    const often = takenOn({ ...askedFor('createEndpoint', 20), pending: null }, { do: 'createEndpoint' });
    expect(refusalOf(often, 'createEndpoint')).toMatchObject({ count: 20, since: NOW });
    const now = NOW + 19 * MINUTE;
    const wait = plan(serviceChurn(), { ...often, endpoint: null }, { endpoints: [] }, now);
    expect(wait).toEqual({ do: 'wait', ms: MINUTE, why: 'refused' });
  });

  it('is past when what it makes is there', () => {
    const made = apply(askedFor('createEndpoint', 9), { type: 'endpointRecorded', endpoint: ENDPOINT });
    expect(made.refusals).toBeUndefined();
    expect(apply(askedFor('upload', 9), { type: 'uploaded', version: '3' }).refusals).toBeUndefined();
    expect(apply(askedFor('deploy', 9), { type: 'deployed' }).refusals).toBeUndefined();
  });

  it('is not past when its endpoint is not there', () => {
    const none = apply(askedFor('createEndpoint', 9), { type: 'endpointRecorded', endpoint: null });
    expect(refusalOf(none, 'createEndpoint')?.count).toBe(9);
  });

  it('is past with the next call that is taken on, where the call itself was refused', () => {
    const refused: Ledger = {
      ...releasing(),
      refusals: [{ asked: 'upload', ...REFUSAL, since: NOW, at: NOW, count: 3, notBefore: NOW }],
    };
    expect(takenOn(refused, { do: 'upload', release: releaseOf(1) }).refusals).toBeUndefined();
  });
});

describe('the trace of such a call', () => {
  const seek = (ledger: Ledger, after: number) =>
    plan(serviceChurn(), ledger, { at: NOW + after, versions: [], endpoints: [] }, NOW + after);

  it('is looked for every ten seconds where nothing was refused', () => {
    const ledger = releasing(
      { pending: { ...pendingOf('upload'), name: null } },
      { request: requestOf(1, { attempts: 1 }) },
    );
    expect(seek(ledger, 70_000)).toMatchObject({ do: 'wait', ms: 10_000 });
  });

  it('is looked for every minute where it is what is refused', () => {
    const ledger = askedFor('upload', 1);
    expect(seek(ledger, 70_000)).toMatchObject({ do: 'wait', ms: 60_000 });
  });
});
