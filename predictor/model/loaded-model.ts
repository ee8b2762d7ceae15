/** A model as it is served: the runtime that runs it, how rows lie in its tensors, what its answers are called. */
import { layoutOf, type Layout } from '../serve/layout.ts';
import { withTensorOutputs, type OutputSpec } from './onnx-outputs.ts';
import { assertSafe } from './onnx-safety.ts';
import type { Runtime } from './runtime.ts';

export interface LoadedModel {
  readonly runtime: Runtime;
  readonly layout: Layout;
  readonly outputs: readonly OutputSpec[];
}

/** Looks at the bytes before a runtime does. Throws a ModelError. */
export function prepareModel(bytes: Uint8Array): { model: Uint8Array; outputs: readonly OutputSpec[] } {
  assertSafe(bytes);
  return withTensorOutputs(bytes);
}

export function loadedModel(runtime: Runtime, outputs: readonly OutputSpec[]): LoadedModel {
  return { runtime, layout: layoutOf(runtime.signature), outputs };
}
