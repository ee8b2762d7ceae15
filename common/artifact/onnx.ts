/** The field numbers of an ONNX file, and its types. https://github.com/onnx/onnx/blob/main/onnx/onnx.proto */

export const MODEL = { graph: 7, metadata: 14 } as const;
export const GRAPH = { node: 1, initializer: 5, input: 11, output: 12, sparseInitializer: 15 } as const;
export const NODE = { attribute: 5 } as const;
export const ATTRIBUTE = { name: 1, integers: 8, texts: 9 } as const;
export const TENSOR = { texts: 6, name: 8 } as const;
export const SPARSE = { values: 1 } as const;
export const VALUE = { name: 1, type: 2 } as const;
export const TYPE = { tensor: 1, sequence: 4, map: 5, sparse: 8, optional: 9 } as const;
/** Of a tensor's type. */
export const TENSOR_TYPE = { element: 1, shape: 2 } as const;
export const DIM = { value: 1, param: 2 } as const;

/** TensorProto.DataType in numpy's words; those of ml_dtypes for what numpy has not. */
export const ELEMENT_TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [4, 'uint16'],
  [5, 'int16'],
  [6, 'int32'],
  [7, 'int64'],
  [8, 'string'],
  [9, 'bool'],
  [10, 'float16'],
  [11, 'float64'],
  [12, 'uint32'],
  [13, 'uint64'],
  [14, 'complex64'],
  [15, 'complex128'],
  [16, 'bfloat16'],
  [17, 'float8_e4m3fn'],
  [18, 'float8_e4m3fnuz'],
  [19, 'float8_e5m2'],
  [20, 'float8_e5m2fnuz'],
  [21, 'uint4'],
  [22, 'int4'],
]);
