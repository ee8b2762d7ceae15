/**
 * A predictor behind the interface of its service: callers send keys and context, the values of the model's inputs are
 * looked up and put together here. What cannot be looked up never reaches the model.
 */
import type { Outcome } from '../serve/job.ts';
import { NumberRows } from '../serve/number-rows.ts';
import { readBody, type Predictor } from '../serve/predictor.ts';
import type { Predict } from '../serve/handled.ts';
import { KEY } from '../../common/artifact/interface.ts';
import { sentValue, type Assembler, type Policies, type Rows } from './assemble.ts';
import type { Found } from './fetcher.ts';
import type { Lookups, Wanted } from './lookups.ts';
import { numberInputOf } from './number-input.ts';
import type { Plan, PlannedInput, PlannedView } from './plan.ts';
import type { Instance, RequestFields } from './request-fields.ts';
import type { Key } from './stores/store.ts';

export interface Mapping {
  readonly plan: Plan;
  readonly fields: RequestFields;
  readonly policies: Policies;
  readonly assembler: Assembler;
  readonly lookups: Lookups;
}

/** Answers one request body. Throws or settles with a BadInput, a FeatureRefused or a FeaturesUnavailable. */
export function withFeatures(predictor: Predictor, mapping: Mapping): Predict {
  const { plan, fields, lookups, assembler } = mapping;
  const inputs = inputsOf(predictor, plan);
  const numbers = numberInputOf(predictor, plan, assembler);
  const isEchoed = (instance: Instance): boolean => fields.echoesKey && Object.hasOwn(instance, KEY);
  // They have waited for the end of this turn already.
  lookups.onTurn = () => predictor.endTurn();
  return (body, settle, isDisconnected) => {
    const { instances, parameters } = readBody(body);
    const asked = checked(mapping, instances);
    const predict = (found: readonly Found[]): void => {
      const rows: Rows = { found, views: plan.views, now: Date.now() };
      if (numbers !== null && parameters === undefined && !asked.some(isEchoed)) {
        const model = numbers.of(asked, rows);
        predictor.predict(model instanceof NumberRows ? model : { instances: model }, settle, isDisconnected);
        return;
      }
      const model = asked.map((instance, index) => modelInstance(mapping, inputs, instance, rows, index));
      predictor.predict(
        parameters === undefined ? { instances: model } : { instances: model, parameters },
        settle,
        isDisconnected,
      );
    };
    if (plan.views.length === 0) {
      predict([]);
      return;
    }
    lookups.gather(wantedBy(plan.views, asked), (found) => settling(() => predict(found), settle));
  };
}

/** The instances, each checked to have what the interface says. Throws a BadInput. */
export function checked({ fields }: Mapping, instances: readonly unknown[]): readonly Instance[] {
  return instances.map((instance, index) => fields.checked(instance, index));
}

/** The keys of all instances, view by view within each. */
export function wantedBy(
  views: readonly PlannedView[],
  instances: readonly Instance[],
): readonly (Wanted | null)[] {
  const wanted: (Wanted | null)[] = [];
  for (const instance of instances) {
    for (const [view, planned] of views.entries()) wanted.push(wantedOf(view, planned, instance));
  }
  return wanted;
}

function wantedOf(view: number, { keyFields, keyDefaults }: PlannedView, instance: Instance): Wanted | null {
  const [only = ''] = keyFields;
  if (keyFields.length === 1) {
    const value = sentValue(instance, only) ?? keyDefaults[0];
    return isKeyPart(value) ? { view, id: String(value), key: [value] } : null;
  }
  const key: Key[number][] = [];
  for (const [i, field] of keyFields.entries()) {
    const value = sentValue(instance, field) ?? keyDefaults[i];
    if (!isKeyPart(value)) return null;
    key.push(value);
  }
  return { view, id: JSON.stringify(key.map(String)), key };
}

function isKeyPart(value: unknown): value is Key[number] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** The plan's inputs in the order of the model's, which need no names then. */
function inputsOf(predictor: Predictor, { inputs }: Plan): readonly PlannedInput[] {
  return predictor.options.layout.inputs.flatMap(
    ({ name }) => inputs.find((input) => input.name === name) ?? [],
  );
}

function modelInstance(
  { assembler, fields }: Mapping,
  inputs: readonly PlannedInput[],
  instance: Instance,
  rows: Rows,
  index: number,
): unknown {
  const [only] = inputs;
  const isEchoed = fields.echoesKey && Object.hasOwn(instance, KEY);
  if (inputs.length === 1 && only !== undefined && !isEchoed) {
    return assembler.input(only, instance, rows, index);
  }
  const values = inputs.map((input) => assembler.input(input, instance, rows, index));
  if (isEchoed) {
    return Object.fromEntries([...inputs.map(({ name }, i) => [name, values[i]]), [KEY, instance[KEY]]]);
  }
  return values;
}

/** What is thrown after the request's own turn has nobody to catch it. */
function settling(act: () => void, settle: (outcome: Outcome) => void): void {
  try {
    act();
  } catch (error) {
    settle({ ok: false, error });
  }
}
