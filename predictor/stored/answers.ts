/**
 * Answers a request by stored predictions where they are wanted, and by the model where not. A stored prediction answers
 * an instance that has the fields of the key and no other: what else a request says, the batch did not know.
 */
import { SOURCE, type StoredSettings } from '../../common/artifact/stored-settings.ts';
import { isOfType, isRecord } from '../../common/artifact/values.ts';
import { isKey } from '../../common/batch/stored-row.ts';
import { BadInput, classOf } from '../serve/bad-input.ts';
import { Unavailable } from '../features/fetcher.ts';
import { FeatureRefused, FeaturesUnavailable } from '../features/refusals.ts';
import type { RequestFields } from '../features/request-fields.ts';
import type { Key } from '../features/stores/store.ts';
import type { Predict } from '../serve/handled.ts';
import type { Outcome } from '../serve/job.ts';
import { readBody } from '../serve/predictor.ts';
import { Refused } from '../serve/refused.ts';
import { partsOf } from '../../common/batch/json-parts.ts';
import type { StoredRows, StoredText } from './published-rows.ts';
import { NotStored } from './refusal.ts';

export interface AnswerCounts {
  stored: number;
  computed: number;
}

export interface StoredAnswers {
  readonly settings: StoredSettings;
  /** Of the interface. */
  readonly fields: RequestFields;
  /** Null: nothing is published. */
  readonly current: () => StoredRows | null;
  readonly counts: AnswerCounts;
}

/** `predict` computes. Throws or settles with a BadInput, a NotStored or a FeaturesUnavailable besides. */
export function withStored(predict: Predict, answers: StoredAnswers): Predict {
  const { settings, current } = answers;
  const keyIn = keysOf(answers);
  return (body, settle, isDisconnected) => {
    const { instances, parameters } = readBody(body);
    const asked = { instances, ...parametersOf(parameters) };
    const rows = asked.isAlone ? usable(settings, current(), Date.now()) : null;
    const answer = (texts: readonly StoredText[]): void =>
      answerBy(texts, rows, { predict, answers, asked, settle, isDisconnected });
    if (rows === null) answer(instances.map(() => null));
    else rows.find(instances.map(keyIn), (texts) => settling(() => answer(texts), settle));
  };
}

interface Asking {
  readonly predict: Predict;
  readonly answers: StoredAnswers;
  readonly asked: { readonly instances: readonly unknown[] } & ReturnType<typeof parametersOf>;
  readonly settle: (outcome: Outcome) => void;
  readonly isDisconnected: () => boolean;
}

/** Answers by what is stored, one text an instance, and computes the rest. */
function answerBy(
  texts: readonly StoredText[],
  rows: StoredRows | null,
  { predict, answers, asked, settle, isDisconnected }: Asking,
): void {
  const { instances } = asked;
  const { settings, counts } = answers;
  if (rows !== null && settings.answers === 'stored') assertStored(answers, instances, texts, rows);
  // A store that does not answer is no reason to refuse what the model can answer.
  const stored = texts.map((text) => (typeof text === 'string' ? text : undefined));
  const missing = instances.filter((_, i) => stored[i] === undefined);
  counts.stored += instances.length - missing.length;
  counts.computed += missing.length;
  const told = asked.isTold ? sourceOf : () => null;
  const own = (some: readonly unknown[]) => ({
    instances: some,
    ...(asked.rest !== undefined && { parameters: asked.rest }),
  });
  const merged = (computed: readonly string[], known: readonly (string | undefined)[]) => {
    let next = 0;
    return known.map((text) =>
      text === undefined ? withSource(computed[next++] ?? 'null', told(null)) : withSource(text, told(rows)),
    );
  };
  if (missing.length === 0 && instances.length > 0) {
    settle({ ok: true, text: bodyOf(merged([], stored)) });
    return;
  }
  const computeAll = () => {
    predict(
      own(instances),
      (outcome) => {
        if (!outcome.ok || !asked.isTold) settle(outcome);
        else settle({ ok: true, text: bodyOf(merged(predictionsOf(outcome.text), instances.map(none))) });
      },
      isDisconnected,
    );
  };
  if (missing.length === instances.length) {
    computeAll();
    return;
  }
  computing(predict, own(missing), isDisconnected, (outcome) => {
    if (outcome.ok) settle({ ok: true, text: bodyOf(merged(predictionsOf(outcome.text), stored)) });
    // A refusal that counts instances counts them as the caller does where all are asked for.
    else if (namesInstance(outcome.error)) settling(computeAll, settle);
    else settle(outcome);
  });
}

