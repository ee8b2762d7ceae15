/** Serves node tests one after the other, in a process that may hang or crash. */
import { readFileSync } from 'node:fs';
import { causesOf } from '../../../predictor/model/model-error.ts';
import { difference } from '../fuzz/compare.ts';
import { serveHere, type Here } from '../serve-here.ts';
import type { NodeTensor, NodeTest, Report, Verdict } from './node-test.ts';

interface Port {
  readonly name: string;
  readonly shape?: readonly unknown[];
}

interface Contract {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

process.on('message', (test: NodeTest) => {
  void judge(test).then((report) => process.send?.(report));
});
process.on('disconnect', () => process.exit(0));

async function judge(test: NodeTest): Promise<Report> {
  const as = (verdict: Verdict, why = ''): Report => ({ name: test.name, verdict, why });
  let here: Here;
  try {
    here = await serveHere({ 'model.onnx': readFileSync(test.model) }, { SLIPWAY_NULL_IS_NAN: 'on' });
  } catch (error) {
    return as('refused', causesOf(error).join(': '));
  }
  try {
    const [verdict, why] = await ask(here, test);
    return as(verdict, why);
  } catch (error) {
    return as('failed', String(error));
  } finally {
    await here.close();
  }
}

async function ask(here: Here, { inputs, outputs }: NodeTest): Promise<[Verdict, string]> {
  if (inputs === null || outputs === null) return ['not asked', 'its data are no plain tensors'];
  if (JSON.stringify(inputs).includes('Infinity"')) return ['not asked', 'JSON has no infinity'];
  const contract: Contract = (await here.app.inject('/contract')).json();
  const rows = rowsOf(contract, inputs);
  if (rows === null) return ['not asked', 'its inputs have different numbers of rows'];
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      contract.inputs.map(({ name, shape }, i) => [name, partOf(inputs[i], shape?.length ?? 0, row)]),
    ),
  );
  const payload = JSON.stringify({ instances }, (_, value: unknown) => (value === 'NaN' ? null : value));
  const headers = { 'content-type': 'application/json' };
  const reply = await here.app.inject({ method: 'POST', url: '/predict', headers, payload });
  if (reply.statusCode >= 500) return ['failed', here.lines.at(-1) ?? ''];
  if (reply.statusCode !== 200) return ['not answered', reply.json().error.message];
  const expected = Array.from({ length: rows }, (_, row) => predictionOf(contract, outputs, row));
  const found = difference(expected, reply.json().predictions);
  return found === null ? ['right', ''] : ['different', found];
}

/** The rows of the data: as many as the inputs' first dimension, where the contract leaves that out. */
function rowsOf({ inputs: ports }: Contract, inputs: readonly NodeTensor[]): number | null {
  const counts = new Set(
    ports
      .map(({ shape }, i) =>
        (shape?.length ?? 0) < (inputs[i]?.shape.length ?? 0) ? (inputs[i]?.shape[0] ?? 0) : null,
      )
      .filter((count) => count !== null),
  );
  if (counts.size > 1) return null;
  const [count] = counts;
  return count ?? 1;
}

function partOf(tensor: NodeTensor | undefined, rank: number, row: number): unknown {
  if (tensor === undefined) return null;
  return rank < tensor.shape.length && Array.isArray(tensor.value) ? tensor.value[row] : tensor.value;
}

function predictionOf({ outputs: ports }: Contract, outputs: readonly NodeTensor[], row: number): unknown {
  const values = ports.map(({ name, shape }, i) => [
    name,
    partOf(outputs[i], rankOf(shape, outputs[i]), row),
  ]);
  return values.length === 1 ? values[0]?.[1] : Object.fromEntries(values);
}

/** An output whose shape nobody knows belongs whole to its instance. */
function rankOf(shape: readonly unknown[] | null | undefined, tensor: NodeTensor | undefined): number {
  return shape?.length ?? tensor?.shape.length ?? 0;
}
