/** Whether the outputs of a model have all that the response of the interface promises. */
import type { Features, MappedOutput } from '../../../common/artifact/features.ts';
import type { Interface, ResponseField } from '../../../common/artifact/interface.ts';
import type { Field } from './signature.ts';
import { gives, quoted, widthOf } from './tensor-kinds.ts';

/** Sentences; none: they have. `mapped` null: by name; `outputs` null: not known. */
export function outputMisfits(
  response: Interface['response'],
  mapped: Features['outputs'],
  outputs: readonly Field[] | null,
): string[] {
  const byName = outputs === null ? null : new Map(outputs.map((output) => [output.name, output]));
  const unknown = [...(mapped?.keys() ?? [])]
    .filter((field) => !Object.hasOwn(response, field))
    .map((field) => `features.json maps an output to response.${field}, which the interface does not have`);
  const found = Object.entries(response).flatMap(([field, stated]) => {
    const from = mapped === null ? { output: field, index: null, key: null } : mapped.get(field);
    if (from === undefined) return [`response.${field} is mapped to no output in features.json`];
    if (byName === null) return [];
    const output = byName.get(from.output);
    if (output === undefined)
      return [`response.${field} needs the output ${quoted(from.output)}, which the model does not have`];
    return partMisfits(field, stated, from, output);
  });
  return [...unknown, ...found];
}

function partMisfits(
  field: string,
  { type, list }: ResponseField,
  { index, key }: MappedOutput,
  output: Field,
): string[] {
  const isTensor = !output.type.includes('<');
  if (key !== null && isTensor)
    return [`response.${field} needs a key of the output ${quoted(output.name)}, which is no map`];
  if (!isTensor) return [];
  if (!gives(output.type, type))
    return [`response.${field} is a ${type}, and the output ${quoted(output.name)} is ${output.type}`];
  const width = widthOf(output.shape);
  if (width === null) return [];
  if (index !== null && index >= width)
    return [
      `response.${field} needs element ${index} of the output ${quoted(output.name)}, which has ${width}`,
    ];
  const given = index === null ? width : 1;
  const wanted = list ?? 1;
  if (wanted !== 'any' && wanted !== given)
    return [`response.${field} has ${wanted} value(s), and the output ${quoted(output.name)} gives ${given}`];
  return [];
}
