/** What helps against what the runtime says of a model it cannot load. */

interface Advice {
  readonly reason: RegExp;
  readonly help: (match: RegExpExecArray) => string;
}

const ADVICE: readonly Advice[] = [
  {
    reason: /IR version: \d+, max supported IR version: (\d+)/,
    help: ([, most = '']) =>
      `save the model with ir_version=10, at most ${most}: onnx.helper.make_model(…, ir_version=10), or model.ir_version = 10 before onnx.save`,
  },
  {
    reason: /Failed to construct locale/,
    help: () =>
      "the image has to have this locale, or the model another one: options={TfidfVectorizer: {'locale': 'C.UTF-8'}} in convert_sklearn",
  },
  {
    reason: /Unsupported data type: 16\b/,
    help: () => 'bfloat16 has to become float32: call model.float() before the export',
  },
  {
    reason: /External data/i,
    help: () => 'save the model as one file: torch.onnx.export(…, external_data=False)',
  },
  {
    reason: /is not a registered function\/op|Fatal error: .*custom/i,
    help: () => 'the runtime has no such operator: export without custom operators, in an opset that has it',
  },
];

const OPSET = /Opset (\d+) is under development.* support for domain (\S+) is till opset (\d+)/i;

/** The reason, and what to do about it where that is known. */
export function withAdvice(reason: string): string {
  const opset = OPSET.exec(reason);
  if (opset !== null) {
    const [, got, domain, most] = opset;
    // The runtime takes 300 characters to say this, and does not say what to do.
    return `the model has opset ${got} of ${domain}, and at most ${most} is supported; export with that one: opset_version=${most} in torch.onnx.export, target_opset=${most} in skl2onnx`;
  }
  for (const { reason: pattern, help } of ADVICE) {
    const match = pattern.exec(reason);
    if (match !== null) return `${reason.replace(/\.$/, '')}; ${help(match)}`;
  }
  return reason;
}
