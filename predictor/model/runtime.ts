/**
 * The one place that touches ONNX Runtime. A Runtime is a loaded model: in this thread (`openModel`), in a
 * worker thread or in another process (`remote.ts`). Tensors go in and come out in the signature's order.
 */
import { InferenceSession, Tensor as OrtTensor } from 'onnxruntime-node';
import { withAdvice } from './advice.ts';
import { ModelError, RunError } from './model-error.ts';
import { runtimeReason } from './runtime-reason.ts';
import { ELEMENT_TYPES, isTypeName, type TensorData, type TypeName } from './tensor-types.ts';

export interface Tensor {
  readonly type: TypeName;
  readonly dims: readonly number[];
  readonly data: TensorData;
}

/** An input or output of the model. `null` in the shape: a dimension that is known only when it runs. */
export interface Port {
  readonly name: string;
  readonly type: TypeName;
  readonly shape: readonly (number | null)[];
  /** The names of the open dimensions. Those of one name are equal in a run; null: a dimension without a name. */
  readonly symbols: readonly (string | null)[];
  /** True if the model declares no shape at all: it takes any number of dimensions. */
  readonly anyRank: boolean;
}

export interface Signature {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
}

export interface Runtime {
  readonly signature: Signature;
  /** Rejects with a RunError if the runtime refuses the values. */
  run(feeds: readonly Tensor[]): Promise<Tensor[]>;
  close(): Promise<void>;
}

/** What is loaded. Everything in it can be sent to another thread or process. */
export interface ModelSource {
  /**
   * The path of the file, or its bytes. From a path a model takes about its own size in memory while it loads, from
   * bytes three times as much.
   */
  readonly model: string | Uint8Array;
  readonly intraOpThreads: number;
  /** False for a model that the runtime's optimizations make answer wrongly. */
  readonly optimized: boolean;
  /** Names of the inputs that are declared without a shape, which the runtime does not tell. */
  readonly anyRank: readonly string[];
}

/** Loads a model into this thread; the thread stands still while it loads and while it runs. */
export async function openModel(source: ModelSource): Promise<Runtime> {
  const session = await createSession(source);
  const signature = {
    inputs: session.inputMetadata.map((value) => port(value, 'input', source.anyRank)),
    outputs: session.outputMetadata.map((value) => port(value, 'output', [])),
  };
  const { inputs, outputs } = signature;

  // Feeds that come again, as those of a batch of as many rows do, are made into the runtime's own only once.
  const known = new WeakMap<readonly Tensor[], Readonly<Record<string, OrtTensor>>>();
  const named = (feeds: readonly Tensor[]): Readonly<Record<string, OrtTensor>> => {
    // Names come from the model: an object without a prototype has no key that means something else.
    const tensors: Record<string, OrtTensor> = Object.create(null);
    inputs.forEach(({ name }, index) => {
      tensors[name] = toOrt(feeds[index]);
    });
    known.set(feeds, tensors);
    return tensors;
  };
  // Async, so that tensors which do not fit together are a rejection and no throw.
  const run = async (feeds: readonly Tensor[]): Promise<Tensor[]> => {
    const tensors = known.get(feeds) ?? named(feeds);
    const results = await session.run(tensors).catch(refuse);
    return outputs.map(({ name, type }) => fromOrt(results[name], type));
  };
  return {
    signature,
    run,
    close: () => session.release(),
  };
}

async function createSession(source: ModelSource): Promise<InferenceSession> {
  const { model, intraOpThreads, optimized } = source;
  const create = (options: InferenceSession.SessionOptions): Promise<InferenceSession> =>
    typeof model === 'string'
      ? InferenceSession.create(model, options)
      : InferenceSession.create(model, options);
  try {
    // One thread by default: with more, the runtime's threads spin and burn a second core to run no faster.
    return await create({
      intraOpNumThreads: intraOpThreads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      graphOptimizationLevel: optimized ? 'all' : 'disabled',
      // Errors come as exceptions; the runtime's own lines are not JSON and repeat values of the request.
      logSeverityLevel: 4,
      // What was looked through is ONNX: bytes that are a model of the runtime's own format too are another model.
      extra: { session: { load_model_format: 'ONNX' } },
    });
  } catch (error) {
    throw new ModelError(`ONNX Runtime cannot load the model: ${withAdvice(runtimeReason(error))}`);
  }
}

function refuse(error: unknown): never {
  throw new RunError(runtimeReason(error));
}

function port(value: InferenceSession.ValueMetadata, role: string, anyRank: readonly string[]): Port {
  if (!value.isTensor)
    throw new ModelError(`${role} "${value.name}": expected a tensor, got a map or sequence`);
  if (!isTypeName(value.type)) {
    throw new ModelError(
      `${role} "${value.name}": expected one of ${Object.keys(ELEMENT_TYPES).join(', ')}, got ${value.type}`,
    );
  }
  const shape = value.shape.map((dim) => (typeof dim === 'number' ? dim : null));
  const symbols = value.shape.map((dim) => (typeof dim === 'string' && dim !== '' ? dim : null));
  return { name: value.name, type: value.type, shape, symbols, anyRank: anyRank.includes(value.name) };
}

function toOrt(tensor: Tensor | undefined): OrtTensor {
  if (tensor === undefined) throw new Error('expected a tensor for every input');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- onnxruntime-common types each pair by an overload
  return new OrtTensor(tensor.type as 'float32', tensor.data as Float32Array, tensor.dims);
}

function fromOrt(value: OrtTensor | undefined, type: TypeName): Tensor {
  if (value === undefined) throw new Error('the runtime left out an output');
  return { type, dims: value.dims, data: value.data };
}
