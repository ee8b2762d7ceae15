/** What a release goes on without, and why it is overdue. */
import { describe, expect, it } from 'vitest';
import { whyOverdue } from '../../../../functions/release/steps/abandon.ts';
import type { Ledger, RefusalEntry } from '../../../../functions/release/ledger/ledger.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import { NOW, releaseOf, releasing } from '../../../support/samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

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

describe('why a release is overdue', () => {
  const failed = releaseOf(1, { lastCause: causeOf('DEPLOY_FAILED', 'the model server exited') });

  it.each<{ what: string; ledger: Ledger; release: typeof failed; why: string }>([
    {
      what: 'is what is refused',
      ledger: releasing({ refusals: [refusalOf('deploy')] }),
      release: failed,
      why: 'deploy: PERMISSION_DENIED: no',
    },
    {
      what: 'is what failed, before what was refused once',
      ledger: releasing({ refusals: [refusalOf('deploy', { count: 1 })] }),
      release: failed,
      why: 'the model server exited',
    },
    {
      what: 'is what was refused once, with nothing else',
      ledger: releasing({ refusals: [refusalOf('deploy', { count: 1 })] }),
      release: releaseOf(1),
      why: 'deploy: PERMISSION_DENIED: no',
    },
    {
      what: 'is the last of several',
      ledger: releasing({
        refusals: [refusalOf('deploy', { at: NOW + 1 }), refusalOf('upload', { at: NOW + 2 })],
      }),
      release: failed,
      why: 'upload: PERMISSION_DENIED: no',
    },
    {
      what: 'is nothing that no release waits for, such as an event that cannot be published',
      ledger: releasing({
        refusals: [refusalOf('upload', { at: NOW + 1 }), refusalOf('announce', { at: NOW + 2 })],
      }),
      release: releaseOf(1),
      why: 'upload: PERMISSION_DENIED: no',
    },
    {
      what: 'is the gate that held it, although it was let go in the end',
      ledger: releasing(),
      release: releaseOf(1, {
        verdicts: [
          { gate: 'golden', step: 0, verdict: 'hold', reason: 'none of 28 requests was answered', at: NOW },
          { gate: 'comparison', step: 1, verdict: 'pass', reason: '20 answers are alike', at: NOW },
        ],
      }),
      why: 'golden in step 1: none of 28 requests was answered',
    },
    {
      what: 'is the time, with nothing to tell',
      ledger: releasing(),
      release: releaseOf(1),
      why: 'no step failed; Vertex AI took too long',
    },
  ])('$what', ({ ledger, release, why }) => {
    expect(whyOverdue(ledger, release)).toBe(why);
  });
});
