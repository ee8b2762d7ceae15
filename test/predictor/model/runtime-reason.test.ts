import { describe, expect, test } from 'vitest';
import { runtimeReason } from '../../../predictor/model/runtime-reason.ts';

const SRC = '/onnxruntime_src/onnxruntime/core';

describe('runtimeReason', () => {
  test.each([
    {
      name: 'a signature with many parameters',
      message: `${SRC}/graph/model.cc:202 onnxruntime::Model::Model(onnx::ModelProto&&, const onnxruntime::PathString&, const onnxruntime::IOnnxRuntimeOpSchemaRegistryList*, const onnxruntime::ModelOptions&) Unsupported model IR version: 14, max supported IR version: 13\n`,
      reason: 'Unsupported model IR version: 14, max supported IR version: 13',
    },
    {
      name: 'a signature that ends in a lambda, after words of its own',
      message: `Exception during initialization: ${SRC}/cpu/text/string_normalizer.cc:235 onnxruntime::StringNormalizer::Locale::Locale(const std::string&)::<lambda()> Failed to construct locale with name:en_US.UTF-8`,
      reason: 'Exception during initialization: Failed to construct locale with name:en_US.UTF-8',
    },
    {
      name: 'a failed check in a node',
      message: `Non-zero status code returned while running Mul node. Name:'' Status Message: ${SRC}/cpu/math/element_wise_ops.h:563 void onnxruntime::BroadcastIterator::Init(ptrdiff_t, ptrdiff_t) axis == 1 || axis == largest was false. Attempting to broadcast an axis by a dimension other than 1. 2 by 3\n`,
      reason: 'Mul: Attempting to broadcast an axis by a dimension other than 1. 2 by 3',
    },
    {
      name: 'a node with a name and no place',
      message:
        "Non-zero status code returned while running Gather node. Name:'emb' Status Message: indices element out of data bounds",
      reason: 'Gather "emb": indices element out of data bounds',
    },
    {
      name: 'templates, operators and qualifiers',
      message: `${SRC}/framework/op_kernel.h:100 T onnxruntime::Foo<T>::operator()(int, const char*) const [with T = float; U = std::vector<int>] Missing Input: x (of the model)`,
      reason: 'Missing Input: x (of the model)',
    },
    {
      name: 'a place without folders and a bare name',
      message: 'inference_session.cc:2119 LoadOrtModelWithLoader ORT model verification failed.',
      reason: 'ORT model verification failed.',
    },
    {
      name: 'two places',
      message: `${SRC}/a.cc:1 void onnxruntime::a(int) First. ${SRC}/b.cc:2 void onnxruntime::b(int) Second.`,
      reason: 'First. Second.',
    },
    {
      name: 'lines',
      message: 'Got invalid dimensions for input: x\n index: 0 Got: 1 Expected: 0\n Please fix the inputs.',
      reason: 'Got invalid dimensions for input: x index: 0 Got: 1 Expected: 0 Please fix the inputs.',
    },
    {
      name: 'a sentence alone',
      message: 'model.onnx (version 3) is bad',
      reason: 'model.onnx (version 3) is bad',
    },
  ])('keeps what a person can read of $name', ({ message, reason }) => {
    expect(runtimeReason(new Error(message))).toBe(reason);
  });

  test('takes no time over a message of any length', () => {
    const start = performance.now();
    for (const part of ['a', 'a/', '(', 'x.cc:1 ', 'a::b<']) runtimeReason(new Error(part.repeat(1_000_000)));
    expect(performance.now() - start).toBeLessThan(1000);
  });
});
