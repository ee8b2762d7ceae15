/** Rows of an input, and the live release as the ledger of the releases has it. */
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';

export function rowsOf(rows: number, isWrong: boolean): Buffer {
  const lines = Array.from({ length: rows }, (_, n) => `{"n":${n},"x":[1,2]}\n`);
  return Buffer.from(isWrong ? `not json\n${lines.join('')}` : lines.join(''));
}

/** `from`: the version that a rollback came from. */
export function liveOf(version: string, from: string | null, now: number): NonNullable<Ledger['live']> {
  return {
    request: {
      id: releaseOf(version, from),
      bucket: 'sim-models',
      marker: `churn/v${version}/model.onnx`,
      generation: '1',
      order: { at: Math.round(now), tie: version },
      askedBy: 'artifact',
      acceptedAt: Math.round(now),
      attempts: 0,
      version,
      ...(from !== null && { rollback: { from: releaseOf(from, null), deployedModel: '1000000001' } }),
    },
    attempt: 1,
    deployedModel: '1000000001',
    since: Math.round(now),
  };
}

export function releaseOf(version: string, from: string | null): string {
  return from === null
    ? `r-${version.padStart(12, '0')}`
    : `r-${version.padStart(6, '0')}${from.padStart(6, 'b')}`;
}
