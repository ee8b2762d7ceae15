/** docs/rollout.md: its configuration is one, and what it quotes is what the gates say. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../functions/config/config.ts';
import { PROBLEMS } from '../../functions/problems.ts';
import { compareContract } from '../../functions/release/checks/contract.ts';
import { judgeComparison } from '../../functions/release/gates/comparison.ts';
import { judgeGolden } from '../../functions/release/gates/golden.ts';
import { judgeMetrics } from '../../functions/release/gates/metrics.ts';
import type { ProbeResult } from '../../functions/release/gates/probe.ts';
import type { Field } from '../../functions/release/checks/signature.ts';

const doc = readFileSync(new URL('../../docs/rollout.md', import.meta.url), 'utf8');
const yaml = /```yaml\n([^`]+)```/.exec(doc)?.[1] ?? '';
const config = parseConfig(`project: my-project\nregion: us-central1\nstate: my-state\n${yaml}`);
const { steps, gates } = config.services.get('churn')?.rollout ?? { steps: [], gates: null };

function heard(answers: Record<string, unknown[]>): ProbeResult {
  return {
    answers: new Map(Object.entries(answers)),
    requests: 21,
    failures: 0,
    refusals: 0,
    lastFailure: null,
  };
}

function field(name: string): Field {
  return { name, type: 'float32', shape: [null, 1] };
}

describe('docs/rollout.md', () => {
  it('shows a policy as it is read', () => {
    expect(steps.map(({ traffic }) => traffic)).toEqual([5, 50, 100]);
    expect([gates?.golden, gates?.comparison, gates?.metrics]).not.toContain(null);
  });

  it('quotes the contract gate', () => {
    const live = { inputs: [field('age'), field('income')], outputs: [field('score')] };
    const candidate = { ...live, inputs: [...live.inputs, field('region')] };
    const { verdict, reason } = compareContract(live, candidate, true);
    expect(verdict).toBe('fail');
    expect(doc).toContain(`\n${reason}\n`);
  });

  it('quotes the golden gate', () => {
    const rows = [
      { line: 1, instance: 1, prediction: { label: 1 } },
      { line: 2, instance: 2, prediction: { label: 0 } },
    ];
    const answers = heard({ candidate: [{ label: 1 }, { label: 1 }] });
    const { verdict, reason } = judgeGolden(rows, answers, 'candidate', 5, gates?.golden?.tolerance ?? 0);
    expect(verdict).toBe('fail');
    expect(doc).toContain(`\n${reason}\n`);
  });

  it('quotes the comparison gate', () => {
    const answers = heard({ live: [0.93, 0.02, 0.41], candidate: [0.61, 0.05, 0.72] });
    const policy = gates?.comparison;
    if (!policy) throw new Error('expected a comparison');
    const { verdict, reason } = judgeComparison(answers, 'live', 'candidate', 5, policy);
    expect(verdict).toBe('fail');
    expect(doc).toContain(`\n${reason}\n`);
  });

  it('quotes the metrics gate', () => {
    const policy = gates?.metrics;
    if (!policy) throw new Error('expected metrics');
    const live = { requests: 4021, errors: 2, p95Ms: 24 };
    const failing = judgeMetrics({ requests: 214, errors: 19, p95Ms: 31 }, live, policy);
    expect(failing.verdict).toBe('fail');
    expect(doc).toContain(`\n${failing.reason}\n`);
    const thin = judgeMetrics({ requests: 12, errors: 0, p95Ms: 31 }, live, policy);
    expect(thin.verdict).toBe('hold');
    expect(doc).toContain(`\n${thin.reason}\n`);
  });

  it('says of each cause what the code says', () => {
    const rows = [...doc.matchAll(/^\| `([A-Z_]+)`\s+\| (\S.*\S)\s+\|$/gm)].map(([, code, text]) => [
      code,
      text,
    ]);
    const kinds = /^(?:DEPLOY|UPLOAD|SHIFT|UNDEPLOY|ALIASES|VERSION|GOOGLE|RATE)_|^ENDPOINT_FAILED$/;
    const codes = Object.entries(PROBLEMS).filter(([code]) => kinds.test(code));
    expect(Object.fromEntries(rows)).toEqual(
      Object.fromEntries(codes.map(([code, { text }]) => [code, text])),
    );
  });

  it('names codes that there are', () => {
    const codes = [...doc.matchAll(/`((?:GATE|DEPLOY|CONTRACT)_[A-Z_]+)`/g)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(10);
    for (const code of codes) expect(Object.keys(PROBLEMS)).toContain(code);
  });
});
