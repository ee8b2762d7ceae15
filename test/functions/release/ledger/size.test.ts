/** However full it is, a ledger can be written and read again. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { withArtifact } from '../../../../functions/release/requests/identity.ts';
import {
  ABANDONED_MAX,
  ARTIFACTS_MAX,
  formatLedger,
  LEFTOVERS_MAX,
  LEDGER_BYTES_MAX,
  parseLedger,
  type Abandoned,
  type Ledger,
  type Leftover,
  type RefusalEntry,
  type Request,
  type Release,
} from '../../../../functions/release/ledger/ledger.ts';
import { isFull, outcomeOf, withOutcome } from '../../../../functions/release/ledger/outcomes.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import { causeOf, GATES, type Verdict } from '../../../../functions/release/publish/outcome.ts';
import { baking } from '../steps/rollout-samples.ts';
import { liveOf, NOW, requestOf } from '../../../support/samples.ts';

/** What people look at, as much of it as there can be. */
function shown(): Pick<Release, 'evidence' | 'reached'> {
  const figure = -0.0001234;
  const many = <T>(one: T): T[] => Array.from({ length: 30 }, () => one);
  const metrics = many<[number, number, number, number, number, number]>([
    NOW,
    1e9,
    figure,
    figure,
    figure,
    figure,
  ]);
  const evidence = {
    golden: many<[number, number]>([1e6, figure]),
    comparison: many<[number, number]>([figure, figure]),
    metrics,
  };
  return {
    evidence,
    reached: Array.from({ length: 24 }, (_, n): [string, number] => [`step ${100_000 + n}`, NOW]),
  };
}

/** Everything at its longest, of this character. */
function full(filling: string, { outcomes = 20, isTold = true } = {}): Ledger {
  const text = (length: number) => filling.repeat(length);
  const marker = `churn/${text(1_000)}/model.onnx`;
  // What its form permits at intake.
  const requestedBy = `${'a'.repeat(64)}@${'b'.repeat(189)}`;
  const request = (n: number): Request => requestOf(n, { marker, version: '1'.repeat(20), requestedBy });
  const verdict = (gate: Verdict['gate'], step: number): Verdict => ({
    gate,
    step,
    verdict: 'hold',
    reason: text(400),
    at: NOW,
  });
  const verdicts = Array.from({ length: 24 }, (_, step) => verdict('metrics', step));
  // Digits that nothing packs: a signature of half of what is kept packed is kept as digests.
  const noise = (length: number) =>
    createHash('shake256', { outputLength: length }).update('x').digest('base64');
  const contract = {
    signature: { inputs: [], outputs: [] },
    packedSignature: `deflate:${noise(29_994)}`,
    packedInterface: `deflate:${noise(8_994)}`,
  };
  const cause = causeOf('ABORTED', text(1_200));
  const live = { ...liveOf(0), request: request(0), ...contract };
  const since = { since: NOW, notBefore: NOW };
  const refusal = (asked: string): RefusalEntry => {
    return {
      asked,
      code: 'GOOGLE_DENIED',
      detail: text(600),
      patience: 'minutes',
      at: NOW,
      count: 9,
      ...since,
    };
  };
  const splitBefore: Leftover['splitBefore'] = Array.from({ length: 50 }, (_, n) => [
    `${n}`.padEnd(19, '0'),
    2,
  ]);
  const leftover = (subject: string): Leftover => {
    return { kind: 'giveBack', subject, failures: 9, detail: text(400), splitBefore, ...since };
  };
  const abandoned = (n: number): Abandoned => {
    return {
      kind: 'deploy',
      subject: `${n}`.padEnd(10, '0'),
      name: 'o'.repeat(300),
      since: NOW,
      until: NOW + n,
    };
  };
  const asked = { by: 'schedule', reason: text(200), requestedBy };
  let ledger: Ledger = baking(
    0,
    {
      request: request(1),
      verdicts,
      ...shown(),
      ...contract,
      lastCause: cause,
      goingBack: cause,
      promotedBy: requestedBy,
      goingBackRequestedBy: requestedBy,
    },
    {
      live,
      previous: { live, until: NOW, retired: false },
      queue: Array.from({ length: 16 }, (_, n) => request(n)),
      hold: { since: NOW, reason: text(200), requestedBy },
      parked: { since: NOW, ...asked, wake: asked },
      notices: Array.from({ length: 8 }, (_, n) => ({ notice: 'Parked', at: NOW + n, ...asked })),
      refusals: Array.from({ length: 12 }, (_, n) => refusal(`look ${n}`)),
      leftovers: Array.from({ length: LEFTOVERS_MAX }, (_, n) => leftover(String(n))),
      abandoned: Array.from({ length: ABANDONED_MAX }, (_, n) => abandoned(n)),
    },
  );
  for (let n = 0; n < ARTIFACTS_MAX; n += 1)
    ledger = withArtifact(ledger, { marker: `churn/v${n}/model.onnx`, checksum: 'md5:x/5' }, NOW + n);
  const four = GATES.map((gate) => verdict(gate, 0));
  const people = { promotedBy: requestedBy, goingBackRequestedBy: requestedBy };
  const release = { ...baking(0).release, verdicts: four, ...shown(), ...people };
  for (let n = 0; n < outcomes; n += 1) {
    const outcome = outcomeOf(request(n), NOW, { result: 'RolledBack', cause, release });
    ledger = withOutcome(ledger, { ...outcome, announced: isTold });
  }
  return ledger;
}

describe('the longest ledger', () => {
  it.each(['x', '€', '"', '\n', '\\'])('of %j can be written, and read again', (filling) => {
    const ledger = full(filling);
    expect(ledger.outcomes).toHaveLength(20);
    const text = formatLedger(ledger);
    expect(text.length).toBeLessThanOrEqual(LEDGER_BYTES_MAX);
    expect(parseLedger(text, 'churn')).toEqual(ledger);
  });

  it.each(['x', '€', '"', '\n', '\\'])(
    'of %j has room for all that ends while nobody can be told',
    (filling) => {
      // Intake takes not even a rollback in once it is full: what waits then is superseded by what goes live.
      let ledger = full(filling, { outcomes: 39, isTold: false });
      expect(isFull(ledger)).toBe(true);
      expect(isFull(ledger, true)).toBe(false);
      ledger = withOutcome(ledger, outcomeOf(requestOf(99), NOW, { result: 'Live', cause: null }));
      expect(isFull(ledger, true)).toBe(true);
      const { length } = ledger.queue;
      ledger = applyTransition(ledger, { type: 'rollbackFinished' }, NOW, () => 0);
      const request = ledger.queue.at(-1) ?? requestOf(0);
      ledger = applyTransition(ledger, { type: 'requestStarted', request }, NOW, () => 0);
      ledger = applyTransition(ledger, { type: 'wentLive', deployedModel: '1', standbyMs: 0 }, NOW, () => 0);
      expect(ledger.outcomes).toHaveLength(40 + 1 + length);
      expect(parseLedger(formatLedger(ledger), 'churn')).toEqual(ledger);
    },
  );
});
