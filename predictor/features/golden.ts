/**
 * Golden rows of a model that gets features: `instance` is a request, `features` are the values that training saw for
 * it, and the prediction is of those. The check of the model asks it with them, and needs no store; the check of the
 * store (start-check.ts) takes the keys.
 */
import type { Features } from '../../common/artifact/features.ts';
import type { FeatureSettings } from '../../common/artifact/feature-settings.ts';
import type { Interface } from '../../common/artifact/interface.ts';
import { isRecord, property, type Value } from '../../common/artifact/values.ts';
import type { GoldenRow } from '../../common/artifact/golden-row.ts';
import { ModelError } from '../model/model-error.ts';
import { BadInput } from '../serve/bad-input.ts';
import { Assembler } from './assemble.ts';
import type { Found } from './fetcher.ts';
import { planOf, type Plan } from './plan.ts';
import { FeatureRefused } from './refusals.ts';
import { requestFields, type RequestFields } from './request-fields.ts';

const POLICIES = { missing: 'default', stale: 'serve', unavailable: 'refuse' } as const;

/** The golden rows as the model takes them, or null if none says what its features were. Throws a ModelError. */
export function modelRows(
  golden: readonly GoldenRow[],
  features: Features,
  settings: FeatureSettings | null,
  face: Interface | null,
): readonly GoldenRow[] | null {
  const plan = planOf(features, settings, face);
  const fields = requestFields(plan, face);
  const assembler = new Assembler(POLICIES, defaultsOf(face), { count: () => {} });
  const rows = golden
    .filter(({ features: pinned }) => plan.views.length === 0 || pinned !== undefined)
    .map((row) => modelRow(row, plan, fields, assembler));
  return rows.length > 0 ? rows : null;
}

/** What an absent field means, by field. */
export function defaultsOf(face: Interface | null): ReadonlyMap<string, Value> {
  const entries = Object.entries(face?.request ?? {});
  return new Map(
    entries.flatMap(([name, field]) => (field.default === undefined ? [] : [[name, field.default] as const])),
  );
}

function modelRow(
  { line, instance, features: pinned, prediction }: GoldenRow,
  plan: Plan,
  fields: RequestFields,
  assembler: Assembler,
): GoldenRow {
  if (pinned !== undefined && !isRecord(pinned)) {
    throw new ModelError(`golden.jsonl line ${line}: expected "features" as an object by view.feature`);
  }
  try {
    const request = fields.checked(instance, 0);
    const found = plan.views.map(({ view }): Found => ({
      values: view.features.map((feature) => property(pinned, `${view.name}.${feature}`)),
      time: null,
    }));
    const rows = { found, views: plan.views, now: 0 };
    const values = plan.inputs.map((input) => [input.name, assembler.input(input, request, rows, 0)]);
    return { line, instance: Object.fromEntries(values), prediction };
  } catch (error) {
    if (!(error instanceof BadInput || error instanceof FeatureRefused)) throw error;
    throw new ModelError(`golden.jsonl line ${line}: ${error.message.replace(/^instances\[0\]\.?:? ?/, '')}`);
  }
}
