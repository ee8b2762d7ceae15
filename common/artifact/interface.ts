/**
 * The interface of a service: what callers send and what they get, whatever the model takes. It stands in slipway.yaml
 * (`services.NAME.interface`), the ledger keeps that of the live release, and the predictor gets it as JSON in
 * SLIPWAY_INTERFACE. With it an instance is always an object by request field (and `key`, which comes back), a prediction
 * always an object by response field: either may get more fields without breaking anybody.
 */
import { isOfType, isRecord, isValueType, jsonOf, property, type Value, type ValueType } from './values.ts';

/** As JSON, in the environment of the predictor. */
export const INTERFACE_VARIABLE = 'SLIPWAY_INTERFACE';

/** The field of an instance that comes back in its prediction, with any value; batch prediction joins by it. */
export const KEY = 'key';

export interface RequestField {
  readonly type: ValueType;
  /** How many values; absent: one, and no list. */
  readonly list?: number | 'any';
  /** It may be absent; the model's mapping then has a default, or the field has. */
  readonly optional?: boolean;
  /** What its absence means. */
  readonly default?: Exclude<Value, null>;
  /** Accepted, and on its way out: it may be absent. */
  readonly deprecated?: boolean;
  /** `VIEW.FEATURE` whose stored value it replaces where it is sent. It may be absent. */
  readonly override?: string;
  readonly description?: string;
}

export interface ResponseField {
  readonly type: ValueType;
  /** How many values; absent: one, and no list. */
  readonly list?: number | 'any';
  readonly description?: string;
}

/** Of `parameters` beside `outputs` and `decimals`: it reaches the handler. */
export interface Parameter {
  readonly type: ValueType;
  readonly default?: Exclude<Value, null>;
  readonly description?: string;
}

export interface Interface {
  readonly request: Readonly<Record<string, RequestField>>;
  readonly response: Readonly<Record<string, ResponseField>>;
  readonly parameters?: Readonly<Record<string, Parameter>>;
}

/** Whether an instance must have it. */
export function isRequired(field: RequestField): boolean {
  return !(
    field.optional === true ||
    field.default !== undefined ||
    field.deprecated === true ||
    field.override !== undefined
  );
}

/**
 * Reads SLIPWAY_INTERFACE. The engine has checked what it writes; what is read here is that it is such JSON at all, and
 * fields that a newer engine knows are left alone. Throws an Error that says what was expected.
 */
export function readInterface(text: string): Interface {
  const value = jsonOf(text);
  const request = property(value, 'request');
  const response = property(value, 'response');
  const parameters = property(value, 'parameters');
  const known = [request, response, ...(parameters === undefined ? [] : [parameters])];
  if (!known.every((fields) => isRecord(fields) && Object.values(fields).every(isField)))
    throw new Error(
      'expected the interface of a service as JSON: request and response, each field with a type',
    );
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as checked, and written by the engine's schema
  return value as Interface;
}

function isField(field: unknown): boolean {
  const type = property(field, 'type');
  const list = property(field, 'list');
  const fallback = property(field, 'default');
  return (
    isValueType(type) &&
    (list === undefined || list === 'any' || (Number.isInteger(list) && Number(list) > 0)) &&
    (fallback === undefined || isOfType(fallback, type))
  );
}
