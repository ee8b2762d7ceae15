/**
 * Answers a request by stored predictions where they are wanted, and by the model where not. A stored prediction answers
 * an instance that has the fields of the key and no other: what else a request says, the batch did not know.
 */
import { SOURCE, type StoredSettings } from '../../common/artifact/stored-settings.ts';
import { isRecord } from '../../common/artifact/values.ts';
import { BadInput, classOf } from '../serve/bad-input.ts';
import { FeatureRefused } from '../features/refusals.ts';
import type { Predict } from '../serve/handled.ts';
import type { Outcome } from '../serve/job.ts';
import { readBody } from '../serve/predictor.ts';
import { Refused } from '../serve/refused.ts';
import { partsOf } from './json-parts.ts';
import type { StoredRows } from './published-rows.ts';
import { NotStored } from './refusal.ts';
import { keyOf } from './table.ts';

export interface AnswerCounts {
  stored: number;
  computed: number;
}

export interface StoredAnswers {
  readonly settings: StoredSettings;
  /** Null: nothing is published. */
  readonly current: () => StoredRows | null;
  readonly counts: AnswerCounts;
}

/** `predict` computes. Throws or settles with a BadInput or a NotStored besides. */
export function withStored(predict: Predict, { settings, current, counts }: StoredAnswers): Predict {
  return (body, settle, isDisconnected) => {
    const { instances, parameters } = readBody(body);
    const asked = parametersOf(parameters);
    const told = asked.isTold ? sourceOf : () => null;
    const rows = asked.isAlone ? usable(settings, current(), Date.now()) : null;
    const stored = instances.map((instance) => (rows === null ? undefined : found(settings, rows, instance)));
    if (rows !== null && settings.answers === 'stored') assertStored(settings, instances, stored);
    const missing = instances.filter((_, i) => stored[i] === undefined);
    counts.stored += instances.length - missing.length;
    counts.computed += missing.length;

    const own = (some: readonly unknown[]) => ({
      instances: some,
      ...(asked.rest !== undefined && { parameters: asked.rest }),
    });
    const merged = (computed: readonly string[], texts: readonly (string | undefined)[]) => {
      let next = 0;
      return texts.map((text) =>
        text === undefined
          ? withSource(computed[next++] ?? 'null', told(null))
          : withSource(text, told(rows)),
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
  };
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

function found({ key }: StoredSettings, { table }: StoredRows, instance: unknown): string | undefined {
  if (!isRecord(instance)) return undefined;
  if (Object.keys(instance).length !== key.length) return undefined;
  const id = keyOf(key.map((field) => (Object.hasOwn(instance, field) ? instance[field] : null)));
  return id === null ? undefined : table.get(id);
}

/** Throws a BadInput or a NotStored for the first instance that no stored prediction answers. */
function assertStored(
  { key }: StoredSettings,
  instances: readonly unknown[],
  stored: readonly (string | undefined)[],
): void {
  const index = stored.indexOf(undefined);
  const instance = instances[index];
  if (index < 0) return;
  if (!isRecord(instance)) throw new BadInput({ instance: index }, 'an object', classOf(instance));
  const other = Object.keys(instance).find((name) => !key.includes(name));
  const absent = key.find((name) => !Object.hasOwn(instance, name));
  if (other === undefined && absent === undefined) throw new NotStored(index, key, instance);
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
