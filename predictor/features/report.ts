/**
 * What the model would get for the keys of a request, without asking it: for the engine, which signs its requests
 * (common/artifact/feature-report.ts). Anybody else's look like a parameter that nobody knows.
 */
import {
  isReportRequest,
  REPORT_PARAMETER,
  REPORT_TEXT_MAX,
  REPORT_VALUES_MAX,
  type FeatureReport,
  type Origin,
  type ReportRow,
} from '../../common/artifact/feature-report.ts';
import { property, type Value } from '../../common/artifact/values.ts';
import { BadInput } from '../serve/bad-input.ts';
import type { Predict } from '../serve/handled.ts';
import { readBody } from '../serve/predictor.ts';
import { isTooOld, sentValue, typed, type Assembled, type Policies } from './assemble.ts';
import { Unavailable, type Found } from './fetcher.ts';
import { checked, wantedBy, type Mapping } from './mapped.ts';
import type { PlannedColumn } from './plan.ts';
import { FeaturesUnavailable } from './refusals.ts';
import type { Instance } from './request-fields.ts';

/** Answers requests for a report, and has `predict` answer all others. `key`: the public one. */
export function withReport(predict: Predict, mapping: Mapping, key: string): Predict {
  const columns = oncePerFeature(mapping.plan.columns);
  return (body, settle, isDisconnected) => {
    const asked = property(property(body, 'parameters'), REPORT_PARAMETER);
    if (asked === undefined || !isSigned(asked, body, key)) {
      predict(body, settle, isDisconnected);
      return;
    }
    const instances = checked(mapping, readBody(body).instances);
    if (instances.length * columns.length > REPORT_VALUES_MAX) {
      throw new BadInput({ field: 'instances' }, `at most ${REPORT_VALUES_MAX} values in a report`, 'more');
    }
    const { views } = mapping.plan;
    mapping.lookups.gather(wantedBy(views, instances), (found) => {
      const failed = found.findIndex((one) => one instanceof Unavailable);
      const failure = found[failed];
      if (failure instanceof Unavailable) {
        const view = views[failed % views.length]?.view.name ?? '';
        settle({ ok: false, error: new FeaturesUnavailable(view, failure.reason) });
        return;
      }
      const report: FeatureReport = {
        features: columns.map(({ source }) => source),
        rows: instances.map((instance, i) =>
          rowOf(columns, instance, found.slice(i * views.length, (i + 1) * views.length), mapping.policies),
        ),
      };
      settle({ ok: true, text: JSON.stringify({ predictions: [report] }) });
    });
  };
}

function isSigned(asked: unknown, body: unknown, key: string): boolean {
  const instances = property(body, 'instances');
  return Array.isArray(instances) && isReportRequest(asked, instances, key, Date.now());
}

/** A feature may be several columns. */
function oncePerFeature(columns: readonly PlannedColumn[]): readonly PlannedColumn[] {
  const stored = columns.filter(({ view }) => view >= 0);
  return [...new Map(stored.map((column) => [column.source, column])).values()];
}

function rowOf(
  columns: readonly PlannedColumn[],
  instance: Instance,
  found: readonly Found[],
  policies: Policies,
): ReportRow {
  const now = Date.now();
  const cells = columns.map((column) => cellOf(column, instance, found[column.view] ?? null, policies, now));
  return {
    values: cells.map(({ value }) => shown(value)),
    agesMs: cells.map(({ ageMs }) => ageMs),
    from: cells.map(({ origin }) => origin).join(''),
  };
}

interface Cell {
  readonly value: Assembled | undefined;
  readonly ageMs: number | null;
  readonly origin: Origin;
}

function cellOf(
  planned: PlannedColumn,
  instance: Instance,
  found: Found,
  policies: Policies,
  now: number,
): Cell {
  const { column, override } = planned;
  const sent = override === null ? undefined : sentValue(instance, override);
  if (sent !== undefined)
    return { value: column.list === null ? plain(sent) : null, ageMs: null, origin: 'r' };
  const row = found instanceof Unavailable ? null : found;
  const value = typed(row?.values[planned.feature], planned);
  const isDefaulted = column.default !== undefined;
  if (row === null || value === null) {
    const canDefault = policies.missing === 'default' && isDefaulted;
    return canDefault
      ? { value: column.default, ageMs: null, origin: 'd' }
      : { value: null, ageMs: null, origin: 'n' };
  }
  const time = row.times === undefined ? row.time : (row.times[planned.feature] ?? null);
  const ageMs = time === null ? null : now - time;
  if (!isTooOld(column, ageMs)) return { value, ageMs, origin: 's' };
  if (policies.stale === 'serve') return { value, ageMs, origin: 'o' };
  if (policies.stale === 'default' && isDefaulted) return { value: column.default, ageMs, origin: 'a' };
  return { value: null, ageMs, origin: 'n' };
}

function plain(value: unknown): Value {
  return typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean' ? value : null;
}

/** Lists are null, and long texts are cut. */
function shown(value: Assembled | undefined): Value {
  return typeof value === 'string' ? value.slice(0, REPORT_TEXT_MAX) : plain(value);
}
