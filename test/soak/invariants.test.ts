/** Each invariant, with facts that keep it and facts that break it. */
import { describe, expect, it } from 'vitest';
import { emptyLedger, type Ledger } from '../../functions/release/ledger/ledger.ts';
import type { Kind } from './artifacts.ts';
import type { Facts, Landing, Told } from './facts.ts';
import { INVARIANTS, violationsOf } from './invariants.ts';

const START = 1_000_000;
const MINUTE = 60_000;

function landing(number: number, kind: Kind = 'good'): Landing {
  return {
    service: 'one',
    folder: `v${number}`,
    kind,
    number,
    release: `r-${number}`,
    again: [],
    at: START + number * 1000,
  };
}

function told(number: number, result: string, more: Partial<Told> = {}): Told {
  const at = START + number * 1000 + 500;
  const common = { service: 'one', release: `r-${number}`, askedBy: 'artifact', detail: '' };
  const code = result === 'Live' ? null : 'DEPLOY_FAILED';
  return { ...common, result, code, artifact: `gs://b/one/v${number}/m#1`, endedAt: at, at, ...more };
}

function ledger(live: string, deployedModel: string): Ledger {
  const request: Ledger['queue'][number] = {
    id: live,
    bucket: 'b',
    marker: 'one/v2/m',
    generation: '1',
    order: { at: 1, tie: '1' },
    askedBy: 'artifact',
    acceptedAt: 1,
    attempts: 0,
    version: '1',
  };
  return { ...emptyLedger('one', START), live: { request, attempt: 1, deployedModel, since: START } };
}

/** Two good artifacts land and go live, the second one when all is calm again. */
function sound(): Facts {
  const end = {
    service: 'one',
    ledger: ledger('r-2', '11'),
    unreadable: null,
    busy: null,
    deployed: ['11'],
    ledgerBytesMost: 4_000,
  };
  return {
    seed: 1,
    startedAt: START,
    disturbedUntil: START + 30 * MINUTE,
    predictions: new Map([['one', 100]]),
    landings: [landing(1), landing(2)],
    intakes: [{ service: 'one', release: 'r-1', verdict: 'accepted', at: START }],
    told: [told(1, 'Live'), told(2, 'Live')],
    losses: [],
    disturbances: [],
    outages: [],
    errorLines: [],
    memory: new Map([['onTick', samples(() => 300)]]),
    ends: [end],
    lastWords: [landing(2)],
  };
}

/** MB of each half minute. */
function samples(mb: (minute: number) => number): { at: number; mb: number }[] {
  return Array.from({ length: 60 }, (_, i) => ({ at: START + (i * MINUTE) / 2, mb: mb(i / 2) }));
}

function broken(change: Partial<Facts>): string[] {
  return [...new Set(violationsOf({ ...sound(), ...change }).map(({ invariant }) => invariant))];
}

const [end] = sound().ends;
if (end === undefined) throw new Error('expected a service');
const line = {
  function: 'onTick',
  message: 'release ended',
  service: 'one',
  release: 'r-1',
  text: '',
  at: START,
};

it('holds where all is well', () => {
  expect(violationsOf(sound())).toEqual([]);
});

