import { expect, test } from 'vitest';
import { withAdvice } from '../../../predictor/model/advice.ts';

test.each([
  {
    reason: 'Unsupported model IR version: 14, max supported IR version: 13',
    says: /^Unsupported model IR version: 14, max supported IR version: 13; .* ir_version=10/,
  },
  {
    reason:
      'ONNX Runtime only *guarantees* support for models stamped with official released onnx opset versions. Opset 28 is under development and support for this is limited. The operator schemas may change. Current official support for domain ai.onnx is till opset 26.',
    says: /^the model has opset 28 of ai\.onnx, and at most 26 is supported; .*opset_version=26/,
  },
  { reason: 'Failed to construct locale with name:en_US.UTF-8', says: /'locale': 'C\.UTF-8'/ },
  {
    reason: 'Fatal error: me:Foo(-1) is not a registered function/op',
    says: /; the runtime has no such operator/,
  },
  { reason: 'Something else.', says: /^Something else\.$/ },
])('what helps against "$reason" comes with it, within 300 characters', ({ reason, says }) => {
  expect(withAdvice(reason)).toMatch(says);
  expect(withAdvice(reason).length).toBeLessThan(300);
});
