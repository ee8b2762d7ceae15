/** Rows for batch jobs: those of the example's golden file, each a little other than all before it. */
import { readFileSync } from 'node:fs';
import { seededRandom } from '../../emulator/core/random.ts';
import { artifactUri, type Version } from '../predictor/subjects.ts';

/** As many instances, the same in every run. */
export function instances(model: Version, count: number): number[][] {
  const lines = readFileSync(`${artifactUri(model).pathname}/golden.jsonl`, 'utf8')
    .trim()
    .split('\n');
  const golden: number[][] = lines.map((line) => JSON.parse(line).instance);
  const random = seededRandom(1);
  return Array.from({ length: count }, (_, i) => {
    const row = golden[i % golden.length] ?? [];
    return row.map((value) => Number((value * (0.9 + 0.2 * random())).toPrecision(4)));
  });
}

/** In the form of a job's input: bare arrays, which every server here takes. */
export function inputOf(rows: readonly number[][]): Buffer {
  return Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
}
