/**
 * MetricService.ListTimeSeries for the two metrics of online prediction that are made from an endpoint's answers,
 * aggregated in the one way each that says something of a deployed model: how many answers of which code, and the
 * 95th percentile of their latencies.
 */
import { parseConjunction } from '../core/conjunction.ts';
import { ApiError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { projectNumber } from '../vertex/names.ts';
import { offsetOf, tokenOf } from '../vertex/page.ts';
import { Histogram } from './histogram.ts';
import { slotMs } from './traffic.ts';
import type { Slot } from './traffic.ts';

export interface ListQuery {
  readonly filter: string;
  /** RFC 3339. */
  readonly startTime: string;
  readonly endTime: string;
  /** Such as `60s`. */
  readonly alignmentPeriod: string;
  readonly perSeriesAligner: string;
  readonly crossSeriesReducer: string;
  readonly groupByFields: readonly string[];
  readonly pageSize: string;
  readonly pageToken: string;
}

const endpointType = 'aiplatform.googleapis.com/Endpoint';
const model = 'metric.labels.deployed_model_id';
const code = 'metric.labels.response_code';
const latency = 'metric.labels.latency_type';

interface Metric {
  readonly aligner: string;
  readonly reducer: string;
  readonly groupBy: readonly string[];
  readonly kind: JsonObject;
  /** Label of `groupBy` → value, by a key; and the value of a point. */
  series(slots: readonly Slot[]): { labels: Record<string, string>; value: JsonObject }[];
}

const responseCount: Metric = {
  aligner: 'ALIGN_SUM',
  reducer: 'REDUCE_SUM',
  groupBy: [model, code],
  kind: { metricKind: 'DELTA', valueType: 'INT64', unit: '1' },
  series(slots) {
    const counts = new Map<string, number>();
    for (const { deployedModelId, codes } of slots) {
      for (const [response, count] of codes) {
        const key = `${deployedModelId} ${response}`;
        counts.set(key, (counts.get(key) ?? 0) + count);
      }
    }
    return [...counts].map(([key, count]) => {
      const [deployed_model_id = '', response_code = ''] = key.split(' ');
      return { labels: { deployed_model_id, response_code }, value: { int64Value: String(count) } };
    });
  },
};

const predictionLatencies: Metric = {
  aligner: 'ALIGN_PERCENTILE_95',
  reducer: 'REDUCE_MAX',
  groupBy: [model],
  kind: { metricKind: 'GAUGE', valueType: 'DOUBLE', unit: 'ms' },
  series(slots) {
    const merged = new Map<string, Histogram>();
    for (const { deployedModelId, latencies } of slots) {
      const all = merged.get(deployedModelId) ?? new Histogram();
      all.merge(latencies);
      merged.set(deployedModelId, all);
    }
    return [...merged].map(([deployed_model_id, latencies]) => ({
      labels: { deployed_model_id },
      value: { doubleValue: latencies.percentile(0.95) },
    }));
  },
};

const metrics = new Map([
  ['aiplatform.googleapis.com/prediction/online/response_count', responseCount],
  ['aiplatform.googleapis.com/prediction/online/prediction_latencies', predictionLatencies],
]);

/** `slots`: what is visible by now, of all projects. */
export function listTimeSeries(project: string, query: ListQuery, slots: Iterable<Slot>): JsonObject {
  const { type, metric, matches } = parseQuery(project, query);
  const { aligner, reducer, groupBy } = metric;
  const grouped = query.groupByFields.toSorted().join(' ') === groupBy.toSorted().join(' ');
  if (query.perSeriesAligner !== aligner || query.crossSeriesReducer !== reducer || !grouped) {
    throw new ApiError(
      'INVALID_ARGUMENT',
      `The emulator aggregates ${type} by perSeriesAligner ${aligner}, crossSeriesReducer ${reducer} and groupByFields ${groupBy.join(', ')} only.`,
    );
  }
  const found: JsonObject[] = [];
  for (const [labels, points] of align(query, metric, [...slots].filter(matches))) {
    const resource = { type: endpointType, labels: { project_id: project } };
    found.push({ metric: { type, labels: JSON.parse(labels) }, resource, ...metric.kind, points });
  }
  const from = query.pageToken === '' ? 0 : offsetOf(query.pageToken);
  const next = from + (Number(query.pageSize) > 0 ? Number(query.pageSize) : 100_000);
  return {
    ...(found.length > from && { timeSeries: found.slice(from, next) }),
    ...(next < found.length && { nextPageToken: tokenOf(next) }),
    unit: metric.kind.unit ?? '',
  };
}

function parseQuery(project: string, { filter }: ListQuery) {
  const supported = ['metric.type=', `${model}=`, `${code}=`, `${latency}=`, 'resource.type='];
  supported.push('resource.labels.location=', 'resource.labels.endpoint_id=');
  const wanted = new Map(parseConjunction(filter, supported).map(({ field, value }) => [field, value]));
  const type = wanted.get('metric.type') ?? '';
  const metric = metrics.get(type);
  if (metric === undefined || wanted.has(code)) {
    const known = [...metrics.keys()].join(' and ');
    throw new ApiError(
      'INVALID_ARGUMENT',
      `The emulator has the metric types ${known}, and no filter by ${code}.`,
    );
  }
  const is = (field: string, value: string): boolean => (wanted.get(field) ?? value) === value;
  const matches = ({ endpoint, deployedModelId }: Slot): boolean => {
    const [, number = '', , location = '', , id = ''] = endpoint.split('/');
    return (
      number === projectNumber(project) &&
      is('resource.type', endpointType) &&
      is('resource.labels.location', location) &&
      is('resource.labels.endpoint_id', id) &&
      is(model, deployedModelId) &&
      // Of the latency types only this one is measured.
      is(latency, 'total')
    );
  };
  return { type, metric, matches };
}

/** The points of each series by its labels, newest first. Periods end where the interval ends; nothing before its start counts. */
function align(query: ListQuery, metric: Metric, slots: readonly Slot[]): Map<string, Json[]> {
  const [start, end] = [instantOf('startTime', query.startTime), instantOf('endTime', query.endTime)];
  const period = Number(/^(\d+)s$/.exec(query.alignmentPeriod)?.[1] ?? 0) * 1000;
  if (period < 60_000)
    throw new ApiError('INVALID_ARGUMENT', 'Field aggregation.alignmentPeriod must be at least 60 seconds.');
  if (end < start) throw new ApiError('INVALID_ARGUMENT', 'Field interval.endTime is before startTime.');
  const periods = new Map<number, Slot[]>();
  for (const slot of slots) {
    // A second that has begun before the interval counts as a whole.
    if (slot.at + slotMs <= start || slot.at > end) continue;
    const index = Math.floor((end - Math.min(slot.at + slotMs, end)) / period);
    periods.set(index, [...(periods.get(index) ?? []), slot]);
  }
  const series = new Map<string, Json[]>();
  for (const [index, inPeriod] of [...periods].toSorted(([a], [b]) => a - b)) {
    const endTime = new Date(end - index * period).toISOString();
    const startTime = new Date(end - (index + 1) * period).toISOString();
    for (const { labels, value } of metric.series(inPeriod)) {
      const key = JSON.stringify(labels);
      series.set(key, [...(series.get(key) ?? []), { interval: { startTime, endTime }, value }]);
    }
  }
  return series;
}

function instantOf(field: string, text: string): number {
  const instant = Date.parse(text);
  if (Number.isNaN(instant))
    throw new ApiError('INVALID_ARGUMENT', `Field interval.${field} had an invalid value: "${text}".`);
  return instant;
}
