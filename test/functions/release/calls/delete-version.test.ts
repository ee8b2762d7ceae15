/** A version that a batch answers with outlives the releases after it. */
import { describe, expect, it } from 'vitest';
import { batchLedgerName } from '../../../../functions/release/ledger/batch-runs.ts';
import { HOUR, land } from '../../support/refusing.ts';
import { ledgerOf, passTime, testApp, YAML, type TestApp } from '../../../support/test-app.ts';

const BATCH = 'batch: { inputs: "gs://churn-in/*.jsonl", outputs: gs://churn-out/ }';
const yaml = YAML.replace(/keepVersions: \d+/, 'keepVersions: 1').replace(
  'endpoint: churn\n',
  `endpoint: churn\n    ${BATCH}\n`,
);

function versionsOf({ world }: TestApp): string[] {
  return world.vertex.versions.map(({ version }) => version);
}

async function releaseThree(text: string): Promise<TestApp> {
  const s = testApp({ yaml });
  await land(s, 'v1');
  await passTime(s, HOUR);
  s.world.ledgerTexts.set(batchLedgerName('churn'), { text, generation: '1', updatedAt: 0 });
  for (const folder of ['v2', 'v3']) {
    await land(s, folder);
    await passTime(s, HOUR);
  }
  return s;
}

describe('a version that is not kept', () => {
  it('stays while a batch answers with it, and goes after that', async () => {
    const s = await releaseThree('{"runs":[{"id":"b-1","release":{"id":"r-1","version":"1"}}]}');
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v3/model.onnx');
    expect(versionsOf(s)).toContain('1');
    expect(ledgerOf(s.world, 'churn').leftovers).toEqual([
      expect.objectContaining({ kind: 'deleteVersion', subject: '1', detail: 'batch b-1 answers with it' }),
    ]);
    s.world.ledgerTexts.set(batchLedgerName('churn'), { text: '{"runs":[]}', generation: '2', updatedAt: 0 });
    await passTime(s, 12 * HOUR);
    expect(versionsOf(s)).not.toContain('1');
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('leftovers');
  });

  it.each([
    ['of another version', '{"runs":[{"id":"b-1","release":{"id":"r-1","version":"3"}}]}'],
    ['that has chosen none', '{"runs":[{"id":"b-1"}]}'],
    ['of a model of the registry', '{"runs":[{"id":"b-1","release":{"id":"r","version":"1","model":"m"}}]}'],
  ])('goes beside a batch %s', async (_, text) => {
    expect(versionsOf(await releaseThree(text))).not.toContain('1');
  });

  it('stays while the ledger of the batches cannot be read', async () => {
    expect(versionsOf(await releaseThree('{'))).toContain('1');
  });
});
