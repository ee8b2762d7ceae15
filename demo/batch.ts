/** A file of rows that the live model answers, and the check of every one of its answers. */
import { readFile } from 'node:fs/promises';
import { Storage } from '@google-cloud/storage';
import type { Stack } from '../local/stack.ts';
import type { BatchOutcome } from './outcomes.ts';

const GOLDEN = new URL('../examples/breast-cancer/artifacts/v1/golden.jsonl', import.meta.url);
const BUCKET = 'my-project-batch';
export const ROWS = 2_000;

interface GoldenRow {
  readonly instance: readonly number[];
  readonly prediction: { readonly label: number; readonly probabilities: readonly number[] };
}

export interface BatchRows {
  land(): Promise<void>;
  /** How many rows have the answer of v1, in their order. */
  right(outcome: BatchOutcome): Promise<number>;
}

export async function batchRows({ url, config }: Stack): Promise<BatchRows> {
  const bucket = new Storage({ projectId: config.project, apiEndpoint: url }).bucket(BUCKET);
  const text = await readFile(GOLDEN, 'utf8');
  const golden = text
    .trim()
    .split('\n')
    .map((line): GoldenRow => JSON.parse(line));
  const expected = (id: number) => golden[id % golden.length];
  return {
    async land() {
      const rows = Array.from({ length: ROWS }, (_, id) =>
        JSON.stringify({ id, features: expected(id)?.instance }),
      );
      await bucket.file('breast-cancer/in/november.jsonl').save(`${rows.join('\n')}\n`);
    },

    async right({ output }) {
      const folder = (output ?? '').slice(`gs://${BUCKET}/`.length);
      const name = encodeURIComponent(`${folder}/results.jsonl`);
      const results = await fetch(`${url}/download/storage/v1/b/${BUCKET}/o/${name}?alt=media`);
      const lines = (await results.text()).trim().split('\n');
      return lines.filter((line, id) => {
        const { key, prediction }: { key: number; prediction?: GoldenRow['prediction'] } = JSON.parse(line);
        const right = expected(id)?.prediction;
        if (key !== id || prediction === undefined || right === undefined) return false;
        const isNear = right.probabilities.every(
          (p, i) => Math.abs(p - (prediction.probabilities[i] ?? 2)) < 1e-4,
        );
        return prediction.label === right.label && isNear;
      }).length;
    },
  };
}