describe.each<[invariant: string, breaks: Partial<Facts>[]]>([
  [
    'no prediction is lost',
    [{ losses: [{ service: 'one', askedAt: START, at: START + 5, error: 'HTTP 503' }] }],
  ],
  [
    'a killed predictor comes back',
    [{ outages: [{ service: 'one', deployedModel: '11', from: START, until: null }] }],
  ],
  [
    'every request has an outcome',
    [
      { intakes: [{ service: 'one', release: 'r-3', verdict: 'accepted', at: START }] },
      { intakes: [{ service: 'one', release: 'r-3', verdict: 'older', at: START }] },
      { landings: [landing(1), landing(2), landing(3)] },
      { landings: [landing(1), landing(2), { ...landing(3), again: ['r-9'] }] },
    ],
  ],
  [
    'no outcome is contradicted',
    [
      { told: [told(1, 'Live'), told(1, 'Failed', { endedAt: START + 9 }), told(2, 'Live')] },
      { told: [told(1, 'RolledBack', { endedAt: 1 }), told(1, 'Live', { endedAt: 2 }), told(2, 'Live')] },
      { told: [told(1, 'Live'), told(1, 'Live', { endedAt: 1 }), told(2, 'Live')] },
    ],
  ],
  ['a bad artifact does not go live', [{ landings: [landing(1, 'wrong-golden'), landing(2)] }]],
  [
    'a good artifact is not blamed',
    [
      { told: [told(1, 'RolledBack', { code: 'GATE_GOLDEN' }), told(2, 'Live')] },
      { told: [told(1, 'Failed', { code: 'DEPLOY_BAD_ARTIFACT' }), told(2, 'Live')] },
    ],
  ],
  [
    'an older artifact does not replace a newer one',
    [{ told: [told(2, 'Live'), told(1, 'Live', { endedAt: START + 9 * MINUTE })] }],
  ],
  [
    'the newest good artifact is live',
    [
      { ends: [{ ...end, ledger: ledger('r-1', '11') }] },
      { told: [told(1, 'Superseded', { code: null }), told(2, 'Live')] },
    ],
  ],
  [
    'nothing is deployed beside the live model',
    [
      { ends: [{ ...end, deployed: ['11', '12'] }] },
      { ends: [{ ...end, ledger: emptyLedger('one', START) }], lastWords: [] },
    ],
  ],
  ['every service comes to rest', [{ ends: [{ ...end, busy: '1 requests wait' }] }]],
  [
    'every ledger can be read, and is small',
    [
      { ends: [{ ...end, ledger: null, unreadable: 'expected JSON' }], lastWords: [] },
      { ends: [{ ...end, ledgerBytesMost: 200_000 }] },
    ],
  ],
  [
    'a disturbance explains every error line',
    [
      { errorLines: [{ ...line, message: 'service stopped' }] },
      { errorLines: [{ ...line, release: 'r-9' }] },
      { errorLines: [{ ...line, message: 'function process ended and is started again' }] },
      { errorLines: [{ ...line, message: 'Google keeps refusing a call' }] },
    ],
  ],
  ['no process grows', [{ memory: new Map([['onTick', samples((minute) => 300 + minute * 10)]]) }]],
])('%s', (invariant, breaks) => {
  it('is a violation where it is broken', () => {
    expect(Object.keys(INVARIANTS)).toContain(invariant);
    for (const change of breaks) expect(broken(change)).toEqual([invariant]);
  });
});

describe('what is excused', () => {
  it.each(['known', 'same'])('a landing that is %s, since its artifact was asked for by name', (verdict) => {
    const intakes = [{ service: 'one', release: 'r-0', verdict, at: START }];
    const landings = [{ ...landing(1), release: 'r-0' }, landing(2)];
    expect(broken({ landings, intakes: [...sound().intakes, ...intakes] })).toEqual([]);
    expect(broken({ landings })).toEqual(['every request has an outcome']);
  });

  it('a landing that was released as what was written in its place', () => {
    expect(broken({ landings: [{ ...landing(1), release: 'r-0', again: ['r-1'] }, landing(2)] })).toEqual([]);
  });

  const outage = { service: 'one', deployedModel: '11', from: START, until: START + 2_000 };
  const loss = { service: 'one', askedAt: START - 10, at: START + 5, error: 'HTTP 503' };

  it('is a loss while a predictor of the service is killed', () => {
    expect(broken({ outages: [outage], losses: [loss] })).toEqual([]);
    expect(broken({ outages: [outage], losses: [{ ...loss, at: START - 1 }] })).toHaveLength(1);
    expect(
      broken({ outages: [outage], losses: [{ ...loss, askedAt: START + 3_000, at: START + 3_001 }] }),
    ).toHaveLength(1);
    expect(broken({ outages: [{ ...outage, service: 'two' }], losses: [loss] })).toHaveLength(1);
  });

  it('is an error line that its disturbance explains', () => {
    const kill = { kind: 'kill', target: 'onTick', detail: '', from: START - 50, until: START } as const;
    const ended = { ...line, message: 'function process ended and is started again' };
    expect(broken({ errorLines: [ended], disturbances: [kill] })).toEqual([]);
    expect(broken({ errorLines: [ended], disturbances: [{ ...kill, target: 'onRequest' }] })).toHaveLength(1);
    const fault = { ...kill, kind: 'fault', target: 'EndpointService.DeployModel' } as const;
    const refusing = { ...line, message: 'Google keeps refusing a call' };
    expect(broken({ errorLines: [refusing], disturbances: [fault] })).toEqual([]);
  });

  it('is an outcome that is told twice, and a rollback of what was live', () => {
    const back = told(1, 'RolledBack', { code: 'ROLLED_BACK', endedAt: START + 9_000 });
    expect(broken({ told: [told(1, 'Live'), told(1, 'Live'), back, told(2, 'Live')] })).toEqual([]);
  });
});
