/** One of ONNX's own node tests, as dump.py prints it, and what became of it here. */
export interface NodeTensor {
  readonly shape: readonly number[];
  readonly value: unknown;
}

export interface NodeTest {
  readonly name: string;
  readonly model: string;
  /** null: data that no plain tensors are. */
  readonly inputs: readonly NodeTensor[] | null;
  readonly outputs: readonly NodeTensor[] | null;
}

/**
 * right: the values that ONNX says. different: others, which for random operators is as it should be. refused: not
 * loaded, with a reason. not asked: its data cannot be said in JSON. not answered: 400 or 413. failed: 5xx.
 */
export type Verdict =
  'right' | 'different' | 'refused' | 'not asked' | 'not answered' | 'failed' | 'hangs' | 'crashes';

export interface Report {
  readonly name: string;
  readonly verdict: Verdict;
  readonly why: string;
}
