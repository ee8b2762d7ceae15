/**
 * What deployed models have served, by Cloud Monitoring (MetricService.ListTimeSeries), in two calls.
 *
 * Metrics, labels and units are those of https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform.
 * Both are sampled once a minute and show some minutes later (how many is not documented for these two; its
 * siblings say 120 to 360 seconds), so a stretch of time is good to a minute. Not documented either, and
 * taken for so: that the label of the response's code reads as its description does (`5xx`; `503` is understood too),
 * and that a response of Vertex AI's own, for a model that does not answer, counts for that model.
 */
import { Type, type Static } from 'typebox';
import type { Config } from '../config/config.ts';
import { CallError } from '../errors.ts';
import type { Instant, Monitoring, Served } from '../world.ts';
import { endpointFilter } from './endpoint-filter.ts';
import type { Rest } from './rest.ts';

const METHOD = 'ListTimeSeries';
const PREFIX = 'aiplatform.googleapis.com/prediction/online';

/** https://cloud.google.com/monitoring/api/ref_v3/rest/v3/projects.timeSeries/list; an int64 is a string in JSON. */
const Page = Type.Object({
  timeSeries: Type.Optional(
    Type.Array(
      Type.Object({
        metric: Type.Object({ labels: Type.Optional(Type.Record(Type.String(), Type.String())) }),
        points: Type.Array(
          Type.Object({
            value: Type.Object({
              int64Value: Type.Optional(Type.Union([Type.String(), Type.Number()])),
              doubleValue: Type.Optional(Type.Number()),
            }),
          }),
        ),
      }),
    ),
  ),
  nextPageToken: Type.Optional(Type.String()),
});
type Series = NonNullable<Static<typeof Page>['timeSeries']>[number];

/** Of an endpoint there are a few series: five codes by deployed model. */
const PAGE_SIZE = 1000;
const PAGES_MAX = 10;
/** The shortest that the API takes. */
const SHORTEST_PERIOD_S = 60;

export function cloudMonitoring(rest: Rest, config: Config): Monitoring {
  async function list(parameters: readonly [string, string][]): Promise<Series[]> {
    const found: Series[] = [];
    let token = '';
    for (let page = 0; page < PAGES_MAX; page += 1) {
      const query = new URLSearchParams([...parameters]);
      query.set('pageSize', String(PAGE_SIZE));
      if (token !== '') query.set('pageToken', token);
      const path = `/v3/projects/${config.project}/timeSeries`;
      const { timeSeries = [], nextPageToken = '' } = await rest(Page, { method: METHOD, path, query });
      found.push(...timeSeries);
      if (nextPageToken === '') return found;
      token = nextPageToken;
    }
    // A part would be taken for the whole.
    throw new CallError(METHOD, 'OUT_OF_RANGE', `more than ${PAGES_MAX} pages of time series`);
  }

  return {
    async served(endpoint, from, to) {
      const which = endpointFilter(METHOD, endpoint);
      if (to <= from) return new Map();
      const period = window(from, to);
      const [responses, latencies] = await Promise.all([
        list([
          ['filter', [`metric.type="${PREFIX}/response_count"`, ...which].join(' AND ')],
          ...period,
          // Not ALIGN_DELTA, which interpolates.
          ['aggregation.perSeriesAligner', 'ALIGN_SUM'],
          ['aggregation.crossSeriesReducer', 'REDUCE_SUM'],
          ['aggregation.groupByFields', 'metric.labels.deployed_model_id'],
          ['aggregation.groupByFields', 'metric.labels.response_code'],
        ]),
        list([
          [
            'filter',
            [
              `metric.type="${PREFIX}/prediction_latencies"`,
              // Of the three there are, the one that is always there.
              'metric.labels.latency_type="total"',
              ...which,
            ].join(' AND '),
          ],
          ...period,
          ['aggregation.perSeriesAligner', 'ALIGN_PERCENTILE_95'],
          // A model has several series if it was renamed or moved to other machines meanwhile.
          ['aggregation.crossSeriesReducer', 'REDUCE_MAX'],
          ['aggregation.groupByFields', 'metric.labels.deployed_model_id'],
        ]),
      ]);
      return byModel(responses, latencies);
    },
  };
}

/** One period as long as the interval: one point of each series. */
function window(from: Instant, to: Instant): [string, string][] {
  const seconds = Math.max(SHORTEST_PERIOD_S, Math.ceil((to - from) / 1000));
  return [
    ['interval.startTime', new Date(from).toISOString()],
    ['interval.endTime', new Date(to).toISOString()],
    ['aggregation.alignmentPeriod', `${seconds}s`],
  ];
}

function byModel(responses: readonly Series[], latencies: readonly Series[]): Map<string, Served> {
  const p95 = new Map<string, number>();
  for (const { metric, points } of latencies) {
    const id = metric.labels?.['deployed_model_id'] ?? '';
    for (const { value } of points) {
      if (value.doubleValue !== undefined)
        p95.set(id, Math.max(p95.get(id) ?? value.doubleValue, value.doubleValue));
    }
  }
  const served = new Map<string, Served>();
  for (const { metric, points } of responses) {
    const id = metric.labels?.['deployed_model_id'] ?? '';
    const count = points.reduce(
      (sum, { value }) => sum + Number(value.int64Value ?? value.doubleValue ?? 0),
      0,
    );
    // Requests that no model was chosen for say nothing of one.
    if (id === '' || !(count > 0)) continue;
    const before = served.get(id) ?? { requests: 0, errors: 0 };
    // What is wrong with a request (4xx) is its caller's mistake, whichever model answers.
    const failed = metric.labels?.['response_code']?.startsWith('5') ? count : 0;
    served.set(id, {
      requests: before.requests + count,
      errors: before.errors + failed,
      p95Ms: p95.get(id) ?? null,
    });
  }
  return served;
}
