/** The parameters of the interface: checked by their type, and filled in where a request leaves them out, for the handler. */
import type { Interface } from '../../common/artifact/interface.ts';
import { isOfType, isRecord, property } from '../../common/artifact/values.ts';
import { BadInput, classOf } from '../serve/bad-input.ts';
import type { Predict } from '../serve/handled.ts';

export function withParameters(predict: Predict, parameters: NonNullable<Interface['parameters']>): Predict {
  const stated = Object.entries(parameters);
  if (stated.length === 0) return predict;
  return (body, settle, isDisconnected) => {
    const given = property(body, 'parameters') ?? {};
    // What is no body, and no parameters, is refused as ever.
    if (!isRecord(body) || !isRecord(given)) {
      predict(body, settle, isDisconnected);
      return;
    }
    const completed = { ...given };
    for (const [name, { type, default: fallback }] of stated) {
      const value = property(given, name);
      if (value === undefined && fallback !== undefined) completed[name] = fallback;
      if (value !== undefined && !isOfType(value, type))
        throw new BadInput({ field: `parameters.${name}` }, `a value of type ${type}`, classOf(value));
    }
    predict({ ...body, parameters: completed }, settle, isDisconnected);
  };
}
