/** Cloud Logging over HTTP: of /v2 the list of entries. */
import type { FastifyPluginAsync } from 'fastify';

import { answerErrors } from '../core/answer-errors.ts';
import type { Clock } from '../core/clock.ts';
import { requireJson } from '../front.ts';
import type { Json } from '../core/json.ts';
import { parseMessage } from '../vertex/request.ts';
import { ListRequest, listEntries } from './entries.ts';
import type { LogBook } from './log-book.ts';

export interface LoggingOptions {
  readonly clock: Clock;
  readonly logs: LogBook;
  /** How long a line takes to show. */
  readonly lagMs: () => number;
}

export function loggingRoutes({ clock, logs, lagMs }: LoggingOptions): FastifyPluginAsync {
  return async (app) => {
    answerErrors(app);
    requireJson(app);
    app.post<{ Body: Json | undefined }>(
      '/v2/entries::list',
      { config: { rpc: 'LoggingServiceV2.ListLogEntries' } },
      ({ body }) => {
        const until = clock.now() - lagMs();
        const visible = logs.entries().filter(({ line }) => Date.parse(line.timestamp) <= until);
        return listEntries(parseMessage(ListRequest, body), visible);
      },
    );
  };
}
