/**
 * How a model's tensors are read: by what it claims, what its signature says, what its golden rows look like, and
 * what runs show. Rows share a run only if several different ones were answered alone as in company; where that
 * cannot be known they run one by one, and the artifact may say `slipway.rows` = `first` or `none`.
 */
import type { Claim } from '../model/claim.ts';
import type { GoldenRow } from '../../common/artifact/golden-row.ts';
import { ModelError } from '../model/model-error.ts';
import type { Port, Runtime, Signature } from '../model/runtime.ts';
import {
  declaredReading,
  declaredRows,
  mayCountRows,
  nameOf,
  rowSymbol,
  type Reading,
  type Rows,
} from '../serve/layout.ts';
import { keepCompany, type Company } from './company.ts';
import { depthOf, goldenSamples } from './golden-samples.ts';
import type { Vocabulary } from './made-up.ts';
import { observedOutputs } from './observed.ts';
import { askMadeUp, distinct, type Sample } from './samples.ts';

export interface Question {
  readonly claim: Claim | null;
  readonly golden: readonly GoldenRow[] | null;
  readonly vocabulary: Vocabulary;
  readonly maxBatchRows: number;
}

export interface Verdict {
  readonly reading: Reading;
  /** Instances that the model has taken. */
  readonly samples: readonly Sample[];
  /** What a person may want to know. */
  readonly remarks: readonly string[];
}

/** Asks the model what its first dimensions are. Throws a ModelError if its claim is not so. */
export async function judge(runtime: Runtime, question: Question): Promise<Verdict> {
  const { signature } = runtime;
  const { claim } = question;
  if (claim === 'first' && !mayCountRows(signature)) {
    throw new ModelError(
      `slipway.rows says "first", but ${closed(signature)} has no open first dimension that could count rows`,
    );
  }
  const declared = declaredRows(signature);
  const shown = shownByGolden(signature, question.golden);
  if (claim === 'none' || shown === 'none') return whole(runtime, question, []);
  if (claim === null && shown === null && declared === 'none') return whole(runtime, question, []);
  if (!mayCountRows(signature)) return whole(runtime, question, []);

  const asked = await askMadeUp(runtime, question.vocabulary, 1);
  const golden = await goldenSamples(runtime, question.golden, 'single');
  const samples = distinct([...golden, ...asked.samples]);
  const company = await keepCompany(runtime, samples, question.maxBatchRows);
  const { rows, remarks } = decide(signature, company, asked.refusal, claim, shown !== null);
  if (rows === 'none') return whole(runtime, question, remarks);
  const reading = observedOutputs(signature, declaredReading(signature, rows), samples, company.follows);
  return { reading, samples, remarks };
}

function decide(
  signature: Signature,
  company: Company,
  refusal: string | null,
  claim: Claim | null,
  shown: boolean,
): { rows: Rows; remarks: string[] } {
  const { difference } = company;
  if (company.runs === 0) {
    const why = difference ?? refusal;
    if (claim === 'first' && difference === null) return { rows: 'shared', remarks: [unproven(why, claim)] };
    if (claim === 'first') throw contradicted(`together ${difference}`);
    return { rows: 'single', remarks: [difference === null ? unproven(why, claim) : oneByOne(difference)] };
  }
  const lost = company.follows.findIndex((follows) => follows === 'not');
  const other = signature.outputs.findIndex((_, i) => company.follows[i] !== 'exactly');
  if (claim === 'first') {
    if (other >= 0)
      throw contradicted(`the first dimension of ${nameAt(signature, other)} does not count them`);
    if (difference !== null) throw contradicted(`together ${difference}`);
    return { rows: 'shared', remarks: [] };
  }
  if (lost >= 0 && !shown) {
    const name = nameAt(signature, lost);
    return {
      rows: 'none',
      remarks: [`${name} does not follow the first dimension of the inputs, so an instance is all of it`],
    };
  }
  if (difference !== null) {
    if (isSignal(signature))
      return { rows: 'none', remarks: [`an instance is all of the input, since in it ${difference}`] };
    return { rows: 'single', remarks: [oneByOne(difference)] };
  }
  if (other >= 0) {
    const name = nameAt(signature, other);
    return { rows: 'single', remarks: [oneByOne(`the first dimension of ${name} does not count them`)] };
  }
  const named = otherName(signature);
  if (named !== null) return { rows: 'single', remarks: [oneByOne(named)] };
  if (!company.varied) {
    return { rows: 'single', remarks: [unproven('every made-up row is answered the same', claim)] };
  }
  return { rows: 'shared', remarks: [] };
}

/** The instance is the tensors as they are. */
async function whole(runtime: Runtime, question: Question, remarks: readonly string[]): Promise<Verdict> {
  const { signature } = runtime;
  const asked = await askMadeUp(runtime, question.vocabulary, null);
  const golden = await goldenSamples(runtime, question.golden, 'none');
  const samples = [...golden, ...asked.samples];
  const reading = observedOutputs(signature, declaredReading(signature, 'none'), samples, []);
  if (samples.length > 0 || question.golden !== null) return { reading, samples, remarks };
  const refused = `every made-up instance is refused: ${asked.refusal ?? 'none is small enough to be tried'}`;
  return { reading, samples, remarks: [...remarks, refused] };
}

/** What the golden rows are, by how deep their values nest: rows, or whole tensors. */
function shownByGolden(signature: Signature, golden: readonly GoldenRow[] | null): 'rows' | 'none' | null {
  const open = signature.inputs.filter((input) => input.shape.length > 0 && input.shape[0] === null);
  const nested = (golden ?? []).flatMap((row) =>
    open.map((input) => {
      const depth = depthOf(row.instance, signature.inputs, input.name);
      return depth === null ? null : input.shape.length - depth;
    }),
  );
  if (nested.length === 0 || nested.includes(null)) return null;
  if (nested.every((missing) => missing === 0)) return 'none';
  return nested.every((missing) => missing !== null && missing > 0) ? 'rows' : null;
}

/** True of one series of values whose dimension is not named after a batch: neighbours in it are no other callers. */
function isSignal({ inputs }: Signature): boolean {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1 || input.shape.length > 1) return false;
  const name = nameOf(input, 0);
  return name !== null && !/^(?:n|b|bs|m|none|rows?)$|batch/i.test(name);
}

/** In words, that an output is led by a dimension of another name, which counts something else; or null. */
function otherName(signature: Signature): string | null {
  const counted = rowSymbol(signature);
  if (counted === null) return null;
  const other = signature.outputs.find((output) => {
    const name = nameOf(output, 0);
    return name !== null && name !== counted;
  });
  if (other === undefined) return null;
  return `${other.name} is led by "${nameOf(other, 0)}", and the inputs by "${counted}"`;
}

function oneByOne(why: string): string {
  return `rows run one by one, since together ${why}`;
}

function unproven(why: string | null, claim: Claim | null): string {
  const because = why === null ? 'no two made-up rows could be tried' : why;
  if (claim === 'first') return `slipway.rows says "first", and runs show nothing of it: ${because}`;
  return `rows run one by one, since runs do not show whether they may share one (${because}); two golden rows that differ show it, and slipway.rows = first says it`;
}

function contradicted(how: string): ModelError {
  return new ModelError(`slipway.rows says "first", but runs of several rows show another thing: ${how}`);
}

function nameAt(signature: Signature, output: number): string {
  return signature.outputs[output]?.name ?? 'an output';
}

function closed({ inputs }: Signature): string {
  const input = inputs.find((port: Port) => port.shape[0] !== null);
  return input === undefined ? 'the model' : `input "${input.name}"`;
}