/** Settles also with what `predict` throws. */
function computing(
  predict: Predict,
  body: unknown,
  isDisconnected: () => boolean,
  settle: (outcome: Outcome) => void,
): void {
  settling(() => predict(body, settle, isDisconnected), settle);
}

function settling(act: () => void, settle: (outcome: Outcome) => void): void {
  try {
    act();
  } catch (error) {
    settle({ ok: false, error });
  }
}

function namesInstance(error: unknown): boolean {
  return error instanceof BadInput || error instanceof FeatureRefused || error instanceof Refused;
}

function none(): undefined {
  return undefined;
}

function usable({ answers, maxAgeMs }: StoredSettings, rows: StoredRows | null, now: number) {
  if (rows === null || answers === 'computed') return null;
  return answers === 'stored' || now - rows.published.at <= maxAgeMs ? rows : null;
}

/** The key in an instance; null: it has not the fields of the key with values of their types, or others as well. */
function keysOf({ settings: { key }, fields }: StoredAnswers): (instance: unknown) => Key | null {
  const types = key.map((field) => fields.typeOf(field));
  return (instance) => {
    if (!isRecord(instance) || Object.keys(instance).length !== key.length) return null;
    const values = key.map((field) => (Object.hasOwn(instance, field) ? instance[field] : null));
    const areTyped = types.every((type, i) => type === null || isOfType(values[i], type));
    return areTyped && isKey(values) ? values : null;
  };
}

/** Throws a BadInput, a NotStored or a FeaturesUnavailable for the first instance that no stored prediction answers. */
function assertStored(
  { settings: { key }, fields }: StoredAnswers,
  instances: readonly unknown[],
  texts: readonly StoredText[],
  { view }: StoredRows,
): void {
  const index = texts.findIndex((text) => typeof text !== 'string');
  const instance = instances[index];
  const text = texts[index];
  if (index < 0) return;
  if (text instanceof Unavailable) throw new FeaturesUnavailable(view ?? '', text.reason);
  const asked = fields.checked(instance, index);
  const other = Object.keys(asked).find((name) => !key.includes(name));
  const absent = key.find((name) => !Object.hasOwn(asked, name));
  if (other === undefined && absent === undefined) throw new NotStored(index, key, asked);
  const names = key.map((name) => `"${name}"`).join(', ');
  const got = absent === undefined ? 'others as well' : 'fewer';
  throw new BadInput({ instance: index }, `the fields of the key alone (${names})`, got);
}

/** `isAlone`: there is none but `source`; others shape what the model answers. */
function parametersOf(parameters: unknown): { isTold: boolean; isAlone: boolean; rest: unknown } {
  if (!isRecord(parameters)) return { isTold: false, isAlone: parameters === undefined, rest: parameters };
  const { [SOURCE]: asked, ...rest } = parameters;
  if (asked !== undefined && typeof asked !== 'boolean')
    throw new BadInput({ field: `parameters.${SOURCE}` }, 'true or false', classOf(asked));
  const isAlone = Object.keys(rest).length === 0;
  return { isTold: asked === true, isAlone, rest: isAlone ? undefined : rest };
}

function sourceOf(rows: StoredRows | null): string {
  if (rows === null) return JSON.stringify({ from: 'computed', at: new Date().toISOString() });
  const { version, at } = rows.published;
  return JSON.stringify({ from: 'stored', version, at: new Date(at).toISOString() });
}

/** A prediction of a service with an interface is an object. */
function withSource(prediction: string, source: string | null): string {
  if (source === null || !prediction.endsWith('}')) return prediction;
  const head = prediction.slice(0, -1).trimEnd();
  return `${head}${head === '{' ? '' : ','}"${SOURCE}":${source}}`;
}

function predictionsOf(text: string): string[] {
  return partsOf(text.slice('{"predictions":'.length, -1));
}

function bodyOf(predictions: readonly string[]): string {
  return `{"predictions":[${predictions.join(',')}]}`;
}
