/** A model is checked as its trial checks it. */
import { checkModel, type Findings } from '../../../predictor/check/check-model.ts';
import { claimOf } from '../../../predictor/model/claim.ts';
import { readGolden } from '../../../predictor/model/golden.ts';
import { readHeader } from '../../../predictor/model/onnx-header.ts';
import { layoutOf, type Layout } from '../../../predictor/serve/layout.ts';
import { openBytes, testConfig } from '../served.ts';

export interface Checked extends Findings {
  readonly layout: Layout;
}

export async function check(
  bytes: Uint8Array,
  golden: string | null = null,
  settings: { maxBody?: number | null; optimized?: boolean } = {},
): Promise<Checked> {
  const { optimized = true, maxBody = 1_500_000 } = settings;
  const { runtime, outputs } = await openBytes(bytes, optimized);
  const { texts, integers, metadata } = readHeader(bytes);
  const findings = await checkModel(
    runtime,
    {
      outputs,
      golden: golden === null ? null : readGolden(Buffer.from(golden)),
      claim: claimOf(metadata),
      vocabulary: { texts, integers },
    },
    { ...testConfig(), maxBody, optimized },
  );
  return { ...findings, layout: layoutOf(runtime.signature, findings.reading) };
}

/** Lines of golden.jsonl. */
export function lines(...rows: readonly [instance: unknown, prediction: unknown][]): string {
  return rows.map(([instance, prediction]) => JSON.stringify({ instance, prediction })).join('\n');
}

export const shapes = (layout: Layout) => ({
  takes: layout.inputs.map((input) => input.shape),
  gives: layout.outputs.map((output) => output.shape),
});
