/** However full it is, a ledger can be written and read again. */
import { describe, expect, it } from 'vitest';
import {
  formatLedger,
  LEDGER_MAX_BYTES,
  outcomeOf,
  parseLedger,
  withOutcome,
  type Ledger,
  type Request,
} from '../../../functions/release/ledger.ts';
import { causeOf, GATES, type Verdict } from '../../../functions/release/outcome.ts';
import { FIELDS_MOST, toSignature } from '../../../functions/release/signature.ts';
import { baking } from './rollout-samples.ts';
import { liveOf, NOW, requestOf } from './samples.ts';

/** Everything at its longest, of this character. */
function full(filling: string): Ledger {
  const text = (length: number) => filling.repeat(length);
  const marker = `churn/${text(1_000)}/model.onnx`;
  const request = (n: number): Request => requestOf(n, { marker, version: '1'.repeat(20) });
  const verdict = (gate: Verdict['gate'], step: number): Verdict => ({
    gate,
    step,
    verdict: 'hold',
    reason: text(400),
    at: NOW,
  });
  const verdicts = Array.from({ length: 24 }, (_, step) => verdict('metrics', step));
  const field = (i: number) => ({ name: `f${i}`.padEnd(8, 'x'), type: 'float32', shape: [null, 1] });
  const fields = Array.from({ length: FIELDS_MOST }, (_, i) => field(i));
  const signature = toSignature({ inputs: fields, outputs: fields });
  if (signature === null) throw new Error('the sample is no signature');
  const cause = causeOf('ABORTED', text(1_200));
  const live = { ...liveOf(0), request: request(0), signature };
  let ledger: Ledger = baking(
    0,
    { request: request(1), verdicts, signature, lastCause: cause, goingBack: cause },
    {
      live,
      previous: { live, until: NOW, retired: false },
      queue: Array.from({ length: 16 }, (_, n) => request(n)),
      hold: { since: NOW, reason: text(200) },
    },
  );
  const four = GATES.map((gate) => verdict(gate, 0));
  const release = { ...baking(0).release, verdicts: four };
  for (let n = 0; n < 20; n += 1) {
    const outcome = outcomeOf(request(n), NOW, { result: 'RolledBack', cause, release });
    ledger = withOutcome(ledger, { ...outcome, announced: true });
  }
  return ledger;
}

describe('the longest ledger', () => {
  it.each(['x', '€', '"', '\n', '\\'])('of %j can be written, and read again', (filling) => {
    const ledger = full(filling);
    expect(ledger.outcomes).toHaveLength(20);
    const text = formatLedger(ledger);
    expect(text.length).toBeLessThanOrEqual(LEDGER_MAX_BYTES);
    expect(parseLedger(text, 'churn')).toEqual(ledger);
  });

  it('has room for what is superseded while nobody can be told', () => {
    let ledger = full('x');
    for (let n = 0; n < 100; n += 1) {
      const cause = causeOf('SUPERSEDED', 'superseded by r-000000000001');
      const request = { ...requestOf(n), marker: `churn/${'x'.repeat(1_000)}/model.onnx` };
      ledger = withOutcome(ledger, outcomeOf(request, NOW, { result: 'Superseded', cause }));
    }
    expect(parseLedger(formatLedger(ledger), 'churn').outcomes.length).toBeGreaterThan(20);
  });
});
