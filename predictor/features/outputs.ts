/** The fields of the response, as the interface has them, made of what the model returns. */
import type { Features, MappedOutput } from '../../common/artifact/features.ts';
import type { Interface } from '../../common/artifact/interface.ts';
import { ModelError } from '../model/model-error.ts';
import type { OutputSpec } from '../model/onnx-outputs.ts';

/** Throws a ModelError that names the field which the model has no output for. */
export function mappedOutputs(
  outputs: readonly OutputSpec[],
  mapped: Features['outputs'],
  face: Interface | null,
): readonly OutputSpec[] {
  const fields = face === null ? mapped?.keys() : Object.keys(face.response);
  if (fields === undefined) return outputs;
  return [...fields].map((name) => {
    const part = mapped?.get(name) ?? { output: name, index: null, key: null };
    const output = outputs.find((candidate) => candidate.name === part.output);
    if (output === undefined) {
      const names = outputs.map((candidate) => candidate.name).join(', ');
      throw new ModelError(`response field ${name}: expected an output ${part.output}, got ${names}`);
    }
    // A column declared [N, 1] is one value where the interface says that the field is one.
    const isSingle = face !== null && face.response[name]?.list === undefined;
    return partOf(name, output, part, isSingle);
  });
}

function partOf(
  name: string,
  output: OutputSpec,
  { index, key }: MappedOutput,
  isSingle: boolean,
): OutputSpec {
  if (key !== null) {
    const place = output.as === 'map' ? output.keys.indexOf(key) : -1;
    if (output.as === 'map' && place >= 0)
      return { name, as: 'element', tensor: output.tensor, index: place };
    throw new ModelError(`response field ${name}: expected a map with the key ${key} in ${output.name}`);
  }
  if (index === null) {
    const isColumn = isSingle && output.as === 'tensor';
    return isColumn ? { name, as: 'element', tensor: output.tensor, index: 0 } : { ...output, name };
  }
  if (output.as === 'list') {
    const tensor = output.tensors[index];
    if (tensor !== undefined) return { name, as: 'tensor', tensor };
    throw new ModelError(
      `response field ${name}: expected a part ${index} of ${output.name}, got ${output.tensors.length}`,
    );
  }
  return { name, as: 'element', tensor: output.tensor, index };
}
