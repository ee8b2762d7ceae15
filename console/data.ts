/** The console's data as JSON: what the commands of the CLI report, read once for all tabs. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { serveActions } from './actions.ts';
import { Refused, type Caller } from './door.ts';
import type { DataOptions } from './options.ts';
import { detailOf } from './reader/detail.ts';
import { releaseOf } from './reader/release.ts';
import { serviceReports } from './reader/reports.ts';

interface OfService {
  Params: { service: string; release: string };
}

const callers = new WeakMap<FastifyRequest, Caller>();

/** Adds the routes below `/api/`. Every one asks who calls first. */
export function serveData(app: FastifyInstance, options: DataOptions): void {
  const { session, reader, live, keys, admit, actions, local, requestedBy } = options;
  const { config, world } = session;
  const reports = serviceReports(session, reader);
  const named = ({ params }: FastifyRequest<OfService>): string => {
    if (config.services.has(params.service)) return params.service;
    throw new Refused(404, 'slipway.yaml has no such service.');
  };

  const actorOf = (request: FastifyRequest): string | null => callers.get(request)?.actor ?? requestedBy;
  app.addHook('onRequest', async (request, reply) => {
    void reply.header('cache-control', 'no-store');
    const caller = await admit(request);
    if (caller === null)
      throw new Refused(401, 'Open the address that the console has printed: it lets this browser in.');
    callers.set(request, caller);
  });

  app.get('/api/session', async (request) => ({
    project: config.project,
    region: config.region,
    local: local !== null,
    actions,
    token: actions ? keys.action : null,
    actor: actorOf(request),
    now: new Date(world.clock.now()).toISOString(),
  }));
  app.get('/api/services', async () => reader.rows());
  app.get<OfService>('/api/services/:service', async (request) =>
    detailOf(reader, await reader.known(named(request)), world.clock.now()),
  );
  app.get<OfService>('/api/services/:service/why', async (request) => reports.why(named(request)));
  app.get<OfService>('/api/services/:service/features', async (request) => reports.features(named(request)));
  app.get<OfService>('/api/services/:service/plan', async (request) => reports.plan(named(request)));
  app.get<OfService>('/api/services/:service/releases/:release', async (request) => {
    const known = await reader.known(named(request));
    const found = releaseOf(reader, known, request.params.release, world.clock.now());
    if (found === null) throw new Refused(404, 'The ledger does not know this release, or has forgotten it.');
    return found;
  });
  serveActions(app, options, actorOf);
  app.get('/api/live', (_request, reply) => live.stream(reply));
}
