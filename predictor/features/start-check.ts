/**
 * What the store has to show before the model serves: it answers, it has every view, and every feature that the model
 * cannot do without has a value for at least one key of the golden rows. One key that is gone is no reason to refuse: a
 * replica that starts next month asks for the same ones.
 */
import { FeatureError } from './feature-error.ts';
import { Unavailable, type Found } from './fetcher.ts';
import { checked, wantedBy, type Mapping } from './mapped.ts';
import { causesOf } from '../model/model-error.ts';
import { hasValue } from './assemble.ts';
import type { PlannedColumn } from './plan.ts';
import { StoreError } from './stores/store.ts';

/** Golden rows whose keys are looked up. */
const ROWS_MAX = 32;
const TRIES = 5;
const PAUSE_MS = 1000;

export interface StartCheck {
  readonly mapping: Mapping;
  /** Requests, of the golden rows. */
  readonly instances: readonly unknown[];
  /** The last reason why a look-up failed. */
  readonly lastCause: () => unknown;
  readonly pause?: (ms: number) => Promise<void>;
}

/** Says what a person may want to know. Rejects with a FeatureError. */
export async function checkFeatures(check: StartCheck): Promise<string[]> {
  const { mapping } = check;
  const { views, columns } = mapping.plan;
  if (views.length === 0) return [];
  const instances = checked(mapping, check.instances.slice(0, ROWS_MAX));
  if (instances.length === 0) return ['no golden row has keys, so the store was not asked'];
  const rows = await lookedUp(check, instances);
  const remarks = new Set<string>();
  for (const column of columns) {
    if (column.view < 0) continue;
    const without = instances.flatMap((instance, i) => {
      const found = rows[i * views.length + column.view] ?? null;
      return hasValue(column, found) ? [] : [instance];
    });
    const [first] = without;
    if (first === undefined) continue;
    const what = inWords(column, first, mapping);
    const others = without.length > 1 ? ` and ${without.length - 1} more golden keys` : '';
    if (without.length === instances.length && isNeeded(column, mapping)) {
      throw new FeatureError(`${what}${others}: no value in the store, and the model has no default for it`);
    }
    remarks.add(`${what}${others}: no value in the store`);
  }
  return [...remarks];
}

async function lookedUp(
  { mapping, lastCause, pause = sleep }: StartCheck,
  instances: ReturnType<typeof checked>,
): Promise<readonly Found[]> {
  const { views } = mapping.plan;
  const wanted = wantedBy(views, instances);
  for (let tries = 1; ; tries += 1) {
    const found = await new Promise<readonly Found[]>((resolve) => {
      mapping.lookups.gather(wanted, resolve);
    });
    const failed = found.findIndex((one) => one instanceof Unavailable);
    if (failed < 0) return found;
    const cause = lastCause();
    const isLasting = cause instanceof StoreError && cause.isLasting;
    if (tries === TRIES || isLasting) {
      if (canDoWithout(mapping) && !isLasting) return found;
      const view = views[failed % views.length]?.view.name ?? '';
      const why = cause === null ? 'it did not answer in time' : causesOf(cause).join(': ');
      throw new FeatureError(`view ${view}: the store cannot be asked: ${why}`);
    }
    await pause(PAUSE_MS);
  }
}

/** A replica that starts while the store is down serves as the others do. */
function canDoWithout({ plan, policies }: Mapping): boolean {
  const isDefault = ({ column }: PlannedColumn): boolean =>
    column.view === null || column.default !== undefined;
  return policies.unavailable === 'default' && plan.columns.every(isDefault);
}

function isNeeded({ column }: PlannedColumn, { policies }: Mapping): boolean {
  return column.default === undefined || policies.missing === 'refuse';
}

function inWords({ column, view }: PlannedColumn, instance: object, { plan }: Mapping): string {
  const fields = plan.views[view]?.keyFields ?? [];
  const key = fields.map((field) => `${field} ${JSON.stringify(Reflect.get(instance, field)) ?? 'nothing'}`);
  return `view ${column.view}, feature ${column.field}, key ${key.join(', ').slice(0, 200)}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
