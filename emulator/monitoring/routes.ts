/** Cloud Monitoring over HTTP: of /v3 the time series of a project. */
import type { FastifyPluginAsync } from 'fastify';

import { answerErrors } from '../core/answer-errors.ts';
import type { Clock } from '../core/clock.ts';
import { listTimeSeries } from './time-series.ts';
import type { Slot, Traffic } from './traffic.ts';

export interface MonitoringOptions {
  readonly clock: Clock;
  readonly traffic: Traffic;
  /** How long an answer takes to show. */
  readonly lagMs: () => number;
}

interface Call {
  Params: { project: string };
  Querystring: Readonly<Record<string, string | string[] | undefined>>;
}

export function monitoringRoutes({ clock, traffic, lagMs }: MonitoringOptions): FastifyPluginAsync {
  return async (app) => {
    answerErrors(app);
    app.get<Call>(
      '/v3/projects/:project/timeSeries',
      { config: { rpc: 'MetricService.ListTimeSeries' } },
      ({ params, query }) => {
        const one = (name: string): string => [query[name] ?? ''].flat()[0] ?? '';
        const listed = {
          filter: one('filter'),
          startTime: one('interval.startTime'),
          endTime: one('interval.endTime'),
          alignmentPeriod: one('aggregation.alignmentPeriod'),
          perSeriesAligner: one('aggregation.perSeriesAligner'),
          crossSeriesReducer: one('aggregation.crossSeriesReducer'),
          groupByFields: [query['aggregation.groupByFields'] ?? []].flat(),
          pageSize: one('pageSize'),
          pageToken: one('pageToken'),
        };
        const visible: Slot[] = [];
        for (const slot of traffic.slots()) if (slot.at <= clock.now() - lagMs()) visible.push(slot);
        return listTimeSeries(params.project, listed, visible);
      },
    );
  };
}
